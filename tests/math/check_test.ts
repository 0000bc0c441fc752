import assert from "node:assert/strict";
import { checkCount, checkFraction } from "../../lib/math/check.ts";

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
