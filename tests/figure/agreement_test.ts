import assert from "node:assert/strict";
import { agreement } from "../../lib/figure/agreement.ts";
import { counts, makeRecord } from "../support/records.ts";

Deno.test("agreement() compares the records that have the same key, and only those", () => {
  const published = makeRecord({ clean: counts(0.8, 0.8), triggered: counts(0.2, 0.9) });
  const own = { ...published, result: { ...published.result, clean: counts(0.82, 0.8), weightsDigest: "0" } };
  const rows = agreement([own, makeRecord({ seed: 9 })], [published, makeRecord({ seed: 8 })]);
  assert.deepEqual(rows.map(({ method, metric, runs, sameWeights }) => ({ method, metric, runs, sameWeights })), [
    { method: "LoRA", metric: "clean accuracy", runs: 1, sameWeights: 0 },
    { method: "LoRA", metric: "accuracy under trigger", runs: 1, sameWeights: 0 },
    { method: "LoRA", metric: "attack success rate", runs: 1, sameWeights: 0 },
  ]);
  assert.ok(Math.abs(rows[0].meanDifference - 0.01) < 1e-12 && Math.abs(rows[0].maxAbsoluteDifference - 0.01) < 1e-12);
  assert.equal(rows[2].maxAbsoluteDifference, 0);
});

Deno.test("agreement() of disjoint records is empty", () => {
  assert.deepEqual(agreement([makeRecord({ seed: 1 })], [makeRecord({ seed: 2 })]), []);
});
