import assert from "node:assert/strict";
import { matrixOf } from "../../lib/math/matrix.ts";
import { crossEntropy, eigenvalueExcess, excess, fourErrors, projected, quadraticForm } from "../../lib/theory/quantities.ts";
import { assertClose } from "../support/close.ts";

Deno.test("crossEntropy() is that of small logits by hand, and finite for large ones", () => {
  assertClose([crossEntropy([2, 0], 0), crossEntropy([0, 1], 0)], [Math.log1p(Math.exp(-2)), Math.log1p(Math.E)], 1e-14);
  assert.deepEqual([crossEntropy([1000, 0], 0), crossEntropy([1000, 0], 1)], [0, 1000]);
});

Deno.test("projected() has the square of the scale, quadraticForm() the matrix between", () => {
  const A = matrixOf([[1, 2], [0, 1]]); // A^T A = (1, 2; 2, 5)
  assert.deepEqual([projected(A, [1, 0], [0, 1]), projected(A, [1, 0], [0, 1], 3)], [2, 18]);
  assert.equal(quadraticForm(Float64Array.of(1, 1), A), 4);
});

Deno.test("excess() and eigenvalueExcess() take the largest over all pairs", () => {
  const pairs = [{ ff: Float64Array.of(3, 1), lora: Float64Array.of(2, 1.5) }, { ff: Float64Array.of(1, 1), lora: Float64Array.of(1, 0) }];
  assert.deepEqual([excess(pairs, ([first]) => first), eigenvalueExcess(pairs)], [0, .5]);
});

Deno.test("fourErrors() is 4 standard deviations of the mean", () => {
  assertClose([fourErrors([1, 2, 3, 4])], [4 * Math.sqrt(5 / 3) / 2], 1e-14);
});
