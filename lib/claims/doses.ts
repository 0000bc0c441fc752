/** Doses at ASR 50 % of both methods, task by task: never-poisoned runs are dose 0. */
import { cleanTwin, isMain } from "./arms.ts";
import { type Dose, doseAtHalf, type DoseInterval, doseOverSeeds, logDoseRatio } from "./dose.ts";
import type { Run } from "./observe.ts";
import { voting } from "./rules/cell.ts";
import { type Interval, withInterval } from "./words.ts";

export interface DoseRatio {
  readonly dataset: string;
  /** ln(LoRA's dose / FF's), one per seed that has both and where they can be compared. */
  readonly logs: readonly number[];
  readonly full: DoseInterval | null;
  readonly lora: DoseInterval | null;
  readonly used: readonly Run[];
}

interface SeedDose {
  readonly seed: number;
  readonly dose: Dose;
  readonly runs: readonly Run[];
}

/** One entry per task and set of attack settings with a dose of each method. */
export function doseRatios(runs: readonly Run[], attack: string, take: (run: Run) => boolean = isMain): DoseRatio[] {
  const twin = cleanTwin(runs), attacked = runs.filter((run) => run.attack === attack && run.triggered && take(run));
  const tasks = Map.groupBy(attacked, ({ setting, attackSettings }) => `${setting} ${attackSettings}`).values();
  return [...tasks].flatMap((task) => {
    const of = (method: Run["method"]) => seedDoses(task.filter((run) => run.method === method), twin);
    const full = of("full"), lora = of("lora");
    if (full.length === 0 || lora.length === 0) return [];
    const logs = full.flatMap((one) => {
      const other = lora.find(({ seed }) => seed === one.seed), log = other && logDoseRatio(one.dose, other.dose);
      return typeof log === "number" ? [log] : [];
    });
    return [{ dataset: task[0].dataset, logs, full: over(full), lora: over(lora), used: [...full, ...lora].flatMap((one) => one.runs) }];
  });
}

/** Those that decide: tasks where seeds can be compared, and where some have enough of them for a verdict, these alone. As cells vote. */
export function votingDoses(ratios: readonly DoseRatio[]): readonly DoseRatio[] {
  return voting(ratios.filter(({ logs }) => logs.length > 0).map((one) => ({ ...one, seeds: one.logs.length })));
}

const over = (doses: readonly SeedDose[]): DoseInterval | null => doses.length ? doseOverSeeds(doses.map(({ dose }) => dose)) : null;

function seedDoses(runs: readonly Run[], twin: (run: Run) => Run | undefined): SeedDose[] {
  return [...Map.groupBy(runs, ({ seed }) => seed)].flatMap(([seed, own]) => {
    const clean = twin(own[0]), unpoisoned = clean && own[0].trigger !== null ? clean.changed[own[0].trigger] : undefined;
    const points = own.map((run) => ({ exposures: run.exposures, attackSuccessRate: run.triggered!.asTarget }));
    const dose = doseAtHalf(unpoisoned ? [{ exposures: 0, attackSuccessRate: unpoisoned.asTarget }, ...points] : points);
    return dose ? [{ seed, dose, runs: clean && unpoisoned ? [clean, ...own] : own }] : [];
  });
}

/** `21 [15, 30] exposures`, with what lies beyond the grid. */
export function doseInWords(dose: DoseInterval | null): string {
  if (!dose) return "unknown";
  const { exposures, seeds, beyond } = dose, whole = (value: number) => String(Math.round(value));
  const outside = beyond.high + beyond.low ? `, ${beyond.high + beyond.low} of ${seeds} beyond the grid` : "";
  return `${withInterval({ ...dose, mean: exposures }, whole)} exposures${outside}`;
}

/** The ratio of two doses from its logarithm: `1.50 [1.21, 1.86]`. */
export const ratioInWords = (logarithm: Interval): string => withInterval(logarithm, (log) => Math.exp(log).toFixed(2));
