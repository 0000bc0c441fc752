/**
 * Singular values of s B A from its factors alone (the update of LoRA, papers A and B): two orthogonalisations of r vectors and the
 * SVD of an r x r core, without the [out, in] product.
 */
import { type Matrix, transpose } from "../math/matrix.ts";
import type { LeadingVectors } from "./sigma_max.ts";
import { dot, smallSvd } from "./small_svd.ts";

export interface LowRankSigma extends LeadingVectors {
  /** All r singular values of s B A, largest first: [r]. */
  readonly values: Float64Array;
}

/** Singular values of scale B A for B [out, r] and A [r, in], with the first one's vectors. */
export function lowRankSigma(b: Matrix, a: Matrix, scale = 1): LowRankSigma {
  if (b.cols !== a.rows) throw new TypeError(`Cannot take singular values of B A as A must have ${b.cols} rows, B's columns: ${a.rows}`);
  const bad = [b, a].map(({ data }) => sumOf(data)).find((sum) => !Number.isFinite(sum));
  if (bad !== undefined) throw new RangeError(`Cannot take singular values of B A as every entry must be finite: the sum of one factor is ${bad}`);
  const left = orthonormalRows(transpose(b)), right = orthonormalRows(a), r = a.rows;
  // B A = Q_B^T (L_B^T L_A) Q_A
  const core = new Float64Array(r * r);
  for (let k = 0; k < r; k++) {
    for (let i = 0; i <= k; i++) for (let j = 0; j <= k; j++) core[i * r + j] += left.lower[k][i] * right.lower[k][j];
  }
  const inner = smallSvd({ rows: r, cols: r, data: core }), zero = !(inner.values[0] * scale);
  const [u, v] = [mix(left.rows, inner.left[0]), mix(right.rows, inner.right[0])];
  return {
    values: inner.values.map((value) => Math.abs(scale) * value),
    left: zero ? u.fill(0) : u.map((x) => Math.sign(scale) * x),
    right: zero ? v.fill(0) : v,
  };
}

/** Not finite where an entry is not, at a fraction of the cost of looking at each. */
function sumOf(data: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i];
  return sum;
}

/** M = L Q for M [r, d]: Q's rows orthonormal, or zero where a row of M adds no direction; L [r, r] lower triangular. */
function orthonormalRows({ rows: r, cols: d, data }: Matrix): { rows: Float64Array[]; lower: Float64Array[] } {
  const rows: Float64Array[] = [], lower: Float64Array[] = [];
  for (let i = 0; i < r; i++) {
    const x = data.slice(i * d, (i + 1) * d), factors = new Float64Array(r), size = Math.sqrt(dot(x, x));
    for (let pass = 0; pass < 2; pass++) { // twice: once leaves rounding in
      rows.forEach((row, j) => {
        const along = dot(row, x);
        factors[j] += along;
        for (let k = 0; k < d; k++) x[k] -= along * row[k];
      });
    }
    const length = Math.sqrt(dot(x, x)), adds = length > 1e-14 * size;
    factors[i] = adds ? length : 0;
    for (let k = 0; k < d; k++) x[k] = adds ? x[k] / length : 0;
    rows.push(x), lower.push(factors);
  }
  return { rows, lower };
}

/** sum of weights[i] rows[i]. */
function mix(rows: readonly Float64Array[], weights: Float64Array): Float64Array {
  const result = new Float64Array(rows[0].length);
  rows.forEach((row, i) => {
    for (let k = 0; k < row.length; k++) result[k] += weights[i] * row[k];
  });
  return result;
}
