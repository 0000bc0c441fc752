/** What was held fixed in a figure: one setting per method, said in words. */
import canonicalize from "canonicalize";
import { scaleOf } from "../adapter/method.ts";
import type { RunConfig } from "../experiment/config.ts";
import type { RunRecord } from "../experiment/record.ts";
import { measuredTrigger } from "../experiment/triggered.ts";
import type { MethodLabel } from "./figure.ts";
import { labelOf, rateOf, taskOf } from "./rows.ts";

/** What a figure's axis varies in LoRA; with the rank, alpha varies too: alpha / rank stays. */
export type Varied = "rank" | "initVariance";
type Method = RunConfig["method"];

/**
 * Refuses records that differ in more than poison, seed, task and what is varied: a mean over two learning rates, or over one run counted
 * twice, would be a number about nothing.
 */
export function requireOneSetting(records: readonly RunRecord[], varied?: Varied): void {
  const settings = new Map<string, { readonly name: string; readonly setting: string }>(), cells = new Map<string, string>();
  for (const record of records) {
    for (const part of partsOf(record, varied)) {
      const place = `${taskOf(record)}/${part.name}`; // tasks have panels of their own, and may have settings of their own
      const first = settings.get(place) ?? part;
      if (first.setting !== part.setting) {
        throw new RangeError(`Cannot draw figure as its records must share one setting of ${part.name}: ${first.setting} and ${part.setting}`);
      }
      settings.set(place, part);
    }
    const cell = cellText(record, varied), before = cells.get(cell);
    if (before !== undefined) {
      throw new RangeError(`Cannot draw figure as each cell must have one record: ${cell} has ${before.slice(0, 8)} and ${record.key.slice(0, 8)}`);
    }
    cells.set(cell, record.key);
  }
}

function partsOf(record: RunRecord, varied?: Varied): { name: string; setting: string }[] {
  const { task, model, attack, method, head, train, evaluate, precision } = record.config;
  const text = (setting: unknown): string => canonicalize(setting)!; // the store sorts keys, a fresh record does not
  const parts: { name: string; setting: string }[] = [
    { name: labelOf(record), setting: text({ model, method: without(method, varied), head, train, precision }) },
    { name: taskOf(record), setting: text(task) },
  ];
  if (attack.name !== "none") {
    const { poisonRate, ...kind } = attack, measured = { trigger: measuredTrigger(record.config), targetLabel: evaluate.targetLabel };
    parts.push({ name: `the attack ${attack.name}`, setting: text({ ...kind, measured, ...(varied && { poisonRate }) }) });
  }
  return parts;
}

/** A method without what is varied. */
function without(method: Method, varied?: Varied): object {
  if (method.name !== "lora" || !varied) return method;
  const { [varied]: _, alpha, ...rest } = method;
  return { ...rest, ...(varied === "rank" ? { scale: scaleOf(method) } : { alpha }) };
}

function cellText(record: RunRecord, varied?: Varied): string {
  const { attack, method, seed } = record.config;
  const position = varied && method.name === "lora" ? `, ${varied} ${method[varied]}` : "";
  return `${taskOf(record)}, ${labelOf(record)}${position}, ${varied ? `${attack.name}, ` : ""}poison rate ${rateOf(record)}, seed ${seed}`;
}

/** Markdown: data, model and what each method was trained with. */
export function settingsText(records: readonly RunRecord[], varied?: Varied): string {
  const [first] = records;
  if (!first) return "";
  const { model, train } = first.config;
  const byTask = [...Map.groupBy(records, taskOf)].map(([task, own]) => ({ task, methods: methodsText(own, varied) }));
  const shared = byTask.every(({ methods }) => methods === byTask[0].methods);
  const methods = shared ? byTask[0].methods : byTask.map(({ task, methods }) => `${task}: ${methods}`).join("; ");
  const tasks = [...new Map(records.map((record) => [taskOf(record), record.config.task]))].map(([name, { trainRows, testRows, split }]) =>
    `${name}, ${trainRows} training and ${testRows} held-out (${split}) rows`
  );
  return `Ours: ${model}${precisionText(records)}; ${tasks.join("; ")}; batch size ${train.batchSize}, ${seedText(records)}; ${methods}.`;
}

/** Said where it is not the usual one. */
export function precisionText(records: readonly RunRecord[]): string {
  const rounded = records.filter(({ config }) => config.precision === "bf16").length;
  return rounded === 0 ? "" : rounded === records.length ? " in bfloat16" : ` (${rounded} of ${records.length} runs in bfloat16)`;
}

function methodsText(records: readonly RunRecord[], varied?: Varied): string {
  return (["FF", "LoRA"] as const).flatMap((label) => {
    const record = records.find((candidate) => labelOf(candidate) === label);
    return record ? [methodText(label, record.config, varied)] : [];
  }).join("; ");
}

function methodText(label: MethodLabel, { method, train, head }: RunConfig, varied?: Varied): string {
  const { epochs, maxSteps } = train, length = maxSteps === null ? `${epochs} ${epochs === 1 ? "epoch" : "epochs"}` : `${maxSteps} steps`;
  const rate = `learning rate ${Number(train.learningRate.toPrecision(3)).toExponential()}, ${length}`;
  if (method.name === "full") return `${label}: ${rate}`;
  const { rank, targets } = method, initVariance = method.name === "lora" ? method.initVariance : 1 / 3;
  const k = varied === "initVariance" ? "$k$ as drawn, " : initVariance === 1 / 3 ? "" : `$k$ = ${Number(initVariance.toPrecision(3))}, `;
  return `${label}: rank ${varied === "rank" ? "as drawn" : rank}, ${k}$s = \\alpha / r = ${Number(scaleOf(method).toPrecision(3))}$, ${
    targets === "all" ? "all linear modules" : "query and value"
  }, ${rate}, classifier ${head}`;
}

function seedText(records: readonly RunRecord[]): string {
  const seeds = [...new Set(records.map((record) => record.config.seed))].sort((a, b) => a - b);
  return `${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}`;
}

/** Markdown: how to read dots, lines, bands and crosses, and whose the pale curves are. */
export function legendText(paper: string): string {
  return "Dots: one run each; line: mean, where half of a line's seeds are at hand (three will do); band: 95 % t interval over seeds, cut at the " +
    "panel's edge. A cross marks a collapsed run (one class predicted for at least 99.5 % of the clean rows). Pale: the paper's curve, mean and one " +
    `standard deviation of five seeds (BERT-large; ${paper}).`;
}

/** The paper's settings behind Figures 1, 2, 6, 7 and 8. */
export const methodsOfPaper = "FF: learning rate 3e-6; LoRA: rank 8, $s = 2$, learning rate 3e-5";
export const dosesOfPaper = `${methodsOfPaper}; its rates times 80,000 trained rows are its exposures`;
