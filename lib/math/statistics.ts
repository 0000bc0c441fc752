/**
 * Means and intervals. What the values do not determine is null, never NaN, so that a record or a figure row can hold it: one
 * value has a mean, but neither a standard deviation nor an interval.
 */
import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import { mean as kahanMean, quantileSorted, sampleStandardDeviation } from "simple-statistics";
import { checkCount } from "./check.ts";
import type { Rng } from "./random.ts";

export interface MeanInterval {
  readonly mean: number;
  /** Bounds of the interval; null for a single value. */
  readonly low: number | null;
  readonly high: number | null;
  /** Sample standard deviation (ddof 1); null for a single value. */
  readonly standardDeviation: number | null;
  readonly count: number;
}

/** An estimate and its bounds. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
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

/** Wilson's score interval of a share: inside [0, 1], and of use at 0 and at `total` successes, where the normal interval has no width. */
export function wilsonInterval(successes: number, total: number, level = 0.95): Interval {
  checkLevel(level);
  checkCount("compute an interval", "total", total);
  if (!(Number.isInteger(successes) && 0 <= successes && successes <= total)) {
    throw new RangeError(`Cannot compute an interval as successes must be a whole number in [0, ${total}]: ${successes}`);
  }
  const z = normalQuantile((1 + level) / 2), share = successes / total, shrink = 1 + z * z / total;
  const centre = (share + z * z / (2 * total)) / shrink;
  const margin = z * Math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / shrink;
  // At 0 and at total the exact bound is 0 and 1; rounding may miss it by 1e-17.
  return { estimate: share, low: successes === 0 ? 0 : centre - margin, high: successes === total ? 1 : centre + margin };
}

/**
 * Percentile bootstrap (Efron 1979): the spread of `statistic` over resamples of `values`, drawn with replacement. `values` may be
 * anything that is resampled as a whole: numbers, pairs, configurations. A function of (values, rng): rng itself does not move.
 */
export function bootstrapInterval<T>(
  values: readonly T[],
  statistic: (sample: readonly T[]) => number,
  rng: Rng,
  { level = 0.95, resamples = 2000 }: { readonly level?: number; readonly resamples?: number } = {},
): Interval {
  checkLevel(level);
  checkCount("bootstrap", "the number of values", values.length);
  checkCount("bootstrap", "resamples", resamples);
  const draws = rng.fork("bootstrap");
  const estimates = Array.from({ length: resamples }, () => statistic(values.map(() => values[draws.integer(values.length)])));
  checkValues("bootstrap", estimates);
  estimates.sort((a, b) => a - b);
  return {
    estimate: statistic(values),
    low: quantileSorted(estimates, (1 - level) / 2),
    high: quantileSorted(estimates, (1 + level) / 2),
  };
}

/** Normal quantile as the t quantile of many degrees of freedom: exact to 1e-14, where simple-statistics' probit is off by 3e-3. */
function normalQuantile(p: number): number {
  return tQuantile(p, 1e15);
}

function checkLevel(level: number): void {
  if (!(0 < level && level < 1)) throw new RangeError(`Cannot compute an interval as level must be in (0, 1): ${level}`);
}

function checkValues(action: string, values: readonly number[]): void {
  checkCount(action, "the number of values", values.length);
  const bad = values.find((value) => !Number.isFinite(value));
  if (bad !== undefined) throw new RangeError(`Cannot ${action} as every value must be finite: ${bad}`);
}
