/** Derivatives of any function of a matrix by central differences: an explicit Jacobian that owes nothing to a formula. */
import type { Matrix } from "../math/matrix.ts";

/** The step at which the truncation (step^4) and the rounding (1e-16 / step) of the five-point rule are both below 1e-11. */
const step = 1e-3;

/** d f_k / d entry_p at `at`: [p, n]. Five points, so the error is of fourth order. */
export function jacobianByDifferences(f: (at: Matrix) => ArrayLike<number>, at: Matrix): Matrix {
  const columns = Array.from(at.data, (value, p) => {
    const moved = (by: number) => f({ ...at, data: at.data.with(p, value + by) });
    const [low2, low, high, high2] = [-2 * step, -step, step, 2 * step].map(moved);
    return Float64Array.from(low, (_, k) => (low2[k] - 8 * low[k] + 8 * high[k] - high2[k]) / (12 * step));
  });
  const cols = columns[0].length, data = new Float64Array(columns.length * cols);
  columns.forEach((column, p) => data.set(column, p * cols));
  return { rows: columns.length, cols, data };
}

/** The gradient of a scalar function, in the matrix's shape. */
export function gradientByDifferences(f: (at: Matrix) => number, at: Matrix): Matrix {
  return { ...at, data: jacobianByDifferences((moved) => [f(moved)], at).data };
}
