/**
 * The rule by which a profile's settings are chosen, fixed before any attack was run. For each method and shape (rows x epochs): the
 * learning rate with the best clean validation accuracy, mean over the calibration's seeds (equal means: the smaller rate). Among
 * shapes, by the mean of the two methods' best accuracies: the cheapest within one standard error of the best. No attack result enters.
 */
import { mean } from "../math/statistics.ts";
import { runRow } from "./measures.ts";
import type { RunRecord } from "./record.ts";

export interface CalibrationCell {
  readonly method: string;
  readonly trainRows: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Clean accuracy on validation rows, mean over seeds. */
  readonly accuracy: number;
  readonly seeds: number;
  /** Training seconds of a run, mean over seeds, on the machine that ran them. */
  readonly trainSeconds: number;
  /** Whether the rule chose it. */
  readonly chosen: boolean;
}

/** Every cell of the calibration, in the order of method, rows and learning rate, with the rule's choice marked. */
export function calibrationTable(records: readonly RunRecord[]): CalibrationCell[] {
  const runs = records.map((record) => ({ ...runRow(record), trainSeconds: record.provenance.seconds.train }));
  const cells = [
    ...Map.groupBy(runs, ({ method, trainRows, epochs, learningRate }) => JSON.stringify([method, trainRows, epochs, learningRate])).values(),
  ]
    .map((cell) => {
      const [{ method, trainRows, epochs, learningRate }] = cell;
      const accuracy = mean(cell.map(({ accuracy }) => accuracy)), trainSeconds = mean(cell.map(({ trainSeconds }) => trainSeconds));
      return { method, trainRows, epochs, learningRate, accuracy, seeds: cell.length, trainSeconds };
    })
    .sort((a, b) => a.method.localeCompare(b.method) || a.trainRows - b.trainRows || a.epochs - b.epochs || a.learningRate - b.learningRate);
  const shapes = [...Map.groupBy(cells, ({ trainRows, epochs }) => `${trainRows} x ${epochs}`).values()].map((shape) => {
    const rates = [...Map.groupBy(shape, ({ method }) => method).values()].map((arms) => arms.reduce((a, b) => b.accuracy > a.accuracy ? b : a));
    return { rates, accuracy: mean(rates.map(({ accuracy }) => accuracy)), cost: shape[0].trainRows * shape[0].epochs };
  });
  const best = Math.max(...shapes.map(({ accuracy }) => accuracy)), rows = records[0]?.config.task.validationRows ?? 1;
  const standardError = Math.sqrt(best * (1 - best) / rows); // of one accuracy on the validation rows
  const near = shapes.filter(({ accuracy }) => accuracy >= best - standardError);
  const chosen = near.length ? near.reduce((a, b) => b.cost < a.cost ? b : a).rates : [];
  return cells.map((cell) => ({ ...cell, chosen: chosen.includes(cell) }));
}
