/** Records and published curves -> the long table that a figure draws. */
import { isCollapsed, rowsOf as countRows } from "../evaluate/confusion.ts";
import type { RunRecord } from "../experiment/record.ts";
import { measuredTrigger } from "../experiment/triggered.ts";
import { tInterval } from "../math/statistics.ts";
import type { TextChange } from "../poison/change.ts";
import type { MethodLabel, Row } from "./figure.ts";
import type { Measure } from "./measure.ts";
import { type PaperCurves, paperRows } from "./paper.ts";

export type Family = "upa" | "bpa";

/** The records a figure of this attack draws: its runs and the never-poisoned ones, in a stable order. */
export function familyOf(records: readonly RunRecord[], family: Family): RunRecord[] {
  return records
    .filter(({ config }) => config.attack.name === family || config.attack.name === "none")
    .sort((a, b) =>
      labelOf(a).localeCompare(labelOf(b)) || rateOf(a) - rateOf(b) || a.config.seed - b.config.seed || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
    );
}

export const labelOf = ({ config }: RunRecord): MethodLabel => config.method.name === "full" ? "FF" : "LoRA";
export const rateOf = ({ config }: RunRecord): number => config.attack.name === "none" ? 0 : config.attack.poisonRate;

/** What the triggered rows of these runs carry: the attack's trigger; of never-poisoned runs alone, the first that they were evaluated with. */
export function triggerAmong(records: readonly RunRecord[]): TextChange | null {
  const record = records.find(({ config }) => config.attack.name !== "none") ?? records[0];
  return record ? measuredTrigger(record.config) : null;
}

/** The run's dots, their means with 95 % t bands over seeds, and the paper's points, one measure after the other. */
export function rowsOf(records: readonly RunRecord[], measures: readonly Measure[], paper: PaperCurves): Row[] {
  const trigger = triggerAmong(records);
  return measures.flatMap((measure) => {
    const runs = runRows(records, measure, trigger);
    return [...runs, ...meanRows(runs), ...(measure.paper ? paperRows(paper, measure.id, measure.paper.figure, measure.paper.metric) : [])];
  });
}

function runRows(records: readonly RunRecord[], measure: Measure, trigger: TextChange | null): Row[] {
  const clean = new Map(records.filter((record) => rateOf(record) === 0).map((record) => [pairOf(record), record]));
  return records.flatMap((record) => {
    const value = measure.of(record, clean.get(pairOf(record)), trigger);
    const method = labelOf(record);
    return value === null ? [] : [{
      panel: measure.id,
      source: "run" as const,
      method,
      series: `${method}, ours`,
      task: record.config.task.dataset.toUpperCase(),
      poisonRate: rateOf(record),
      exposures: record.result.ledger.exposures,
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

function meanRows(runs: readonly Row[]): Row[] {
  const cells = Map.groupBy(runs, (row) => `${row.method} ${row.poisonRate}`);
  return [...cells.values()].map((cell) => {
    const { mean, low, high } = tInterval(cell.map((row) => row.value));
    return {
      ...cell[0],
      source: "mean",
      // Bernoulli sampling draws another number of rows for each seed
      exposures: cell.reduce((sum, row) => sum + row.exposures, 0) / cell.length,
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

const pairOf = (record: RunRecord): string => `${labelOf(record)} ${record.config.seed}`;
