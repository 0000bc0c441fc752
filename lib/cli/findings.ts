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
import { settingsApart } from "./settings_apart.ts";
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

/** One row per cell (task, method, attack, rate; settings where they differ), in the order of the records. Runs of a cell differ in the seed alone. */
export function findings(records: readonly RunRecord[]): Finding[] {
  const varied = varies(records);
  const named = Map.groupBy(records, ({ config }) => [cellLabel(config), ...varied.flatMap((label) => label(config) ?? [])].join(", "));
  const cells = [...named].flatMap(([cell, runs]) => {
    const apart = settingsApart(runs.map(({ config }) => config));
    return [...Map.groupBy(runs, ({ config }) => [cell, ...apart(config)].join(", "))];
  });
  return cells.map(([cell, runs]) => {
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

type Label = (config: RunConfig) => string | null;

const ofLowRank = (label: (method: Exclude<RunConfig["method"], { name: "full" }>) => string): Label => ({ method }) =>
  method.name === "full" ? null : label(method);

const ofLora = (label: (method: Extract<RunConfig["method"], { name: "lora" }>) => string): Label => ({ method }) =>
  method.name === "lora" ? label(method) : null;

/** What runs may differ in beside method, attack and rate. */
const labels: readonly Label[] = [
  ({ task }) => task.dataset,
  ofLowRank(({ rank, alpha }) => `r ${rank}, α ${alpha}`),
  ofLora(({ init, initVariance }) => `${init}, k ${Number(initVariance.toPrecision(3))}`),
  ofLora(({ zero, trainA }) => `${zero} = 0${trainA ? "" : ", A not trained"}`),
  ({ rora }) => rora && roraLabel(rora),
  ({ train }) => `lr ${train.learningRate.toExponential()}`,
  ({ task, train }) => train.maxSteps === 0 ? "not tuned" : `${task.trainRows} rows x ${train.epochs}`,
  ({ variant }) => `as in ${variant}`,
];

/** The labels that tell some runs of one method on one task apart; the task where there are several. */
function varies(records: readonly RunRecord[]): Label[] {
  const groups = [...Map.groupBy(records, ({ config }) => `${config.task.dataset} ${config.method.name}`).values()];
  const differ = (runs: readonly RunRecord[], label: Label) => new Set(runs.map(({ config }) => label(config))).size > 1;
  return labels.filter((label, i) => i === 0 ? differ(records, label) : groups.some((runs) => differ(runs, label)));
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

function roraLabel({ ci, tr, pt }: NonNullable<RunConfig["rora"]>): string {
  const space = tr && (tr.k === "full" ? "whole space" : `k ${tr.k}${tr.space === "random" ? " random" : ""}`);
  const parts = [ci && `p ${ci.rate}`, tr && `λ ${tr.lambda} (${space})`, pt && `top ${pt.layers}, s ${pt.scale}`];
  return parts.filter((part) => part !== null).join(", ");
}
