/** Paper B's runs -> the marks of a figure, long: a run's value, the median over seeds, the null, what the paper printed. */
import canonicalize from "canonicalize";
import type { ChainMeasures, ChainRow } from "../../experiment/chain_rows.ts";
import { endsOf, seedMedians } from "./seed_medians.ts";

export interface Mark {
  readonly panel: Panel["panel"];
  /** `null`: the median of encoders that were never poisoned, read with the same trigger; `predicted`: the median of what theory says of the runs. */
  readonly source: "run" | "median" | "null" | "paper" | "predicted";
  /** What stands together: a pair of tasks, with the attack where there are several. */
  readonly group: string;
  /** Line of a table; empty in a curve. */
  readonly label: string;
  /** Place on a curve's axis; null in a table. */
  readonly x: number | null;
  /** As the legend names it. */
  readonly series: string;
  /** Fraction. */
  readonly value: number;
  /** Smallest and largest over the seeds; null beside a single number. */
  readonly low: number | null;
  readonly high: number | null;
  readonly seeds: number;
  /** Held-out rows behind each seed's value: all of them, or for ASR those of the other class. */
  readonly testRows: number;
  readonly seed: number | null;
  readonly key: string | null;
  readonly collapsed: boolean;
}

/** Where a run's marks go. */
export type Spot = Pick<Mark, "group" | "label" | "x" | "series">;

export interface Panel {
  readonly panel: "CA" | "ASR" | "CA − ASR";
  readonly heading: string;
  of(measures: ChainMeasures): number;
}

/** CA never without ASR, and the margin in which the paper puts both. */
export const panels: readonly Panel[] = [
  { panel: "CA", heading: "Clean accuracy (CA)", of: ({ cleanAccuracy }) => cleanAccuracy },
  { panel: "ASR", heading: "Attack success rate (ASR)", of: ({ attackSuccessRate }) => attackSuccessRate },
  { panel: "CA − ASR", heading: "Margin CA − ASR", of: ({ margin }) => margin },
];

/** A run's measures at a spot: those of its end, or at another scale. */
export interface Placed {
  readonly row: ChainRow;
  readonly measures: ChainMeasures;
  readonly spot: Spot;
}

/** Rows at their spots; null leaves one out. */
export const place = (rows: readonly ChainRow[], spotOf: (row: ChainRow) => Spot | null): Placed[] =>
  rows.flatMap((row) => {
    const spot = spotOf(row);
    return spot ? [{ row, measures: row, spot }] : [];
  });

/** Three dots for each run, and for each spot a median. Refuses two runs of one seed at one spot, and a spot of two settings. */
export function marksOf(placed: readonly Placed[]): Mark[] {
  requireOneSetting(placed);
  const dots = placed.flatMap(dotsOf);
  return [...dots, ...mediansOf(dots, "median")];
}

/** Medians of a number that theory gives for each run, in one panel. */
export const predictedOf = (panel: Mark["panel"], placed: readonly (Pick<Placed, "row" | "spot"> & { readonly value: number })[]): Mark[] =>
  mediansOf(placed.map(({ row, spot, value }) => dotOf(panel, row, spot, { value, testRows: row.otherRows, collapsed: false })), "predicted");

/** The medians alone, of runs that were never poisoned. */
export const nullsOf = (placed: readonly Placed[]): Mark[] => mediansOf(placed.flatMap(dotsOf), "null");

function dotsOf({ row, measures, spot }: Placed): Mark[] {
  const { collapsed, rows, otherRows } = measures;
  return panels.map(({ panel, of }) => dotOf(panel, row, spot, { value: of(measures), testRows: panel === "ASR" ? otherRows : rows, collapsed }));
}

function dotOf(panel: Mark["panel"], { seed, key }: ChainRow, spot: Spot, own: Pick<Mark, "value" | "testRows" | "collapsed">): Mark {
  return { panel, source: "run", ...spot, ...own, low: null, high: null, seeds: 1, seed, key };
}

const mediansOf = (dots: readonly Mark[], source: "median" | "null" | "predicted"): Mark[] =>
  seedMedians(dots, (mark) => [mark.panel, ...spotOf(mark)], (values) => ({ source, ...endsOf(values), collapsed: false }));

const spotOf = ({ group, label, x, series }: Spot) => [group, label, x, series] as const;

/** A median over two learning rates, or over one run counted twice, would be a number about nothing. */
function requireOneSetting(placed: readonly Placed[]): void {
  for (const own of Map.groupBy(placed, ({ spot }) => JSON.stringify(spotOf(spot))).values()) {
    const { group, label, series } = own[0].spot, where = [group, label, series].filter(Boolean).join(", ");
    const seeds = own.map(({ row }) => row.seed), settings = new Set(own.map(({ row }) => settingOf(row)));
    if (new Set(seeds).size < seeds.length) {
      throw new RangeError(`Cannot draw figure as each seed must have one run: ${where}, seeds ${seeds.join(", ")}`);
    }
    if (settings.size > 1) throw new RangeError(`Cannot draw figure as its runs must share one setting: ${where}: ${[...settings].join(" and ")}`);
  }
}

const settingOf = ({ model, epochs, learningRate, trainRows, split, method, rora }: ChainRow): string =>
  canonicalize({ model, epochs, learningRate, trainRows, split, method, rora })!; // the store sorts keys, a fresh record does not
