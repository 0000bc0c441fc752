/** What was held fixed in a figure: one setting per method, said in words. */
import canonicalize from "canonicalize";
import type { RunConfig } from "../experiment/config.ts";
import type { RunRecord } from "../experiment/record.ts";
import type { MethodLabel } from "./figure.ts";
import { type Family, labelOf, rateOf } from "./rows.ts";

/**
 * Refuses records that differ in more than poison rate and seed: a mean over two learning rates, or over one run counted twice, would be
 * a number about nothing.
 */
export function requireOneSetting(records: readonly RunRecord[]): void {
  const settings = new Map<string, { readonly name: string; readonly setting: string }>(), cells = new Map<string, string>();
  for (const record of records) {
    for (const part of partsOf(record)) {
      const first = settings.get(part.name) ?? part;
      if (first.setting !== part.setting) {
        throw new RangeError(`Cannot draw figure as its records must share one setting of ${part.name}: ${first.setting} and ${part.setting}`);
      }
      settings.set(part.name, part);
    }
    const cell = `${labelOf(record)}, poison rate ${rateOf(record)}, seed ${record.config.seed}`, before = cells.get(cell);
    if (before !== undefined) {
      throw new RangeError(`Cannot draw figure as each cell must have one record: ${cell} has ${before.slice(0, 8)} and ${record.key.slice(0, 8)}`);
    }
    cells.set(cell, record.key);
  }
}

function partsOf(record: RunRecord): { name: string; setting: string }[] {
  const { task, model, attack, method, head, train, evaluate, precision, variant } = record.config;
  const text = (setting: unknown): string => canonicalize(setting)!; // the store sorts keys, a fresh record does not
  const parts: { name: string; setting: string }[] = [
    { name: labelOf(record), setting: text({ task, model, method, head, train, precision, variant }) },
  ];
  if (attack.name !== "none") {
    const { poisonRate: _, ...kind } = attack;
    parts.push({ name: "the attack", setting: text({ ...kind, evaluate }) });
  }
  return parts;
}

/** Markdown: data, model and what each method was trained with. */
export function settingsText(records: readonly RunRecord[]): string {
  const [first] = records;
  if (!first) return "";
  const { task, model, train } = first.config;
  const methods = (["FF", "LoRA"] as const).flatMap((label) => {
    const record = records.find((candidate) => labelOf(candidate) === label);
    return record ? [methodText(label, record.config)] : [];
  });
  const rows = `${task.dataset.toUpperCase()}, ${task.trainRows} training and ${task.testRows} held-out (${task.split}) rows`;
  return `Ours: ${model}, ${rows}, batch size ${train.batchSize}, ` +
    `${seedText(records)}; ${methods.join("; ")}.`;
}

function methodText(label: MethodLabel, { method, train, head }: RunConfig): string {
  const rate = `learning rate ${Number(train.learningRate.toPrecision(3)).toExponential()}, ${train.epochs} ${
    train.epochs === 1 ? "epoch" : "epochs"
  }`;
  if (method.name === "full") return `${label}: ${rate}`;
  const { rank, alpha, targets } = method;
  return `${label}: rank ${rank}, $s = \\alpha / r = ${Number((alpha / rank).toPrecision(3))}$, ${
    targets === "all" ? "all linear modules" : "query and value"
  }, ${rate}, classifier ${head}`;
}

function seedText(records: readonly RunRecord[]): string {
  const seeds = [...new Set(records.map((record) => record.config.seed))].sort((a, b) => a - b);
  return `${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}`;
}

/** Markdown: how to read dots, lines, bands and crosses, and whose the pale curves are. */
export function legendText(family: Family): string {
  return `Dots: one run each; line: mean; band: 95 % t interval over seeds, cut at the panel's edge. A cross marks a collapsed run (one class predicted for ` +
    `at least 99.5 % of the clean rows). Pale: the paper's curve, mean and one standard deviation of five seeds ` +
    `(BERT-large; FF: learning rate 3e-6; LoRA: rank 8, $s = 2$, learning rate 3e-5` +
    `${family === "bpa" ? "; its rates times 80,000 trained rows are its exposures" : ""}).`;
}
