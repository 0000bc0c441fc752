/**
 * The rule by which a profile's learning rates are chosen, without any attack result. For each task and method, among the rates at which
 * no seed collapsed: the smallest whose clean validation accuracy (mean over the calibration's seeds) lies within one standard error of
 * the best. A larger rate that is not clearly better buys nothing but nearness to divergence.
 */
import { mean, standardDeviation } from "../math/statistics.ts";
import { type RunRow, runRow } from "./measures.ts";
import type { RunRecord } from "./record.ts";

export interface CalibrationCell {
  readonly dataset: string;
  readonly method: string;
  readonly learningRate: number;
  /** Clean accuracy on validation rows, mean over seeds. */
  readonly accuracy: number;
  /** Of that mean; null from a single seed. */
  readonly standardError: number | null;
  readonly seeds: number;
  /** Runs that predict one class. */
  readonly collapsed: number;
  /** Whether the rule chose it. */
  readonly chosen: boolean;
}

/** Every cell of the calibration, by task, method and learning rate, with the rule's choice marked. */
export function calibrationTable(records: readonly RunRecord[]): CalibrationCell[] {
  const rows = records.map(runRow);
  const cells = [...Map.groupBy(rows, ({ dataset, method, learningRate }) => `${dataset} ${method} ${learningRate}`).values()]
    .map(cellOf)
    .sort((a, b) => a.dataset.localeCompare(b.dataset) || a.method.localeCompare(b.method) || a.learningRate - b.learningRate);
  const chosen = [...Map.groupBy(cells, ({ dataset, method }) => `${dataset} ${method}`).values()].map(choose);
  return cells.map((cell) => ({ ...cell, chosen: chosen.includes(cell) }));
}

type Cell = Omit<CalibrationCell, "chosen">;

function cellOf(runs: readonly RunRow[]): Cell {
  const [{ dataset, method, learningRate }] = runs, accuracies = runs.map(({ accuracy }) => accuracy), spread = standardDeviation(accuracies);
  return {
    dataset,
    method,
    learningRate,
    accuracy: mean(accuracies),
    standardError: spread === null ? null : spread / Math.sqrt(runs.length),
    seeds: runs.length,
    collapsed: runs.filter(({ collapsed }) => collapsed).length,
  };
}

/** `arms` by rising learning rate; if every rate collapsed somewhere, all of them are judged. */
function choose(arms: readonly Cell[]): Cell {
  const sound = arms.filter(({ collapsed }) => collapsed === 0), judged = sound.length ? sound : arms;
  const best = judged.reduce((a, b) => b.accuracy > a.accuracy ? b : a);
  return judged.find(({ accuracy }) => accuracy >= best.accuracy - (best.standardError ?? 0))!;
}
