/** Singular values of small matrices in plain float64, by one-sided Jacobi rotations: every value to the last bits of the largest. */
import type { Matrix } from "../math/matrix.ts";

export interface SmallSvd {
  /** Left singular vectors in rows, zero where the value is nothing beside the largest: [n, m]. */
  readonly left: readonly Float64Array[];
  /** Singular values, largest first: [n]. */
  readonly values: Float64Array;
  /** Right singular vectors in rows: [n, n]. */
  readonly right: readonly Float64Array[];
}

const sweepLimit = 60, rounding = 1e-15;

/** A = sum of values[i] left[i] right[i]^T for A [m, n]; meant for n up to some hundreds. */
export function smallSvd({ rows: m, cols: n, data }: Matrix): SmallSvd {
  // the columns of A, turned until each is orthogonal to every other; V collects the turns
  const columns = Array.from({ length: n }, (_, j) => Float64Array.from({ length: m }, (_, i) => data[i * n + j]));
  const turns = Array.from({ length: n }, (_, j) => Float64Array.from({ length: n }, (_, i) => i === j ? 1 : 0));
  const largest = Math.max(...columns.map((column) => dot(column, column)), 0);
  for (let sweep = 0, turned = true; turned; sweep++) {
    if (sweep === sweepLimit) {
      throw new RangeError(`Cannot compute the SVD as its columns must be orthogonal within ${sweepLimit} sweeps: ${m} x ${n}`);
    }
    turned = false;
    for (let j = 1; j < n; j++) {
      for (let i = 0; i < j; i++) turned = orthogonalise(columns, turns, i, j, rounding ** 2 * largest) || turned;
    }
  }
  const norms = columns.map((column) => Math.sqrt(dot(column, column)));
  const order = norms.map((_, i) => i).sort((i, j) => norms[j] - norms[i]);
  return {
    left: order.map((i) => columns[i].map((x) => norms[i] > rounding * Math.sqrt(largest) ? x / norms[i] : 0)),
    values: Float64Array.from(order, (i) => norms[i]),
    right: order.map((i) => turns[i]),
  };
}

/** Turns columns i and j in their plane until they are orthogonal; false if they are, or if one of them is nothing beside the largest. */
function orthogonalise(columns: readonly Float64Array[], turns: readonly Float64Array[], i: number, j: number, nothing: number): boolean {
  const a = dot(columns[i], columns[i]), b = dot(columns[j], columns[j]), c = dot(columns[i], columns[j]);
  if (!(Math.abs(c) > rounding * Math.sqrt(a * b)) || Math.min(a, b) <= nothing) return false;
  const zeta = (b - a) / (2 * c), t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const cosine = 1 / Math.hypot(1, t), sine = cosine * t;
  for (const [x, y] of [[columns[i], columns[j]], [turns[i], turns[j]]]) {
    for (let k = 0; k < x.length; k++) {
      const xk = x[k], yk = y[k];
      x[k] = cosine * xk - sine * yk;
      y[k] = sine * xk + cosine * yk;
    }
  }
  return true;
}

/** Inner product. */
export function dot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}
