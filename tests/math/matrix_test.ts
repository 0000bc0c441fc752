import assert from "node:assert/strict";
import { columnOf, identity, matrixOf, minus, multiply, plus, rowNorms, scaled, times, trace, transpose, zeros } from "../../lib/math/matrix.ts";

Deno.test("multiply() and transpose() agree with products by hand", () => {
  const a = matrixOf([[1, 2, 3], [4, 5, 6]]), b = matrixOf([[1, 0], [0, 1], [2, -1]]);
  assert.deepEqual(multiply(a, b), matrixOf([[7, -1], [16, -1]]));
  assert.deepEqual(transpose(a), matrixOf([[1, 4], [2, 5], [3, 6]]));
  assert.throws(() => multiply(a, a), { name: "TypeError", message: "Cannot multiply as the first must have 2 columns, the second's rows: 3" });
});

Deno.test("sums, multiples and products with a vector agree with those by hand", () => {
  const a = matrixOf([[1, 2, 3], [4, 5, 6]]), b = matrixOf([[1, 0, 1], [0, -1, 2]]);
  assert.deepEqual([plus(a, b), minus(a, b)], [matrixOf([[2, 2, 4], [4, 4, 8]]), matrixOf([[0, 2, 2], [4, 6, 4]])]);
  assert.deepEqual([scaled(a, 2), columnOf(a, 1)], [matrixOf([[2, 4, 6], [8, 10, 12]]), matrixOf([[2], [5]])]);
  assert.deepEqual(rowNorms(matrixOf([[3, 4], [0, -2]])), [5, 2]);
  assert.deepEqual(times(a, [1, 0, -1]), Float64Array.of(-2, -2));
  assert.deepEqual([identity(2), identity(2, 3), zeros(1, 2)], [matrixOf([[1, 0], [0, 1]]), matrixOf([[3, 0], [0, 3]]), matrixOf([[0, 0]])]);
});

Deno.test("sums and products with a vector refuse sizes that do not fit", () => {
  const a = matrixOf([[1, 2, 3], [4, 5, 6]]), message = "as both matrices must have one size: 2 x 3, 3 x 2";
  assert.throws(() => plus(a, transpose(a)), { name: "TypeError", message: `Cannot add ${message}` });
  assert.throws(() => minus(a, transpose(a)), { name: "TypeError", message: `Cannot subtract ${message}` });
  assert.throws(() => times(a, [1, 2]), { name: "TypeError", message: "Cannot multiply as the vector must have 3 numbers, the matrix's columns: 2" });
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
