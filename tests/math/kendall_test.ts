import assert from "node:assert/strict";
import { kendallTau } from "../../lib/math/kendall.ts";
import { assertClose } from "../support/close.ts";

Deno.test("kendallTau() is 1, -1 and between", () => {
  assert.equal(kendallTau([1, 2, 3, 4], [2, 4, 8, 9]), 1);
  assert.equal(kendallTau([1, 2, 3, 4], [9, 8, 4, 2]), -1);
  assertClose(kendallTau([1, 2, 3, 4], [1, 3, 2, 4]), 4 / 6, 1e-12); // 5 pairs agree, 1 does not
});

Deno.test("kendallTau() takes ties out of the denominator", () => {
  // By hand: pairs (1,2): tied in y; (1,3), (2,3): agree. 2 / sqrt(3 * 2).
  assertClose(kendallTau([1, 2, 3], [5, 5, 6]), 2 / Math.sqrt(6), 1e-12);
  assertClose(kendallTau([1, 2, 2, 3, 4], [4, 1, 3, 3, 5]), 2 / 9, 1e-12); // SciPy: kendalltau, ties on both sides
  assert.equal(kendallTau([1, 2, 3], [5, 5, 5]), 0);
});

Deno.test("kendallTau() refuses lists that do not pair up", () => {
  assert.throws(() => kendallTau([1, 2], [1]), {
    name: "TypeError",
    message: "Cannot take Kendall's tau as both lists must have equally many values, at least 2: 2, 1",
  });
  assert.throws(() => kendallTau([1], [1]), {
    message: "Cannot take Kendall's tau as both lists must have equally many values, at least 2: 1, 1",
  });
});
