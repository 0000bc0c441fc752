import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { calibrationTable } from "../../lib/experiment/calibration.ts";
import { collect } from "../../lib/experiment/collect.ts";
import { selectExperiments } from "../../lib/experiment/experiments.ts";
import { createDigests } from "../../lib/experiment/inputs.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { openStore } from "../../lib/experiment/store.ts";
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

Deno.test("profiles: the learning rates are those that the rule chooses on the published calibration", async () => {
  const published = await openStore(fileURLToPath(new URL("../../outputs/published", import.meta.url)), { readOnly: true });
  const [{ configs }] = selectExperiments(["calibration"]), quick = profileNamed("quick");
  const records = await collect(configs(quick), published, createDigests({ environment: {} }));
  assert.equal(records.length, configs(quick).length, "every calibration run is published");
  const chosen = calibrationTable(records).filter((cell) => cell.chosen).map(({ method, learningRate }) => [method, learningRate]);
  assert.deepEqual(Object.fromEntries(chosen), quick.learningRate);
});
