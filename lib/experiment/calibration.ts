/**
 * The rule by which a profile's learning rates are chosen, without any attack result: for each method the rate with the best
 * clean validation accuracy, mean over the calibration's seeds (equal means: the smaller rate).
 */
import { mean } from "../math/statistics.ts";
import { runRow } from "./measures.ts";
import type { RunRecord } from "./record.ts";

export interface CalibrationCell {
  readonly method: string;
  readonly learningRate: number;
  /** Clean accuracy on validation rows, mean over seeds. */
  readonly accuracy: number;
  readonly seeds: number;
  /** Whether the rule chose it. */
  readonly chosen: boolean;
}

/** Every cell of the calibration, by method and learning rate, with the rule's choice marked. */
export function calibrationTable(records: readonly RunRecord[]): CalibrationCell[] {
  const cells = [...Map.groupBy(records.map(runRow), ({ method, learningRate }) => `${method} ${learningRate}`).values()]
    .map((cell) => {
      const [{ method, learningRate }] = cell;
      return { method, learningRate, accuracy: mean(cell.map(({ accuracy }) => accuracy)), seeds: cell.length };
    })
    .sort((a, b) => a.method.localeCompare(b.method) || a.learningRate - b.learningRate);
  const chosen = [...Map.groupBy(cells, ({ method }) => method).values()].map((arms) => arms.reduce((a, b) => b.accuracy > a.accuracy ? b : a));
  return cells.map((cell) => ({ ...cell, chosen: chosen.includes(cell) }));
}
