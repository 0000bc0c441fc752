/**
 * The rule by which a profile's learning rates are chosen, fixed before any attack was run: for each method the rate with the best
 * clean validation accuracy, mean over the calibration's seeds (equal means: the smaller rate). No attack result enters.
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
  /** Training seconds of a run, mean over seeds, on the machine that ran them. */
  readonly trainSeconds: number;
  /** Whether the rule chose it. */
  readonly chosen: boolean;
}

/** Every cell of the calibration, by method and learning rate, with the rule's choice marked. */
export function calibrationTable(records: readonly RunRecord[]): CalibrationCell[] {
  const runs = records.map((record) => ({ ...runRow(record), trainSeconds: record.provenance.seconds.train }));
  const cells = [...Map.groupBy(runs, ({ method, learningRate }) => `${method} ${learningRate}`).values()]
    .map((cell) => {
      const [{ method, learningRate }] = cell;
      const accuracy = mean(cell.map(({ accuracy }) => accuracy)), trainSeconds = mean(cell.map(({ trainSeconds }) => trainSeconds));
      return { method, learningRate, accuracy, seeds: cell.length, trainSeconds };
    })
    .sort((a, b) => a.method.localeCompare(b.method) || a.learningRate - b.learningRate);
  const chosen = [...Map.groupBy(cells, ({ method }) => method).values()].map((arms) => arms.reduce((a, b) => b.accuracy > a.accuracy ? b : a));
  return cells.map((cell) => ({ ...cell, chosen: chosen.includes(cell) }));
}
