/**
 * Means and intervals. What the values do not determine is null, never NaN, so that a record or a figure row can hold it: one
 * value has a mean, but neither a standard deviation nor an interval.
 */
import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import { mean as kahanMean, sampleStandardDeviation } from "simple-statistics";
import { checkCount } from "./check.ts";

export interface MeanInterval {
  readonly mean: number;
  /** Bounds of the interval; null for a single value. */
  readonly low: number | null;
  readonly high: number | null;
  /** Sample standard deviation (ddof 1); null for a single value. */
  readonly standardDeviation: number | null;
  readonly count: number;
}

/** Arithmetic mean of at least one finite value. */
export function mean(values: readonly number[]): number {
  checkValues("take a mean", values);
  return kahanMean([...values]);
}

/** Sample standard deviation (ddof 1, as both papers report); null for a single value. */
export function standardDeviation(values: readonly number[]): number | null {
  checkValues("take a standard deviation", values);
  return values.length === 1 ? null : sampleStandardDeviation([...values]);
}

/** Student's t interval of the mean: mean -+ t(level, n - 1) sd / sqrt(n). */
export function tInterval(values: readonly number[], level = 0.95): MeanInterval {
  checkLevel(level);
  const count = values.length, centre = mean(values), sd = standardDeviation(values);
  if (sd === null) return { mean: centre, low: null, high: null, standardDeviation: null, count };
  const margin = tQuantile((1 + level) / 2, count - 1) * sd / Math.sqrt(count);
  return { mean: centre, low: centre - margin, high: centre + margin, standardDeviation: sd, count };
}

function checkLevel(level: number): void {
  if (!(0 < level && level < 1)) throw new RangeError(`Cannot compute an interval as level must be in (0, 1): ${level}`);
}

function checkValues(action: string, values: readonly number[]): void {
  checkCount(action, "the number of values", values.length);
  const bad = values.find((value) => !Number.isFinite(value));
  if (bad !== undefined) throw new RangeError(`Cannot ${action} as every value must be finite: ${bad}`);
}
