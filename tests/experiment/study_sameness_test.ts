import assert from "node:assert/strict";
import { studySameness } from "../../lib/experiment/study_sameness.ts";
import type { StudyRecord } from "../../lib/experiment/study_record.ts";
import { course, lora, runOf } from "../support/fake_studies.ts";

const run = runOf(lora(), { name: "none" }, 1);
/** Of one key, whatever is in it: the accuracies at the run's start and end. */
const record = (start: number, end: number, more: Parameters<typeof course>[3] = {}): StudyRecord => ({
  ...course(run, { accuracy: start }, { accuracy: end }, more),
  key: "0".repeat(64),
});

Deno.test("studySameness() of a record and itself is the same bytes, NaN where nothing was measured included", () => {
  const { sameBytes, largestDifference, field } = studySameness(record(0.5, 0.8), record(0.5, 0.8));
  assert.deepEqual([sameBytes, largestDifference, field], [true, 0, null]);
});

Deno.test("studySameness() gives the largest difference as a share of the largest number of its field, and names the field", () => {
  const { sameBytes, largestDifference, field } = studySameness(record(0.001, 0.8), record(0.002, 0.8));
  assert.equal(sameBytes, false);
  assert.equal(field, "points.*.accuracy");
  assert(Math.abs(largestDifference - 0.001 / 0.8) < 1e-12); // small beside what else is in the field, though half of itself
});

Deno.test("studySameness() takes what one record lacks for a difference without bound", () => {
  const aligned = record(0.5, 0.8, { alignment: { all: { centred: 0.5, plain: 0.5 }, matched: { centred: 0.5, plain: 0.5 } } } as never);
  for (const pair of [[aligned, record(0.5, 0.8)], [record(0.5, 0.8), aligned]] as const) {
    assert.equal(studySameness(...pair).largestDifference, Infinity);
  }
  assert.equal(studySameness(record(NaN, 0.8), record(0.5, 0.8)).largestDifference, Infinity);
});

Deno.test("studySameness() refuses records of two keys", () => {
  assert.throws(() => studySameness(record(0.5, 0.8), { ...record(0.5, 0.8), key: "1".repeat(64) }), {
    name: "RangeError",
    message: "Cannot compare two records as they must have one key: 00000000 and 11111111",
  });
});
