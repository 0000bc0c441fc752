/** One seed's values along an axis of its runs' configs. */
import type { Run } from "./observe.ts";

/** By rising x. */
export interface Curve<Seen = Run> {
  readonly seed: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly runs: readonly Seen[];
}

/** Points that a trend takes. */
export const leastPoints = 3;

/** The curve of a seed's runs, each with its place on the axis; none where fewer than three have a value. */
export function curveOf(seed: number, runs: Iterable<readonly [x: number, run: Run]>, measure: (run: Run) => number | null): Curve[] {
  const points = [...runs].flatMap(([x, run]) => {
    const y = measure(run);
    return y === null ? [] : [{ x, y, run }];
  }).sort((a, b) => a.x - b.x);
  if (points.length < leastPoints) return [];
  return [{ seed, x: points.map(({ x }) => x), y: points.map(({ y }) => y), runs: points.map(({ run }) => run) }];
}
