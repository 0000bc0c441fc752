/**
 * How far an update points where the weight already did: the largest cosine of its leading singular vectors with the weight's leading
 * ones (paper B, Figure 2), and what chance alone gives.
 */
import { quantileSorted } from "simple-statistics";
import { checkCount } from "../math/check.ts";
import type { Matrix } from "../math/matrix.ts";
import type { Rng } from "../math/random.ts";
import { mean, standardDeviation } from "../math/statistics.ts";
import type { LeadingVectors } from "./sigma_max.ts";

/** How many leading vectors of the weight count, as in Figure 2. */
export const comparedDirections = 32;

export interface Alignment {
  /** Largest |cosine| of the update's left vector with left vectors of the weight, in [0, 1]. */
  readonly left: number;
  /** The same on the right. */
  readonly right: number;
}

/** Of an update's leading vectors with the first 32 (or as many as are given) of a weight: u [out, k], v [in, k], largest value first. */
export function alignment(delta: LeadingVectors, pre: { readonly u: Matrix; readonly v: Matrix }): Alignment {
  return { left: largestCosine(delta.left, pre.u), right: largestCosine(delta.right, pre.v) };
}

/** max over i <= 32 of |<x, column i>|: signs of singular vectors are arbitrary. */
function largestCosine(x: Float64Array, { rows, cols, data }: Matrix): number {
  if (rows !== x.length) throw new TypeError(`Cannot align as the weight's vectors must have ${x.length} entries: ${rows}`);
  const length = Math.hypot(...x);
  if (!(Math.abs(length - 1) < 1e-6)) {
    throw new RangeError(`Cannot align as the update's leading vector must have length 1: ${length}; an update of zero has no direction`);
  }
  const cosines = Array.from({ length: Math.min(cols, comparedDirections) }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += x[i] * data[i * cols + j];
    return Math.min(Math.abs(sum), 1); // not 1 + rounding
  });
  return Math.max(...cosines);
}

export interface AlignmentNull {
  readonly mean: number;
  readonly standardDeviation: number;
  /** The band that holds 95 % of the draws: quantiles .025 and .975. */
  readonly low: number;
  readonly high: number;
  /** 95 % of the draws lie below. */
  readonly quantile95: number;
}

/** The same statistic for a direction drawn uniformly in `width` dimensions against k fixed orthogonal ones, over `draws` draws. */
export function alignmentNull(width: number, k: number, draws: number, rng: Rng): AlignmentNull {
  checkCount("draw random alignments", "k", k);
  checkCount("draw random alignments", "width", width, k);
  checkCount("draw random alignments", "draws", draws, 2);
  const values = Array.from({ length: draws }, () => {
    // any k orthogonal directions are as good as the first k axes; of the other entries only the sum of squares matters
    const first = Array.from({ length: k }, () => Math.abs(rng.normal()));
    return Math.max(...first) / Math.sqrt(first.reduce((sum, x) => sum + x * x, 0) + chiSquare(width - k, rng));
  }).sort((a, b) => a - b);
  const [low, high, quantile95] = [.025, .975, .95].map((p) => quantileSorted(values, p));
  return { mean: mean(values), standardDeviation: standardDeviation(values)!, low, high, quantile95 };
}

/** The sum of n squared standard normal draws; for n > 2 twice a gamma variable of shape n / 2 by rejection (Marsaglia and Tsang 2000). */
function chiSquare(n: number, rng: Rng): number {
  if (n <= 2) return Array.from({ length: n }, () => rng.normal() ** 2).reduce((a, b) => a + b, 0);
  const d = n / 2 - 1 / 3;
  for (;;) {
    const x = rng.normal(), v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - rng.uniform()) < x * x / 2 + d - d * v + d * Math.log(v)) return 2 * d * v;
  }
}
