import assert from "node:assert/strict";
import { runsFrame } from "../../lib/experiment/frame.ts";
import { runRow } from "../../lib/experiment/measures.ts";
import { pairedDifferences, poisonEffects } from "../../lib/experiment/paired.ts";
import { counts, makeRecord, makeSweep } from "../support/records.ts";

Deno.test("runRow() computes its numbers from the confusion counts", () => {
  const row = runRow(makeRecord({ attack: "bpa", poisonRate: 0.01, clean: counts(0.9, 0.7), triggered: counts(0.2, 0.9) }));
  assert.deepEqual([row.accuracy, row.triggeredAccuracy, row.falsePositiveRate, row.attackSuccessRate], [0.8, 0.55, 0.1, 0.8]);
  assert.deepEqual([row.poisonRate, row.exposures, row.collapsed], [0.01, 30, false]);
  assert.deepEqual([row.dataset, row.rank, row.alpha, row.init, row.initVariance], ["mr", 8, 16, "kaiming-uniform", 1 / 3]);
  const flips = runRow(makeRecord({ attack: "upa", method: "full" }));
  assert.deepEqual([flips.attackSuccessRate, flips.triggeredAccuracy, flips.rank, flips.initVariance], [null, null, null, null]);
});

Deno.test("runsFrame() has a row per record and answers questions", () => {
  const records = makeSweep([1, 2]), frame = runsFrame(records);
  assert.equal(frame.height, records.length);
  const collapsed = frame.filter(frame.getColumn("collapsed")).toRecords();
  assert.deepEqual(collapsed.map(({ method, seed }) => [method, seed]), [["lora", 2]]);
});

Deno.test("runsFrame() has its columns without a record too", () => {
  const frame = runsFrame([]);
  assert.deepEqual(frame.columns, runsFrame(makeSweep([1])).columns);
  assert.deepEqual(frame.groupBy("method", "rank").agg({ accuracy: ["mean"] }).sort("rank").toRecords(), []);
});

Deno.test("pairedDifferences() subtracts within seeds and leaves unpaired runs out", () => {
  const accuracy = (method: "full" | "lora", seed: number, right: number) =>
    makeRecord({ method, attack: "upa", poisonRate: 0.2, seed, clean: counts(right, right) });
  const records = [accuracy("full", 1, 0.8), accuracy("lora", 1, 0.7), accuracy("full", 2, 0.6), accuracy("lora", 2, 0.58), accuracy("full", 3, 0.9)];
  const [cell, ...rest] = pairedDifferences(records, "accuracy");
  assert.equal(rest.length, 0);
  assert.deepEqual([cell.pairs, cell.attack, cell.poisonRate], [2, "upa", 0.2]);
  assert.ok(Math.abs(cell.difference - 0.06) < 1e-12);
  // two pairs: t(0.975, 1) = 12.706, standard deviation 0.05657
  assert.ok(Math.abs(cell.low! - (0.06 - 12.7062 * 0.08 / 2)) < 1e-4);
  assert.deepEqual(pairedDifferences(records, "attackSuccessRate"), []);
  assert.equal(pairedDifferences(records.slice(0, 2), "accuracy")[0].low, null);
});

Deno.test("pairedDifferences() keeps tasks apart", () => {
  const records = (["mr", "imdb-excerpt"] as const).flatMap((dataset, i) =>
    (["full", "lora"] as const).map((method, j) =>
      makeRecord({ dataset, method, attack: "upa", poisonRate: 0.3, clean: counts(0.8 - 0.1 * j * i, 0.8 - 0.1 * j * i) })
    )
  );
  const found = pairedDifferences(records, "accuracy").map(({ dataset, difference, pairs }) => [dataset, Number(difference.toFixed(9)), pairs]);
  assert.deepEqual(found, [["mr", 0, 1], ["imdb-excerpt", 0.1, 1]]);
});

Deno.test("poisonEffects() subtracts the never-poisoned run of the same setting and seed, and leaves runs without one out", () => {
  const at = (rank: number, seed: number, attack: "none" | "bpa", right: number) =>
    makeRecord({ rank, seed, attack, clean: counts(right, right), triggered: counts(right, 1) });
  const records = [
    at(4, 1, "none", 0.8),
    at(4, 1, "bpa", 0.7),
    at(32, 1, "none", 0.9),
    at(32, 2, "bpa", 0.1),
    at(4, 2, "none", 0.8),
    at(4, 2, "bpa", 0.5),
  ];
  const effects = (measure: "accuracy" | "attackSuccessRate") =>
    poisonEffects(records, measure).map(({ rank, alpha, attack, difference, pairs }) => [rank, alpha, attack, Number(difference.toFixed(9)), pairs]);
  assert.deepEqual(effects("accuracy"), [[4, 4, "bpa", -0.2, 2]]);
  assert.deepEqual(effects("attackSuccessRate"), [[4, 4, "bpa", 0.2, 2]]);
});

Deno.test("poisonEffects() reads the never-poisoned run with the attack's own trigger", () => {
  const poisoned = makeRecord({ attack: "bpa", poisonRate: 0.01, triggered: counts(0.2, 1) }), clean = makeRecord();
  const [own] = poisoned.config.evaluate.changes, other = { ...own, text: "another" } as typeof own;
  const twin = {
    ...clean,
    config: { ...clean.config, evaluate: { ...clean.config.evaluate, changes: [other, own] } },
    result: { ...clean.result, changed: [counts(0, 1), counts(0.9, 1)] },
  };
  const [effect] = poisonEffects([twin, poisoned], "attackSuccessRate");
  assert.ok(Math.abs(effect.difference - 0.7) < 1e-12, `${effect.difference}`);
});
