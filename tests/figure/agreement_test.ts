import assert from "node:assert/strict";
import { agreement } from "../../lib/figure/agreement.ts";
import { counts, makeRecord } from "../support/records.ts";

Deno.test("agreement() compares the records of one configuration, and only those", () => {
  const published = makeRecord({ clean: counts(0.8, 0.8), triggered: counts(0.2, 0.9) });
  const own = { ...published, result: { ...published.result, clean: counts(0.82, 0.8), weightsDigest: "0" } };
  const rows = agreement([own, makeRecord({ seed: 9 })], [published, makeRecord({ seed: 8 })]);
  assert.deepEqual(rows.map(({ method, metric, runs, sameWeights }) => ({ method, metric, runs, sameWeights })), [
    { method: "LoRA", metric: "clean accuracy", runs: 1, sameWeights: 0 },
    { method: "LoRA", metric: "accuracy under trigger", runs: 1, sameWeights: 0 },
    { method: "LoRA", metric: "attack success rate", runs: 1, sameWeights: 0 },
  ]);
  const [{ difference, meanAbsoluteDifference, maxAbsoluteDifference, betweenSeeds }] = rows;
  for (const value of [difference.mean, meanAbsoluteDifference, maxAbsoluteDifference]) assert.ok(Math.abs(value - 0.01) < 1e-12);
  assert.deepEqual([difference.low, betweenSeeds], [null, null], "one run has no spread");
  assert.equal(rows[2].maxAbsoluteDifference, 0);
});

Deno.test("agreement() compares runs in bfloat16 with the published ones in float32, beside what a seed moves", () => {
  const published = [0.7, 0.8, 0.9].map((accuracy, i) => makeRecord({ seed: i + 1, clean: counts(accuracy, accuracy) }));
  const rounded = published.map((record, i) => ({
    ...record,
    key: `other ${i}`,
    config: { ...record.config, precision: "bf16" as const },
    result: { ...record.result, clean: counts(...[[0.71, 0.71], [0.8, 0.8], [0.88, 0.88]][i] as [number, number]) },
  }));
  const [row] = agreement(rounded, published), near = (a: number | null, b: number) => assert.ok(Math.abs(a! - b) < 1e-9, `${a} ${b}`);
  assert.deepEqual([row.metric, row.runs], ["clean accuracy", 3]);
  near(row.difference.mean, -0.01 / 3);
  near(row.meanAbsoluteDifference, 0.01);
  near(row.maxAbsoluteDifference, 0.02);
  near(row.betweenSeeds, 0.4 / 3); // of .7, .8, .9
  near(row.difference.high! - row.difference.mean, 4.302652729911275 * Math.sqrt(7 / 3) * 0.01 / Math.sqrt(3)); // of .01, 0, -.02
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
