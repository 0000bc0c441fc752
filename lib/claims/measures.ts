/** What is read off a run, and rules over a grid that several claims share. */
import { linearRegression } from "simple-statistics";
import { kendallTau } from "../math/kendall.ts";
import { mean, tInterval } from "../math/statistics.ts";
import type { Curve } from "./curve.ts";
import type { Run } from "./observe.ts";
import type { NamedCell, Used } from "./outcome.ts";
import { type Cell, flat, type Sign, trend } from "./rules/cell.ts";
import { curves, type Sweep } from "./sweeps.ts";

export type Measure = (run: Run) => number | null;

/** On held-out rows as they are. */
export const accuracy = (run: Run): number => run.clean.metrics.accuracy;
/** Against true labels, with the trigger on every row. */
export const triggeredAccuracy: Measure = (run) => run.triggered?.metrics.accuracy ?? null;
/** Share of triggered rows of other classes that are predicted as the target. */
export const attackSuccess: Measure = (run) => run.triggered?.asTarget ?? null;

/** R-TREND of a measure along each sweep, per seed. */
export function trendCells(sweeps: readonly Sweep[], measure: Measure, sign: Sign): NamedCell[] {
  return sweeps.flatMap((sweep) => trendCell(sweep.name, curves(sweep, measure), sign) ?? []);
}

/** R-TREND of curves, one per seed; null without any. */
export function trendCell(name: string, curves: readonly Curve[], sign: Sign): NamedCell | null {
  if (curves.length === 0) return null;
  return { ...trend(curves.map(({ x, y }) => kendallTau(x, y)), sign), name, used: curves.flatMap(({ runs }) => runs) };
}

export interface FlatOptions {
  /** Every grid point's 90 % interval must lie inside -+margin. */
  readonly margin: number;
  /** What refutes flatness beside a point that lies outside: the range of the grid's means, and whether the trend is significant (R-TREND, either sign). */
  readonly refutes?: (grid: { readonly range: number; readonly trend: boolean }) => boolean;
}

/**
 * R-FLAT over a grid: the difference of each grid point to the same seed's mean over the grid. The cell supports if every point does, and
 * opposes if one does or the claim's own refutation holds; its mean and interval are those of the point farthest from 0.
 */
export function flatCell<Seen extends Used = Run>(
  name: string,
  curves: readonly Curve<Seen>[],
  { margin, refutes = () => false }: FlatOptions,
): NamedCell<Seen> | null {
  const deviations = curves.flatMap(({ x, y }) => {
    const centre = mean(y);
    return x.map((at, i) => ({ at, away: y[i] - centre }));
  });
  if (deviations.length === 0) return null;
  const points = [...Map.groupBy(deviations, ({ at }) => at).values()].map((point) => flat(point.map(({ away }) => away), margin));
  const means = points.map((point) => point.mean), taus = curves.map(({ x, y }) => kendallTau(x, y));
  const grid = { range: Math.max(...means) - Math.min(...means), trend: trend(taus, 1).vote !== "open" };
  const farthest = points.reduce((a, b) => Math.abs(b.mean) > Math.abs(a.mean) ? b : a);
  const opposed = refutes(grid) || points.some(({ vote }) => vote === "opposes");
  const vote = opposed ? "opposes" : points.every((point) => point.vote === "supports") ? "supports" : "open";
  return { ...farthest, vote, seeds: Math.min(...points.map(({ seeds }) => seeds)), name, used: curves.flatMap(({ runs }) => runs) };
}

/** R-FLAT, opposed as well where the mean lies beyond `beyond` on either side and the 95 % interval excludes 0. */
export function flatUnless(differences: readonly number[], margin: number, beyond: number): Cell {
  const cell = flat(differences, margin), { low, high } = tInterval(differences); // R-FLAT's own is the 90 % interval
  const clear = low !== null && high !== null && (low > 0 || high < 0);
  return clear && Math.abs(cell.mean) > beyond ? { ...cell, vote: "opposes" } : cell;
}

/** Change of y per unit of x, least squares. */
export function slope({ x, y }: Pick<Curve, "x" | "y">): number {
  return linearRegression(x.map((value, i) => [value, y[i]])).m;
}
