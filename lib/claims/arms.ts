/** Runs side by side: full fine-tuning and LoRA on the same seed, rows and batches. */
import { count } from "../math/count.ts";
import { percent } from "../math/percent.ts";
import { mean } from "../math/statistics.ts";
import { leastToMatch, onSharedSeeds } from "./grid_points.ts";
import type { Measure } from "./measures.ts";
import { isDefault, type Run } from "./observe.ts";
import type { Cell } from "./rules/cell.ts";
import type { NamedCell, RunRule } from "./outcome.ts";

/** A task and a dose with both methods, seed by seed. */
export interface Pairing {
  /** `mr 30 %`, `mr 36 exposures`. */
  readonly name: string;
  readonly dataset: string;
  readonly setting: string;
  readonly poisonRate: number;
  readonly exposures: number;
  readonly pairs: readonly (readonly [full: Run, lora: Run])[];
}

/**
 * Runs that the main comparison takes: test rows, the attack as the paper states it, defaults of both methods, the main learning rates. Where
 * half of the labels are flipped, nothing is left to learn: such runs ask another question.
 */
export function isMain(run: Run): boolean {
  return run.split === "test" && run.main && run.stated && isDefault(run) && !(run.attack === "upa" && run.poisonRate >= 0.5);
}

/** Cells of an attack (or `none`) in which at least one seed has both methods, by rising dose. */
export function pairings(runs: readonly Run[], attack: string, take: (run: Run) => boolean = isMain): Pairing[] {
  const cells = Map.groupBy(
    runs.filter((run) => run.attack === attack && take(run)),
    ({ setting, attackSettings, poisonRate }) => `${setting} ${attackSettings} ${poisonRate}`,
  );
  return [...cells.values()].flatMap((cell) => {
    const pairs = [...Map.groupBy(cell, ({ seed }) => seed).values()].flatMap((arms) => {
      const full = arms.find(({ method }) => method === "full"), lora = arms.find(({ method }) => method === "lora");
      return full && lora ? [[full, lora] as const] : [];
    });
    const [{ dataset, setting, poisonRate }] = cell, exposures = mean(cell.map((run) => run.exposures));
    return pairs.length ? [{ name: nameOf(dataset, attack, poisonRate, exposures), dataset, setting, poisonRate, exposures, pairs }] : [];
  }).sort((a, b) => a.dataset.localeCompare(b.dataset) || a.poisonRate - b.poisonRate);
}

function nameOf(dataset: string, attack: string, rate: number, exposures: number): string {
  if (attack === "none") return `${dataset} clean`;
  return attack === "upa" ? `${dataset} ${percent(rate)}` : `${dataset} ${Math.round(exposures)} exposures`;
}

/** What LoRA has more of than full fine-tuning; null where either has no value. */
export const difference = (measure: Measure) => (full: Run, lora: Run): number | null => {
  const [f, l] = [measure(full), measure(lora)];
  return f === null || l === null ? null : l - f;
};

/**
 * One cell per pairing by a rule on `measure(full, lora)`; seeds without a value are left out, and pairings without any.
 */
export function cellsOf(
  pairings: readonly Pairing[],
  measure: (full: Run, lora: Run) => number | null,
  rule: (values: readonly number[]) => Cell,
): NamedCell[] {
  return pairings.flatMap(({ name, pairs }) => {
    const known = pairs.flatMap(([full, lora]) => {
      const value = measure(full, lora);
      return value === null ? [] : [{ value, runs: [full, lora] }];
    });
    return known.length ? [{ ...rule(known.map(({ value }) => value)), name, used: known.flatMap(({ runs }) => runs) }] : [];
  });
}

/** The never-poisoned run that differs from another in its poison alone. */
export function cleanTwin(runs: readonly Run[]): (run: Run) => Run | undefined {
  const twins = new Map(runs.filter(({ attack }) => attack === "none").map((run) => [run.twin, run]));
  return ({ twin }) => twins.get(twin);
}

/** A rule that reads never-poisoned twins of the runs that it names: they count among those that it rests on, as collapsed ones must. */
export const withTwins = (rule: RunRule): RunRule => (runs) => {
  const found = rule(runs), twin = cleanTwin(runs);
  return found && { ...found, used: [...new Set(found.used.flatMap((run) => [run, twin(run) ?? run]))] };
};

const armKey = ({ method, learningRate }: Run): string => `${method} ${learningRate}`;

/**
 * The same runs with the main learning rates replaced, task by task, by the pair of rates at which never-poisoned runs of the two
 * methods end nearest in mean training loss on the same seeds, among rates that have runs of the attack as well. Null where no task offers a choice.
 */
export function atMatchedLoss(runs: readonly Run[], attack: string): { runs: Run[]; told: string } | null {
  const chosen = new Map<string, { full: number; lora: number; told: string }>();
  for (const [setting, group] of Map.groupBy(runs.filter((run) => run.split === "test" && isDefault(run)), (run) => run.setting)) {
    const attacked = new Set(group.filter((run) => run.attack === attack).map(armKey));
    const clean = group.filter((run) => run.attack === "none" && Number.isFinite(run.trainingLoss) && attacked.has(armKey(run)));
    const arms = onSharedSeeds([...Map.groupBy(clean, armKey).values()], { seedOf: ({ seed }) => seed, least: leastToMatch });
    const losses = (method: Run["method"]) =>
      arms.filter(([one]) => one.method === method).map((own) => ({
        learningRate: own[0].learningRate,
        loss: mean(own.map(({ trainingLoss }) => trainingLoss)),
      }));
    const full = losses("full"), lora = losses("lora");
    if (full.length * lora.length < 2) continue;
    const [nearest] = full.flatMap((f) => lora.map((l) => ({ f, l, apart: Math.abs(f.loss - l.loss) }))).sort((a, b) => a.apart - b.apart);
    const { f, l } = nearest;
    const told = `${group[0].dataset}: FF ${f.learningRate.toExponential()} (${f.loss.toFixed(3)}), LoRA ${l.learningRate.toExponential()} (${
      l.loss.toFixed(3)
    }) on ${count(new Set(arms[0].map(({ seed }) => seed)).size, "seed")}`;
    chosen.set(setting, { full: f.learningRate, lora: l.learningRate, told });
  }
  if (chosen.size === 0) return null;
  const matched = runs.filter(({ setting }) => chosen.has(setting)).map((run) => ({
    ...run,
    main: run.learningRate === chosen.get(run.setting)![run.method],
  }));
  return { runs: matched, told: [...chosen.values()].map(({ told }) => told).join("; ") };
}
