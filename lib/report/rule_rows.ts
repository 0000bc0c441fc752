/** What the claims' rules find in runs, as rows for a table. */
import { atMatchedLoss, pairings } from "../claims/arms.ts";
import { doseInWords, type DoseRatio, doseRatios } from "../claims/doses.ts";
import { accuracy } from "../claims/measures.ts";
import type { Run } from "../claims/observe.ts";
import { atOtherRates } from "../claims/other_rates.ts";
import type { NamedCell } from "../claims/outcome.ts";
import { mean, tInterval } from "../math/statistics.ts";

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

/** The doses at the main learning rates, at others that both methods have runs at, and at the pair of rates whose never-poisoned runs end nearest in training loss. */
export function doseControls(runs: readonly Run[], attack = "bpa") {
  return atAllRates(runs, attack).flatMap(({ name, runs }) => doseRows(name, doseRatios(runs, attack)));
}

/** Accuracy under label flips at the same rates: FF less LoRA, mean over the seeds that have both with its 95 % t interval. */
export function flipControls(runs: readonly Run[]) {
  return atAllRates(runs, "upa").flatMap(({ name, runs }) =>
    [...pairings(runs, "none"), ...pairings(runs, "upa")].map(({ dataset, poisonRate, pairs }) => {
      const [FF, LoRA] = [0, 1].map((arm) => mean(pairs.map((pair) => accuracy(pair[arm]))));
      const { mean: gap, low, high } = tInterval(pairs.map(([full, lora]) => accuracy(full) - accuracy(lora)));
      const collapsed = pairs.flat().filter((run) => run.collapsed).length;
      return { compared: name, task: dataset, "labels flipped": poisonRate, FF, LoRA, "FF − LoRA": gap, low, high, seeds: pairs.length, collapsed };
    })
  );
}

function atAllRates(runs: readonly Run[], attack: string): { readonly name: string; readonly runs: readonly Run[] }[] {
  const matched = atMatchedLoss(runs, attack);
  return [
    { name: "main learning rates", runs },
    ...atOtherRates(runs, attack),
    ...(matched ? [{ name: `nearest clean loss: ${matched.told}`, runs: matched.runs }] : []),
  ];
}
