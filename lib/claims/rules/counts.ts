/** R-BIN: tests on counts of hits in two arms. */
import chiSquareCdf from "@stdlib/stats-base-dists-chisquare-cdf";
import hypergeometric from "@stdlib/stats-base-dists-hypergeometric-pmf";

/** Hits and trials of two arms. */
export interface Counts {
  readonly hits: readonly [number, number];
  readonly trials: readonly [number, number];
}

/** Fisher's exact test, two-sided: the probability of all tables with the same margins that are at most as probable as this one. */
export function fisherExact({ hits: [a, b], trials: [n, m] }: Counts): number {
  const chance = (first: number) => hypergeometric(first, n + m, a + b, n), own = chance(a);
  let p = 0;
  for (let first = Math.max(0, a + b - m); first <= Math.min(n, a + b); first++) {
    if (chance(first) <= own * (1 + 1e-7)) p += chance(first); // R's tolerance: equally probable tables count, rounding aside
  }
  return Math.min(1, p);
}

/**
 * Mantel-Haenszel over strata (seeds, attacks): whether the arms differ at the same strata, without continuity correction. Strata
 * without any variation (all hits or none) say nothing.
 * @returns the two-sided p value and the sum of hits of the first arm beyond expectation
 */
export function mantelHaenszel(strata: readonly Counts[]): { p: number; excess: number } {
  let excess = 0, variance = 0;
  for (const { hits: [a, b], trials: [n, m] } of strata) {
    const total = n + m, hits = a + b;
    excess += a - n * hits / total;
    variance += n * m * hits * (total - hits) / (total * total * (total - 1));
  }
  return { p: variance === 0 ? 1 : 1 - chiSquareCdf(excess * excess / variance, 1), excess };
}

/**
 * McNemar's exact test on paired yes/no outcomes, two-sided: of the pairs that differ, each side is as likely.
 * @param first pairs in which only the first says yes
 * @param second pairs in which only the second does
 */
export function mcNemar(first: number, second: number): number {
  const total = first + second, least = Math.min(first, second);
  let chance = 2 ** -total, p = 0;
  for (let k = 0; k <= least; k++) {
    p += chance;
    chance *= (total - k) / (k + 1);
  }
  return Math.min(1, 2 * p);
}
