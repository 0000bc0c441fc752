import assert from "node:assert/strict";
import { sameness } from "../../lib/experiment/sameness.ts";
import { counts, makeRecord } from "../support/records.ts";

const published = makeRecord({ clean: counts(0.8, 0.7) });
const withHistory = (stepLoss: number[], record = published) => ({
  ...record,
  result: { ...record.result, history: { ...record.result.history, stepLoss } },
});

Deno.test("sameness() of a record with itself is sameness in every byte", () => {
  assert.deepEqual(sameness(published, published), {
    key: published.key,
    sameBytes: true,
    sameCounts: true,
    movedRows: 0,
    largestLossDifference: 0,
  });
});

Deno.test("sameness() counts the rows that moved, and the largest difference of the losses", () => {
  const other = withHistory([0.7, 0.45], { ...published, result: { ...published.result, clean: counts(0.81, 0.68) } });
  const found = sameness(other, withHistory([0.7, 0.5]));
  assert.deepEqual([found.sameBytes, found.sameCounts, found.movedRows], [false, false, 3]);
  assert.equal(found.largestLossDifference.toFixed(3), "0.050");
});

Deno.test("sameness() takes two runs that diverged at one step for equal there, and no others", () => {
  assert.equal(sameness(withHistory([1, NaN]), withHistory([1, NaN])).largestLossDifference, 0);
  assert.equal(sameness(withHistory([1, NaN]), withHistory([1, NaN])).sameBytes, true);
  assert(Number.isNaN(sameness(withHistory([1, 2]), withHistory([1, NaN])).largestLossDifference));
});

Deno.test("sameness() refuses records of two runs", () => {
  const other = makeRecord({ seed: 2 });
  assert.throws(() => sameness(other, published), { name: "RangeError", message: /^Cannot compare two records as they must have one key: / });
});
