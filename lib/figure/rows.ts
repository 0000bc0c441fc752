/** Records and published curves -> the long table that a figure draws. */
import { seedsForVerdict } from "../claims/verdict.ts";
import { datasetNames } from "../data/names.ts";
import { isCollapsed, rowsOf as countRows } from "../evaluate/confusion.ts";
import { epochsRead } from "../experiment/exposure.ts";
import { datasets } from "../experiment/inputs.ts";
import type { RunRecord } from "../experiment/record.ts";
import { measuredTrigger } from "../experiment/triggered.ts";
import { twinKey } from "../experiment/twin.ts";
import { mean as meanOf, tInterval } from "../math/statistics.ts";
import { triggerOf } from "../poison/attacks.ts";
import type { TextChange } from "../poison/change.ts";
import type { Arm, MethodLabel, Place, Row } from "./figure.ts";
import type { Measure } from "./measure.ts";
import type { PaperCurves } from "./paper.ts";

export type Family = "upa" | "bpa";
export type ArmOf = (record: RunRecord) => Arm;

/** Arms of a figure that compares the methods. */
export const labelOf = ({ config }: RunRecord): MethodLabel => config.method.name === "full" ? "FF" : "LoRA";
/** Poison rate, a fraction; 0 of a run that was never poisoned. */
export const rateOf = ({ config }: RunRecord): number => config.attack.name === "none" ? 0 : config.attack.poisonRate;
/** Arms of a figure about LoRA alone. */
export const poisonOf = ({ config }: RunRecord): "clean" | "poisoned" => config.attack.name === "none" ? "clean" : "poisoned";
/** A task as readers know it: `MR`, `MR word order`, GLUE's as GLUE writes them. */
export const taskOf = ({ config: { task: { dataset } } }: RunRecord): string => datasets[dataset].title;

const rankOf = ({ config: { method } }: RunRecord): number | null => method.name === "lora" ? method.rank : null;
const varianceOf = ({ config: { method } }: RunRecord): number | null => method.name === "lora" ? method.initVariance : null;

/** The records a figure of these attacks draws: their runs and the never-poisoned ones, in a stable order. */
export function familyOf(records: readonly RunRecord[], ...families: readonly Family[]): RunRecord[] {
  const names: readonly string[] = ["none", ...families];
  const by = (of: (record: RunRecord) => number | null) => (a: RunRecord, b: RunRecord) => (of(a) ?? 0) - (of(b) ?? 0);
  const order = [
    by(({ config }) => datasetNames.indexOf(config.task.dataset)),
    (a: RunRecord, b: RunRecord) => labelOf(a).localeCompare(labelOf(b)),
    by(rankOf),
    by(varianceOf),
    by((record) => names.indexOf(record.config.attack.name)),
    by(rateOf),
    by(({ config }) => config.seed),
    (a: RunRecord, b: RunRecord) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0,
  ];
  return records.filter(({ config }) => names.includes(config.attack.name)).sort((a, b) => order.reduce((sign, compare) => sign || compare(a, b), 0));
}

/** What the triggered rows of these runs carry: the attack's trigger; where no attack has one, the first that a run was evaluated with. */
export function triggerAmong(records: readonly RunRecord[]): TextChange | null {
  const record = records.find(({ config }) => triggerOf(config.attack) !== null) ?? records.find(({ config }) => measuredTrigger(config) !== null);
  return record ? measuredTrigger(record.config) : null;
}

/** The runs' dots, their means with 95 % t bands over seeds, and the paper's points, one measure after the other. */
export function rowsOf(records: readonly RunRecord[], measures: readonly Measure[], paper: PaperCurves, armOf: ArmOf = labelOf): Row[] {
  const trigger = triggerAmong(records);
  return measures.flatMap((measure) => {
    const runs = runRows(records, measure, trigger, armOf);
    return [...runs, ...meanRows(runs), ...(measure.paper?.(paper, measure.id) ?? [])];
  });
}

function runRows(records: readonly RunRecord[], measure: Measure, trigger: TextChange | null, armOf: ArmOf): Row[] {
  const clean = new Map(records.filter((record) => record.config.attack.name === "none").map((record) => [twinKey(record.config), record]));
  return records.flatMap((record) => {
    const value = measure.of(record, clean.get(twinKey(record.config)), trigger), arm = armOf(record);
    return value === null ? [] : [{
      panel: measure.id,
      source: "run" as const,
      arm,
      series: `${arm}, ours`,
      task: taskOf(record),
      against: null,
      ...placeOf(record),
      value,
      low: null,
      high: null,
      seeds: 1,
      testRows: countRows(record.result.clean),
      seed: record.config.seed,
      key: record.key,
      collapsed: isCollapsed(record.result.clean),
    }];
  });
}

function placeOf(record: RunRecord): Place {
  const { ledger } = record.result;
  return {
    poisonRate: rateOf(record),
    exposures: ledger.exposures,
    relabelledExposures: ledger.relabelledRows * epochsRead(record.config),
    rank: rankOf(record),
    initVariance: varianceOf(record),
  };
}

/**
 * One row per cell (task, arm and what was configured), the mean over its seeds. A cell with fewer than half of its line's seeds (five count as
 * enough) has none: between means over eight seeds that of a single run is a kink in the line.
 */
export function meanRows(runs: readonly Row[]): Row[] {
  const lines = Map.groupBy(runs, ({ panel, arm, task }) => JSON.stringify([panel, arm, task]));
  const kept = [...lines.values()].flatMap((line) => {
    const cells = [...Map.groupBy(line, (row) => JSON.stringify(cellOf(row))).values()];
    const enough = Math.min(seedsForVerdict, Math.max(...cells.map(({ length }) => length))) / 2;
    return cells.filter(({ length }) => length >= enough);
  });
  return kept.map((cell) => {
    const { mean, low, high } = tInterval(cell.map((row) => row.value));
    return {
      ...cell[0],
      source: "mean",
      // Bernoulli sampling draws another number of rows for each seed, and any sampling another number of labels that change
      exposures: meanOf(cell.map((row) => row.exposures)),
      relabelledExposures: meanOf(cell.map((row) => row.relabelledExposures ?? 0)),
      value: mean,
      low,
      high,
      seeds: cell.length,
      seed: null,
      key: null,
      collapsed: false,
    };
  });
}

/** What tells the cells of one arm apart. */
const cellOf = ({ task, poisonRate, rank, initVariance }: Row) => [task, poisonRate, rank, initVariance] as const;
