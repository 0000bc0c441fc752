import assert from "node:assert/strict";
import { matrixOf, multiply, trace, transpose } from "../../lib/math/matrix.ts";

Deno.test("multiply() and transpose() agree with products by hand", () => {
  const a = matrixOf([[1, 2, 3], [4, 5, 6]]), b = matrixOf([[1, 0], [0, 1], [2, -1]]);
  assert.deepEqual(multiply(a, b), matrixOf([[7, -1], [16, -1]]));
  assert.deepEqual(transpose(a), matrixOf([[1, 4], [2, 5], [3, 6]]));
  assert.throws(() => multiply(a, a), { name: "TypeError", message: "Cannot multiply as the first must have 2 columns, the second's rows: 3" });
});

Deno.test("matrixOf() refuses rows of different lengths", () => {
  assert.throws(() => matrixOf([[1, 2], [3]]), {
    name: "TypeError",
    message: "Cannot make a matrix as every row must have 2 entries: 1 in row 1",
  });
});

Deno.test("trace() sums the diagonal of a square matrix", () => {
  assert.equal(trace(matrixOf([[1, 2], [3, 4]])), 5);
  assert.throws(() => trace(matrixOf([[1, 2]])), { name: "TypeError", message: "Cannot take a trace as the matrix must be square: 1 x 2" });
});
