import assert from "node:assert/strict";
import { type Matrix, matrixOf } from "../../lib/math/matrix.ts";
import { createRng } from "../../lib/math/random.ts";
import { sigmaMax, topSingular } from "../../lib/spectral/sigma_max.ts";
import { smallSvd } from "../../lib/spectral/small_svd.ts";
import { tridiagonalEigen } from "../../lib/spectral/tridiagonal.ts";
import { svd } from "../../lib/tensor/linalg.ts";
import { assertClose } from "../support/close.ts";
import { engineTest } from "../support/tensorflow.ts";

const random = (rows: number, cols: number, name: string): Matrix => {
  const rng = createRng(name);
  return { rows, cols, data: Float64Array.from({ length: rows * cols }, () => rng.normal()) };
};
const absolute = (values: Float64Array) => values.map(Math.abs);
const column = ({ rows, cols, data }: Matrix, j: number) => Float64Array.from({ length: rows }, (_, i) => data[i * cols + j]);

Deno.test("sigmaMax() gives the value and the vectors of a matrix by hand", () => {
  const { value, left, right, residual } = sigmaMax(matrixOf([[1.2, .5, -.3], [.4, .9, .2], [-.1, .3, .7]]));
  assertClose([value], [1.532298], 1e-6);
  assertClose(absolute(left), [0.834077, 0.550804, 0.0305264], 1e-6);
  assertClose(absolute(right), [0.794989, 0.601658, 0.0774613], 1e-6);
  assert(residual < 1e-14);
});

engineTest("sigmaMax() agrees with a full SVD, tall, wide, and square", () => {
  for (const [rows, cols] of [[1, 1], [1, 40], [40, 1], [64, 200], [200, 64], [128, 128]]) {
    const a = random(rows, cols, `${rows}x${cols}`), found = sigmaMax(a), full = svd(a);
    assertClose([found.value], [full.s[0]], 1e-9 * full.s[0], `${rows} x ${cols}`);
    assertClose(absolute(found.left), absolute(column(full.u, 0)), 1e-7);
    assertClose(absolute(found.right), absolute(column(full.v, 0)), 1e-7);
    assert(found.residual <= 1e-9);
  }
});

engineTest("topSingular() agrees with a full SVD in its first values, and its vectors are orthonormal", () => {
  const a = random(96, 80, "top"), { u, s, v } = topSingular(a, 32), full = svd(a);
  assertClose(s, full.s.slice(0, 32), 1e-8);
  for (const vectors of [u, v]) {
    for (let i = 0; i < 32; i++) {
      for (let j = 0; j <= i; j++) {
        const product = column(vectors, i).reduce((sum, x, k) => sum + x * column(vectors, j)[k], 0);
        assertClose([product], [i === j ? 1 : 0], 1e-9);
      }
    }
  }
});

Deno.test("topSingular() finds every copy of a repeated value, and zeros", () => {
  const diagonal = (values: number[]) => matrixOf(values.map((value, i) => values.map((_, j) => i === j ? value : 0)));
  assertClose(topSingular(diagonal([1, 1, 1, 1, 1, 1]), 6).s, [1, 1, 1, 1, 1, 1], 1e-12);
  assertClose(topSingular(diagonal([3, 0, 2, 2, 0]), 5).s, [3, 2, 2, 0, 0], 1e-12);
  assertClose(topSingular(diagonal([1e-30, 2e-30, 1e-45]), 2).s.map((value) => value * 1e30), [2, 1], 1e-12);
});

engineTest("topSingular() has room for as many values as are asked for", () => {
  const a = random(700, 640, "all"),
    { s, residual } = topSingular(a, 5),
    all = topSingular({ ...a, rows: 70, cols: 64, data: a.data.slice(0, 4480) }, 64);
  assertClose(s, svd(a).s.slice(0, 5), 1e-8);
  assert(residual <= 1e-9);
  assertClose(all.s, svd({ rows: 70, cols: 64, data: a.data.slice(0, 4480) }).s, 1e-10);
});

Deno.test("sigmaMax() of a zero matrix is zero, with no direction", () => {
  const { value, left, right, residual } = sigmaMax({ rows: 3, cols: 2, data: new Float64Array(6) });
  assert.deepEqual([value, residual], [0, 0]);
  assert.deepEqual([left.length, right.length], [3, 2]);
});

Deno.test("sigmaMax() gives the same numbers at every call", () => {
  const a = random(30, 30, "same");
  assert.deepEqual(sigmaMax(a), sigmaMax(a));
});

Deno.test("topSingular() refuses what has no such values", () => {
  assert.throws(() => topSingular(random(3, 5, "few"), 4), {
    name: "TypeError",
    message: "Cannot compute singular values as a matrix must have at least 4 rows and columns: 3 x 5, 15 entries",
  });
  assert.throws(() => sigmaMax({ rows: 1, cols: 2, data: Float64Array.of(1, NaN) }), {
    name: "RangeError",
    message: "Cannot compute singular values as every entry must be finite: NaN in row 0",
  });
});

engineTest("smallSvd() gives every value, also those that are far below the largest", () => {
  const a = random(12, 9, "small"), { left, values, right } = smallSvd(a);
  assertClose(values, svd(a).s, 1e-12);
  const again = Float64Array.from({ length: 108 }, (_, at) => {
    const [i, j] = [Math.floor(at / 9), at % 9];
    return values.reduce((sum, value, k) => sum + value * left[k][i] * right[k][j], 0);
  });
  assertClose(again, a.data, 1e-13);
  assertClose(smallSvd(matrixOf([[1, 0], [0, 1e-12]])).values, [1, 1e-12], 1e-24);
});

Deno.test("tridiagonalEigen() gives the eigenvalues of the second difference, with their vectors or only these vectors' last entries", () => {
  const n = 9, diagonal = Array.from({ length: n }, () => 2), beside = Array.from({ length: n - 1 }, () => -1);
  const unit = (i: number) => Float64Array.from({ length: n }, (_, j) => Number(i === j));
  const vectors = diagonal.map((_, i) => unit(i)), lasts = diagonal.map((_, i) => unit(i).slice(n - 1));
  const values = tridiagonalEigen(diagonal, beside, vectors);
  assertClose([...values].sort((a, b) => a - b), diagonal.map((_, k) => 2 - 2 * Math.cos(Math.PI * (k + 1) / (n + 1))), 1e-14);
  vectors.forEach((v, i) => assertClose(v.map((x, j) => 2 * x - (v[j - 1] ?? 0) - (v[j + 1] ?? 0)), v.map((x) => values[i] * x), 1e-14));
  tridiagonalEigen(diagonal, beside, lasts);
  assertClose(lasts.map(([x]) => x), vectors.map((v) => v[n - 1]), 0);
  assert.deepEqual([...tridiagonalEigen([3, 1], [0], [unit(0), unit(1)])], [3, 1]);
});
