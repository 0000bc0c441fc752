import assert from "node:assert/strict";
import { checkCount, checkFraction, checkShape } from "../../lib/math/check.ts";

Deno.test("checkShape() accepts the same shape only", () => {
  checkShape("W", [3, 4], [3, 4]);
  checkShape("loss", [], []);
  const refused = (actual: number[]) => assert.throws(() => checkShape("W", actual, [3, 4]), TypeError);
  [[4, 3], [3], [3, 4, 1], [], [3, NaN]].forEach(refused);
  assert.throws(() => checkShape("W", [4, 3], [3, 4]), { message: "Cannot use W as its shape must be [3, 4]: [4, 3]" });
});

Deno.test("checkFraction() accepts both ends and refuses NaN", () => {
  [0, 0.3, 1].forEach((value) => checkFraction("poison data set", "poisonRate", value));
  for (const value of [-0.1, 1.2, NaN, Infinity]) {
    assert.throws(() => checkFraction("poison data set", "poisonRate", value), {
      name: "RangeError",
      message: `Cannot poison data set as poisonRate must be in [0, 1]: ${value}`,
    });
  }
});

Deno.test("checkCount() accepts whole numbers from its least one on", () => {
  checkCount("batch sequences", "batchSize", 1);
  checkCount("poison data set", "targetLabel", 0, 0);
  for (const value of [0, -1, 1.5, NaN, Infinity]) {
    assert.throws(() => checkCount("batch sequences", "batchSize", value), {
      name: "RangeError",
      message: `Cannot batch sequences as batchSize must be a whole number, at least 1: ${value}`,
    });
  }
});
