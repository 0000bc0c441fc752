import assert from "node:assert/strict";
import { calibrationTable } from "../../lib/experiment/calibration.ts";
import { counts, makeRecord } from "../support/records.ts";

/** One clean run whose accuracy is `accuracy` (of 100 validation rows of each class). */
const run = (method: "full" | "lora", learningRate: number, accuracy: number, seed = 1) =>
  makeRecord({ method, learningRate, seed, clean: counts(accuracy, accuracy) });
const chosenOf = (records: Parameters<typeof calibrationTable>[0]) =>
  calibrationTable(records).filter(({ chosen }) => chosen).map(({ method, learningRate }) => [method, learningRate]);

Deno.test("calibrationTable() chooses each method's best rate by the mean over seeds", () => {
  const records = [
    ...[run("full", 1e-5, 0.7), run("full", 2e-5, 0.9), run("full", 2e-5, 0.6, 2), run("full", 1e-5, 0.84, 2)],
    ...[run("lora", 1e-3, 0.8), run("lora", 2e-3, 0.7)],
  ];
  assert.deepEqual(chosenOf(records), [["full", 1e-5], ["lora", 1e-3]]);
  assert.equal(calibrationTable(records)[0].accuracy.toFixed(2), "0.77");
  assert.equal(calibrationTable(records)[0].seeds, 2);
});

Deno.test("calibrationTable() prefers the smaller of two equally good rates, and is empty without records", () => {
  assert.deepEqual(chosenOf([run("lora", 2e-3, 0.8), run("lora", 1e-3, 0.8)]), [["lora", 1e-3]]);
  assert.deepEqual(calibrationTable([]), []);
});
