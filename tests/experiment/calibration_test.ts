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
    ...[run("full", 1e-5, 0.7), run("full", 1e-5, 0.72, 2), run("full", 2e-5, 0.9), run("full", 2e-5, 0.88, 2)],
    ...[run("lora", 1e-3, 0.8), run("lora", 2e-3, 0.7)],
  ];
  assert.deepEqual(chosenOf(records), [["full", 2e-5], ["lora", 1e-3]]);
  const [first] = calibrationTable(records);
  assert.deepEqual([first.accuracy.toFixed(2), first.standardError!.toFixed(2), first.seeds], ["0.71", "0.01", 2]);
});

Deno.test("calibrationTable() prefers a smaller rate within one standard error of the best", () => {
  const best = [run("lora", 2e-3, 0.8), run("lora", 2e-3, 0.84, 2)]; // 0.82, standard error 0.02
  const near = [run("lora", 1e-3, 0.81), run("lora", 1e-3, 0.8, 2)], far = [run("lora", 5e-4, 0.79), run("lora", 5e-4, 0.8, 2)];
  assert.deepEqual(chosenOf([...best, ...near, ...far]), [["lora", 1e-3]]);
  assert.deepEqual(chosenOf([...best, ...far]), [["lora", 2e-3]]);
  assert.deepEqual(chosenOf([run("lora", 2e-3, 0.8), run("lora", 1e-3, 0.8)]), [["lora", 1e-3]]);
  assert.deepEqual(calibrationTable([]), []);
});

Deno.test("calibrationTable() takes no rate at which a seed collapsed, however good the others were", () => {
  const collapsed = makeRecord({ method: "full", learningRate: 2e-4, seed: 3, clean: counts(1, 0) });
  const records = [run("full", 2e-4, 0.99), run("full", 2e-4, 0.99, 2), collapsed, run("full", 1e-4, 0.6), run("full", 1e-4, 0.6, 2)];
  assert.deepEqual(chosenOf(records), [["full", 1e-4]]);
  assert.deepEqual(calibrationTable(records).map(({ collapsed }) => collapsed), [0, 1]);
});

Deno.test("profiles: the learning rates are those that the rule chooses on the published calibration", async () => {
  const published = await openStore(fileURLToPath(new URL("../../outputs/published", import.meta.url)), { readOnly: true });
  const [{ configs }] = selectExperiments(["calibration"]), quick = profileNamed("quick");
  const records = await collect(configs(quick), published, createDigests({ environment: {} }));
  assert.equal(records.length, configs(quick).length, "every calibration run is published");
  const chosen = calibrationTable(records).filter((cell) => cell.chosen);
  for (const { rows: { dataset }, learningRate } of quick.tasks) {
    const rates = chosen.filter((cell) => cell.dataset === dataset).map(({ method, learningRate }) => [method, learningRate]);
    assert.deepEqual(Object.fromEntries(rates), learningRate, dataset);
  }
});
