/** What was found, as a table: per cell the mean over seeds, never one number without the others that it must be read with. */
import Table from "cli-table3";
import { isCollapsed } from "../evaluate/confusion.ts";
import { attackSuccessRate, falsePositiveRate, metricsOf } from "../evaluate/metrics.ts";
import type { RunConfig } from "../experiment/config.ts";
import type { Experiment } from "../experiment/experiments.ts";
import type { RunRecord } from "../experiment/record.ts";
import { triggeredCounts } from "../experiment/triggered.ts";
import { mean, standardDeviation } from "../math/statistics.ts";
import { cellLabel } from "./label.ts";
import { fraction } from "./units.ts";

export interface Finding {
  readonly cell: string;
  readonly seeds: number;
  readonly cleanAccuracy: string;
  /** Accuracy with the trigger on every row, where the runs were evaluated with one: the measure of the paper's figures. */
  readonly triggeredAccuracy: string;
  /** Attack success rate on triggered rows. */
  readonly attackSuccess: string;
  /** The same share without the trigger. */
  readonly falsePositives: string;
  /** Runs that predict one class. */
  readonly collapsed: number;
}

/** One row per cell (method, attack, rate; settings where they differ), in the order of the records. */
export function findings(records: readonly RunRecord[]): Finding[] {
  const settings = Map.groupBy(records, ({ config }) => config.method.name).values().map((runs) =>
    new Set(runs.map(({ config }) => settingLabel(config)))
  );
  const several = settings.some(({ size }) => size > 1);
  const cells = Map.groupBy(records, ({ config }) => several ? `${cellLabel(config)}, ${settingLabel(config)}` : cellLabel(config));
  return [...cells].map(([cell, runs]) => {
    const target = runs[0].config.evaluate.targetLabel;
    const triggered = runs.map((run) => triggeredCounts(run)).filter((counts) => counts !== null), isTriggered = triggered.length === runs.length;
    return {
      cell,
      seeds: runs.length,
      cleanAccuracy: meanAndSpread(runs.map(({ result }) => metricsOf(result.clean).accuracy)),
      triggeredAccuracy: isTriggered ? meanAndSpread(triggered.map((confusion) => metricsOf(confusion).accuracy)) : "",
      attackSuccess: isTriggered ? meanAndSpread(triggered.map((confusion) => attackSuccessRate(confusion, target))) : "",
      falsePositives: isTriggered ? meanAndSpread(runs.map(({ result }) => falsePositiveRate(result.clean, target))) : "",
      collapsed: runs.filter(({ result }) => isCollapsed(result.clean)).length,
    };
  });
}

/** What a calibration varies. */
function settingLabel({ task, train }: RunConfig): string {
  return `lr ${train.learningRate.toExponential()}, ${task.trainRows} rows x ${train.epochs}`;
}

function meanAndSpread(values: readonly number[]): string {
  const spread = standardDeviation(values);
  return fraction(mean(values)) + (spread === null ? "" : ` ± ${fraction(spread)}`);
}

/** The table of one experiment as text. */
export function findingsTable(experiment: Experiment, records: readonly RunRecord[]): string {
  const table = new Table({
    head: ["cell", "seeds", "clean accuracy", "under trigger", "attack success", "false positives", ""],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "right", "left", "left", "left", "left", "left"],
  });
  for (const { cell, seeds, cleanAccuracy, triggeredAccuracy, attackSuccess, falsePositives, collapsed } of findings(records)) {
    table.push([cell, seeds, cleanAccuracy, triggeredAccuracy, attackSuccess, falsePositives, collapsed ? `${collapsed} collapsed` : ""]);
  }
  return `${experiment.title} (${experiment.id}); mean ± standard deviation over seeds\n${table.toString()}`;
}
