/** Records -> the cells of a table, long: a run's values, their means over seeds, what the paper printed. */
import { isCollapsed, rowsOf as countRows } from "../evaluate/confusion.ts";
import type { RunRecord } from "../experiment/record.ts";
import { mean as meanOf, standardDeviation, tInterval } from "../math/statistics.ts";
import type { Arm } from "./figure.ts";

/** One number of a table. */
export interface Cell {
  /** Column. */
  readonly panel: string;
  /** `null`: mean of the never-poisoned runs on the same changed rows. */
  readonly source: "run" | "mean" | "paper" | "null";
  /** Row. */
  readonly label: string;
  readonly arm: Arm;
  /** Arm and source as the legend names them. */
  readonly series: string;
  /** Fraction. */
  readonly value: number;
  /** Around `value`: 95 % t interval of a mean (null from one seed), mean -+ 1 standard deviation in the paper's cells. */
  readonly low: number | null;
  readonly high: number | null;
  /** Sample standard deviation over seeds. */
  readonly spread: number | null;
  readonly seeds: number;
  readonly testRows: number;
  /** Poisoned exposures of our runs. */
  readonly exposures: number | null;
  readonly seed: number | null;
  readonly key: string | null;
  readonly collapsed: boolean;
}

/** What a column shows of a run; null where the run has no such value. */
export interface Column {
  readonly panel: string;
  readonly heading: string;
  of(record: RunRecord): number | null;
}

/** Where a run belongs. */
export interface Spot {
  readonly label: string;
  readonly arm: Arm;
}

/** A dot for each run, and a mean for each label and arm; `source: "null"` gives the means alone. */
export function cellsOf(records: readonly RunRecord[], column: Column, spotOf: (record: RunRecord) => Spot, source?: "null"): Cell[] {
  const runs = records.flatMap((record): Cell[] => {
    const value = column.of(record), { label, arm } = spotOf(record);
    if (value === null) return [];
    return [{
      panel: column.panel,
      source: "run",
      label,
      arm,
      series: `${arm}, ours`,
      value,
      low: null,
      high: null,
      spread: null,
      seeds: 1,
      testRows: countRows(record.result.clean),
      exposures: record.result.ledger.exposures,
      seed: record.config.seed,
      key: record.key,
      collapsed: isCollapsed(record.result.clean),
    }];
  });
  const means = [...Map.groupBy(runs, ({ label, arm }) => `${label}, ${arm}`).values()].map((cell): Cell => {
    const values = cell.map(({ value }) => value), { mean: value, low, high } = tInterval(values);
    const exposures = meanOf(cell.map(({ exposures }) => exposures ?? 0));
    const ofAll = { value, low, high, spread: standardDeviation(values), seeds: cell.length, exposures, seed: null, key: null, collapsed: false };
    return { ...cell[0], source: source ?? "mean", ...ofAll };
  });
  return source ? means : [...runs, ...means];
}

/** The table to read: a row for each label (headed `rowName`), arm and source, with `mean ± standard deviation` in each column. */
export function tableOf(cells: readonly Cell[], rowName: string, columns: readonly string[]): Record<string, string | number>[] {
  const whose = { mean: "ours", paper: "paper", null: "never poisoned" };
  const shown = cells.flatMap((cell) => cell.source === "run" ? [] : [{ ...cell, whose: whose[cell.source] }]);
  return [...Map.groupBy(shown, ({ label, arm, whose }) => JSON.stringify([label, arm, whose])).values()].map((row) => {
    const [{ label, arm, whose, seeds }] = row;
    const texts = columns.map((panel) => [panel, textOf(row.find((cell) => cell.panel === panel))]);
    return { [rowName]: label, arm, whose, seeds, ...Object.fromEntries(texts) };
  });
}

function textOf(cell: Cell | undefined): string {
  if (!cell) return "";
  return cell.value.toFixed(3) + (cell.spread === null ? "" : ` ± ${cell.spread.toFixed(3)}`);
}
