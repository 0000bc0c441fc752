import assert from "node:assert/strict";
import { type Matrix, matrixOf, multiply, transpose } from "../../lib/math/matrix.ts";
import { createRng } from "../../lib/math/random.ts";
import { eigh, qr, svd } from "../../lib/tensor/linalg.ts";
import { assertClose } from "../support/close.ts";
import { engineTest, leaksNothing } from "../support/tensorflow.ts";

const shapes = [[1, 1], [2, 2], [5, 3], [3, 5], [1, 4], [4, 1], [12, 12]] as const;
const dtypes = [["float64", 1e-12], ["float32", 1e-5]] as const;

function drawn(rows: number, cols: number): Matrix {
  const rng = createRng(`${rows}x${cols}`);
  return { rows, cols, data: Float64Array.from({ length: rows * cols }, () => rng.normal()) };
}

const identity = (n: number) => matrixOf(Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(i === j))));
const diagonal = (values: ArrayLike<number>) => {
  const { rows, cols, data } = identity(values.length);
  return { rows, cols, data: data.map((x, at) => x * values[at % cols]) };
};
const orthonormalColumns = (q: Matrix, tolerance: number) => assertClose(multiply(transpose(q), q).data, identity(q.cols).data, tolerance, "Q^T Q");

for (const [dtype, tolerance] of dtypes) {
  engineTest(`svd() in ${dtype} reconstructs, with orthonormal vectors and falling values`, async (engine) => {
    for (const [rows, cols] of shapes) {
      const a = drawn(rows, cols);
      const { u, s, v } = await leaksNothing(engine, () => svd(a, dtype));
      assertClose(multiply(multiply(u, diagonal(s)), transpose(v)).data, a.data, 20 * tolerance);
      orthonormalColumns(u, 20 * tolerance);
      orthonormalColumns(v, 20 * tolerance);
      assert.deepEqual([...s], [...s].sort((x, y) => y - x));
      assert(s.every((x) => x >= 0));
    }
  });

  engineTest(`eigh() in ${dtype} reconstructs, with orthonormal vectors and rising values`, async (engine) => {
    for (const n of [1, 2, 5, 12]) {
      const b = drawn(n, n), a = multiply(b, transpose(b));
      const { values, vectors } = await leaksNothing(engine, () => eigh(a, dtype));
      assertClose(multiply(multiply(vectors, diagonal(values)), transpose(vectors)).data, a.data, 100 * tolerance);
      orthonormalColumns(vectors, 20 * tolerance);
      assert.deepEqual([...values], [...values].sort((x, y) => x - y));
    }
  });

  engineTest(`qr() in ${dtype} reconstructs, with orthonormal Q and upper triangular R`, async (engine) => {
    for (const [rows, cols] of shapes) {
      const a = drawn(rows, cols);
      const { q, r } = await leaksNothing(engine, () => qr(a, dtype));
      assertClose(multiply(q, r).data, a.data, 20 * tolerance);
      orthonormalColumns(q, 20 * tolerance);
      for (let i = 0; i < r.rows; i++) for (let j = 0; j < Math.min(i, r.cols); j++) assertClose(r.data[i * r.cols + j], 0, tolerance);
    }
  });
}

engineTest("svd(), eigh() and qr() give the values that a hand gets for 2 x 2", () => {
  assertClose(svd(matrixOf([[3, 0], [4, 5]])).s, [Math.sqrt(45), Math.sqrt(5)], 1e-14);
  const { values, vectors } = eigh(matrixOf([[2, 1], [1, 2]]));
  assertClose(values, [1, 3], 1e-14);
  assertClose(vectors.data.map(Math.abs), Array(4).fill(Math.SQRT1_2), 1e-14);
  assertClose(qr(matrixOf([[3, 1], [4, 2]])).r.data.map(Math.abs), [5, 2.2, 0, 0.4], 1e-14);
});

engineTest("svd() has one value per independent direction: the others are rounding", () => {
  const { s } = svd(multiply(drawn(6, 2), drawn(2, 5)));
  assert.equal(s.filter((x) => x > 1e-12 * s[0]).length, 2);
});

engineTest("svd(), eigh() and qr() refuse what has no answer", () => {
  const bad = matrixOf([[1, 2], [NaN, 4]]);
  assert.throws(() => svd(bad), { name: "RangeError", message: "Cannot compute the SVD as every entry must be finite: NaN in row 1, column 0" });
  assert.throws(() => qr(matrixOf([[Infinity]])), {
    message: "Cannot compute the QR decomposition as every entry must be finite: Infinity in row 0, column 0",
  });
  assert.throws(() => eigh(matrixOf([[NaN]])), { message: "Cannot compute eigenvalues as every entry must be finite: NaN in row 0, column 0" });
  assert.throws(() => eigh(matrixOf([[1, 2]])), { name: "TypeError", message: "Cannot compute eigenvalues as the matrix must be square: 1 x 2" });
  assert.throws(() => eigh(matrixOf([[1, 2], [3, 4]])), {
    name: "RangeError",
    message: "Cannot compute eigenvalues as the matrix must be symmetric: 3 at [1, 0], 2 at [0, 1]",
  });
  assert.throws(() => svd(matrixOf([])), {
    name: "TypeError",
    message: "Cannot compute the SVD as a matrix must have rows x cols > 0 entries: 0 x 0 with 0 entries",
  });
  assert.throws(() => matrixOf([[1, 2], [3]]), { message: "Cannot make a matrix as every row must have 2 entries: 1 in row 1" });
  assert.throws(() => multiply(matrixOf([[1, 2]]), matrixOf([[1]])), {
    message: "Cannot multiply as the first must have 1 columns, the second's rows: 2",
  });
});
