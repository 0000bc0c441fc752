/** What the claims' rules find in runs, as rows for a table. */
import { atMatchedLoss, isMain } from "../claims/arms.ts";
import { doseInWords, type DoseRatio, doseRatios } from "../claims/doses.ts";
import type { Run } from "../claims/observe.ts";
import type { NamedCell } from "../claims/outcome.ts";
import { tInterval } from "../math/statistics.ts";

/** Kendall's tau along each sweep: mean over seeds with its 95 % t interval, and what the rule for trends says of the claim. */
export function trendRows(measured: string, cells: readonly NamedCell[]) {
  return cells.map(({ name, mean, low, high, seeds, vote }) => ({ measured, sweep: name, tau: mean, low, high, seeds, "the claim": vote }));
}

/** The dose at ASR 50 % of both methods, task by task, and LoRA's over FF's: geometric mean over seeds with its 95 % t interval. */
export function doseRows(compared: string, ratios: readonly DoseRatio[]) {
  return ratios.map(({ dataset, full, lora, logs }) => {
    const { mean, low, high } = logs.length ? tInterval(logs) : { mean: null, low: null, high: null };
    const back = (log: number | null) => log === null ? null : Math.exp(log);
    const ratio = { "LoRA / FF": back(mean), low: back(low), high: back(high), seeds: logs.length };
    return { compared, task: dataset, FF: doseInWords(full), LoRA: doseInWords(lora), ...ratio };
  });
}

/**
 * The doses at the main learning rates, at the second one of each method where there are such runs, and at the pair of rates whose
 * never-poisoned runs end nearest in training loss.
 */
export function doseControls(runs: readonly Run[], attack = "bpa") {
  const isSecond = (run: Run) => !run.main && isMain({ ...run, main: true }), matched = atMatchedLoss(runs, attack);
  return [
    ...doseRows("main learning rates", doseRatios(runs, attack)),
    ...doseRows("second learning rates", doseRatios(runs, attack, isSecond)),
    ...(matched ? doseRows(`nearest clean loss: ${matched.told}`, doseRatios(matched.runs, attack)) : []),
  ];
}
