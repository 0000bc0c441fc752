/** R-CORR: Spearman's correlation over configurations, with a bootstrap interval; partial where a third quantity must be held fixed. */
import { quantile, sampleRankCorrelation } from "simple-statistics";
import type { Rng } from "../../math/random.ts";
import type { Sign, Vote } from "./cell.ts";

/** Configurations that a correlation takes. */
const leastConfigurations = 12;

export interface Correlation {
  readonly vote: Vote;
  readonly rho: number;
  /** Percentile bootstrap at the rule's level. */
  readonly low: number;
  readonly high: number;
  readonly configurations: number;
}

/** Spearman's rho, mid-ranks for ties; 0 where one side is constant. */
export function spearman(x: readonly number[], y: readonly number[]): number {
  const rho = sampleRankCorrelation([...x], [...y]);
  return Number.isFinite(rho) ? rho : 0;
}

/** Spearman's rho of x and y with z held fixed: (r_xy - r_xz r_yz) / sqrt((1 - r_xz^2) (1 - r_yz^2)); 0 where z determines one of them. */
export function partialSpearman(x: readonly number[], y: readonly number[], z: readonly number[]): number {
  const [xy, xz, yz] = [spearman(x, y), spearman(x, z), spearman(y, z)], rest = (1 - xz * xz) * (1 - yz * yz);
  return rest < 1e-12 ? 0 : (xy - xz * yz) / Math.sqrt(rest);
}

/**
 * R-CORR(threshold): supports if rho has the claimed sign, |rho| >= threshold and the bootstrap interval over configurations (95 %;
 * 99 % where the rule asks for p < 0.01) lies on the claimed side of 0; opposes likewise; with fewer than 12 configurations it is open.
 * @param z held fixed, if given
 */
export function correlation(
  x: readonly number[],
  y: readonly number[],
  { sign, threshold, rng, z, level = 0.95, resamples = 2000 }: {
    sign: Sign;
    threshold: number;
    rng: Rng;
    z?: readonly number[];
    level?: number;
    resamples?: number;
  },
): Correlation {
  const n = x.length,
    of = (rows: readonly number[]) => {
      const pick = (values: readonly number[]) => rows.map((row) => values[row]);
      return z ? partialSpearman(pick(x), pick(y), pick(z)) : spearman(pick(x), pick(y));
    };
  const rho = of(x.map((_, i) => i));
  const draws = Array.from({ length: resamples }, () => of(Array.from({ length: n }, () => rng.integer(n))));
  const [low, high] = quantile(draws, [(1 - level) / 2, (1 + level) / 2]);
  const clear = n >= leastConfigurations && Math.abs(rho) >= threshold && (low > 0 || high < 0);
  return { vote: !clear ? "open" : Math.sign(rho) === sign ? "supports" : "opposes", rho, low, high, configurations: n };
}
