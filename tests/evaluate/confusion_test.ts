import assert from "node:assert/strict";
import { confusionOf, isCollapsed, rowsOf } from "../../lib/evaluate/confusion.ts";

Deno.test("confusionOf() counts by true label, then by prediction", () => {
  assert.deepEqual(confusionOf([0, 0, 1, 1, 1], [0, 1, 1, 1, 0], 2), [[1, 1], [1, 2]]);
  assert.deepEqual(confusionOf(Int32Array.of(2), Int32Array.of(0), 3), [[0, 0, 0], [0, 0, 0], [1, 0, 0]]);
  assert.equal(rowsOf(confusionOf([0, 0, 1], [0, 1, 1], 2)), 3);
  assert.deepEqual(confusionOf([], [], 2), [[0, 0], [0, 0]]);
});

Deno.test("confusionOf() refuses what is not a class, and unequal lengths", () => {
  assert.throws(() => confusionOf([0, 1], [0], 2), {
    name: "TypeError",
    message: "Cannot count predictions as there must be one per label, 2: 1",
  });
  for (const prediction of [2, -1, 0.5, NaN]) {
    assert.throws(() => confusionOf([0, 1], [0, prediction], 2), {
      name: "RangeError",
      message: `Cannot count predictions as labels and predictions must be classes 0 to 1: ${prediction} in row 1`,
    });
  }
  assert.throws(() => confusionOf([], [], 1), { message: "Cannot count predictions as classes must be a whole number, at least 2: 1" });
});

Deno.test("isCollapsed() marks a model with at most .005 of its predictions in one class", () => {
  assert.equal(isCollapsed([[100, 0], [99, 1]]), true); // .005
  assert.equal(isCollapsed([[100, 0], [98, 2]]), false); // .010
  assert.equal(isCollapsed([[0, 100], [0, 100]]), true);
  assert.equal(isCollapsed([[50, 50], [50, 50]]), false);
  assert.throws(() => isCollapsed([[0, 0], [0, 0]]), {
    message: "Cannot tell a collapsed model as the number of rows must be a whole number, at least 1: 0",
  });
});
