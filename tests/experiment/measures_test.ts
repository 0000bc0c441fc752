import assert from "node:assert/strict";
import { runsFrame } from "../../lib/experiment/frame.ts";
import { runRow } from "../../lib/experiment/measures.ts";
import { pairedDifferences } from "../../lib/experiment/paired.ts";
import { counts, makeRecord, makeSweep } from "../support/records.ts";

Deno.test("runRow() computes its numbers from the confusion counts", () => {
  const row = runRow(makeRecord({ attack: "bpa", poisonRate: 0.01, clean: counts(0.9, 0.7), triggered: counts(0.2, 0.9) }));
  assert.deepEqual([row.accuracy, row.triggeredAccuracy, row.falsePositiveRate, row.attackSuccessRate], [0.8, 0.55, 0.1, 0.8]);
  assert.deepEqual([row.rank, row.poisonRate, row.exposures, row.collapsed], [8, 0.01, 30, false]);
  const flips = runRow(makeRecord({ attack: "upa", method: "full" }));
  assert.deepEqual([flips.attackSuccessRate, flips.triggeredAccuracy, flips.rank], [null, null, null]);
});

Deno.test("runsFrame() has a row per record and answers questions", () => {
  const records = makeSweep([1, 2]), frame = runsFrame(records);
  assert.equal(frame.height, records.length);
  const collapsed = frame.filter(frame.getColumn("collapsed")).toRecords();
  assert.deepEqual(collapsed.map(({ method, seed }) => [method, seed]), [["lora", 2]]);
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
