import assert from "node:assert/strict";
import { type Matrix, matrixOf, multiply } from "../../lib/math/matrix.ts";
import { createRng } from "../../lib/math/random.ts";
import { lowRankSigma } from "../../lib/spectral/low_rank.ts";
import { svd } from "../../lib/tensor/linalg.ts";
import { assertClose } from "../support/close.ts";
import { engineTest } from "../support/tensorflow.ts";

const random = (rows: number, cols: number, name: string): Matrix => {
  const rng = createRng(name);
  return { rows, cols, data: Float64Array.from({ length: rows * cols }, () => rng.normal()) };
};
const scaled = (a: Matrix, factor: number): Matrix => ({ ...a, data: a.data.map((x) => factor * x) });

engineTest("lowRankSigma() agrees with the SVD of the product: all r values, and the first one's vectors", () => {
  for (const [out, r, width] of [[1, 1, 1], [40, 8, 30], [5, 8, 30], [30, 8, 5], [64, 16, 64]]) {
    const b = random(out, r, `b${out}`), a = random(r, width, `a${width}`), product = scaled(multiply(b, a), 2), full = svd(product);
    const { values, left, right } = lowRankSigma(b, a, 2), rank = Math.min(out, r, width);
    assert.equal(values.length, r);
    assertClose(values.slice(0, rank), full.s.slice(0, rank), 1e-10 * full.s[0]);
    assertClose(values.slice(rank), new Float64Array(r - rank), 1e-12 * full.s[0]);
    const image = multiply(product, { rows: width, cols: 1, data: right }).data;
    assertClose(image, left.map((x) => x * values[0]), 1e-12 * values[0]); // signs agree
  }
});

Deno.test("lowRankSigma() gives paper B's number", () => {
  const b = matrixOf([[.1, -.2], [.3, .05], [0, .4]]), a = matrixOf([[.2, .1, -.3], [0, .5, .1]]);
  const { values } = lowRankSigma(b, a), squares = multiply(b, a).data.reduce((sum, x) => sum + x * x, 0);
  assertClose(values[0], 0.2293699582720115, 1e-15);
  assertClose(values[0] ** 2 + values[1] ** 2, squares, 1e-15);
});

Deno.test("lowRankSigma() of a zero factor is zero, with no direction", () => {
  const { values, left, right } = lowRankSigma({ rows: 4, cols: 2, data: new Float64Array(8) }, random(2, 3, "zero"), 2);
  assert.deepEqual([[...values], [...left], [...right]], [[0, 0], [0, 0, 0, 0], [0, 0, 0]]);
});

Deno.test("lowRankSigma() drops directions that repeat", () => {
  const b = matrixOf([[1, 1], [2, 2], [3, 3]]), a = matrixOf([[.1, .7], [.3, .7]]);
  const { values } = lowRankSigma(b, a);
  assertClose(values, [Math.sqrt(14) * Math.hypot(.4, 1.4), 0], 1e-14);
});

Deno.test("lowRankSigma() turns the left vector where the scale is negative", () => {
  const b = matrixOf([[2], [0]]), a = matrixOf([[1, 0]]);
  const { values, left, right } = lowRankSigma(b, a, -3);
  assertClose(values, [6], 1e-15);
  assertClose([left[0] * right[0]], [-1], 1e-15);
});

Deno.test("lowRankSigma() refuses factors that do not fit, or are not finite", () => {
  assert.throws(() => lowRankSigma(random(3, 2, "b"), random(3, 4, "a")), {
    name: "TypeError",
    message: "Cannot take singular values of B A as A must have 2 rows, B's columns: 3",
  });
  assert.throws(() => lowRankSigma(random(3, 1, "b"), { rows: 1, cols: 1, data: Float64Array.of(Infinity) }), {
    name: "RangeError",
    message: "Cannot take singular values of B A as every entry must be finite: the sum of one factor is Infinity",
  });
});
