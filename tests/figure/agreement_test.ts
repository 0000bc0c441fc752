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

Deno.test("agreement() has a row of its own for every method", () => {
  const methods = ["full", "lora", "pissa", "dora", "olora"] as const, lowRank = { rank: 8, alpha: 16, targets: "all", dropout: 0 } as const;
  const records = methods.map((name, seed) => {
    const record = makeRecord({ seed }), { config } = record;
    const method = name === "full" ? { name } : name === "lora" ? config.method : { name, ...lowRank };
    return { ...record, config: { ...config, method } };
  });
  assert.deepEqual([...new Set(agreement(records, records).map(({ method }) => method))], ["FF", "LoRA", "PiSSA", "DoRA", "OLoRA"]);
});

Deno.test("agreement() of disjoint records is empty", () => {
  assert.deepEqual(agreement([makeRecord({ seed: 1 })], [makeRecord({ seed: 2 })]), []);
});
