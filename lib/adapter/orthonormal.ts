/** Orthonormal columns. */
import type { Matrix } from "../math/matrix.ts";
import type { Rng } from "../math/random.ts";

/** Q of the QR decomposition of [n, k] given by columns, k <= n, with R's diagonal positive. A column that adds no direction becomes 0. */
export function orthonormalColumns(columns: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const column of columns) {
    let rest = column;
    for (let pass = 0; pass < 2; pass++) { // Gram-Schmidt twice: once leaves rounding in
      for (const unit of done) {
        const along = dot(unit, rest);
        rest = rest.map((x, i) => x - along * unit[i]);
      }
    }
    const length = Math.sqrt(dot(rest, rest)), adds = length > 1e-12 * Math.sqrt(dot(column, column));
    done.push(rest.map((x) => adds ? x / length : 0));
  }
  return done;
}

/** k columns of length n that span a random subspace, every one as likely: [n, k]. */
export function randomColumns(n: number, k: number, rng: Rng): Matrix {
  const columns = orthonormalColumns(Array.from({ length: k }, () => Float64Array.from({ length: n }, () => rng.normal())));
  return { rows: n, cols: k, data: Float64Array.from({ length: n * k }, (_, i) => columns[i % k][Math.floor(i / k)]) };
}

function dot(x: Float64Array, y: Float64Array): number {
  return x.reduce((sum, value, i) => sum + value * y[i], 0);
}
