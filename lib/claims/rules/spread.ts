/** Whether two groups spread differently: Brown and Forsythe's test. */
import tCdf from "@stdlib/stats-base-dists-t-cdf";
import { mean, median, sampleVariance } from "simple-statistics";

/**
 * The t test on absolute deviations from each sample's own median; for two groups its square is Brown and Forsythe's F. Samples of one
 * group (grid points of one side) are centred one by one.
 * @returns the two-sided p value, and the ratio of the groups' standard deviations, second over first
 */
export function brownForsythe(first: readonly (readonly number[])[], second: readonly (readonly number[])[]): { p: number; ratio: number } {
  const deviations = (samples: readonly (readonly number[])[]) =>
    samples.flatMap((sample) => sample.map((value) => Math.abs(value - median([...sample]))));
  const a = deviations(first), b = deviations(second), freedom = a.length + b.length - 2;
  if (a.length < 2 || b.length < 2) throw new RangeError(`Cannot compare spreads as each group must have 2 values: ${a.length}, ${b.length}`);
  const pooled = ((a.length - 1) * sampleVariance(a) + (b.length - 1) * sampleVariance(b)) / freedom;
  const t = (mean(b) - mean(a)) / Math.sqrt(pooled * (1 / a.length + 1 / b.length));
  const sd = (samples: readonly (readonly number[])[]) =>
    Math.sqrt(mean(samples.filter((sample) => sample.length > 1).map((sample) => sampleVariance([...sample]))));
  return { p: Number.isFinite(t) ? 2 * (1 - tCdf(Math.abs(t), freedom)) : 1, ratio: sd(second) / sd(first) };
}
