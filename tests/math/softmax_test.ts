import assert from "node:assert/strict";
import { softmax } from "../../lib/math/softmax.ts";

Deno.test("softmax() gives shares of the exponentials, and the same for scores moved together", () => {
  const found = softmax([0, Math.log(2), Math.log(5)]), expected = [1 / 8, 2 / 8, 5 / 8];
  expected.forEach((share, k) => assert.ok(Math.abs(found[k] - share) < 1e-15, `${found[k]} is not ${share}`));
  assert.deepEqual(softmax([1000, 1001]), softmax([0, 1]));
  assert.deepEqual([...softmax([-1e9, 0])], [0, 1]);
});
