import assert from "node:assert/strict";
import { experiments, selectExperiments } from "../../lib/experiment/experiments.ts";
import { runKey } from "../../lib/experiment/key.ts";
import { paperScale, profileNamed } from "../../lib/experiment/profiles.ts";

const digests = { data: "d", weights: "w" };
const quick = profileNamed("quick"), standard = profileNamed("standard");
const keys = (id: string, profile = quick, seeds?: number[]) =>
  selectExperiments([id])[0].configs(profile, seeds).map((config) => runKey(config, digests));

Deno.test("profileNamed() knows quick and standard, and says what paper lacks", () => {
  assert.throws(() => profileNamed("fast"), {
    name: "RangeError",
    message: "Cannot choose a profile as its name must be one of quick, standard, paper: fast",
  });
  assert.throws(() => profileNamed("paper"), {
    message: "Cannot run the paper profile as BERT-large and the GLUE tasks must be at hand: this version loads neither; use --profile standard, " +
      "the paper's grids on a small encoder",
  });
});

Deno.test("profiles: quick's runs are a subset of standard's, with the same keys", () => {
  for (const { id, standing } of experiments) {
    if (!standing) continue;
    const all = new Set(keys(id, standard));
    for (const key of keys(id)) assert.ok(all.has(key), id);
    assert.ok(all.size > new Set(keys(id)).size);
  }
});

Deno.test("profiles: standard covers the paper's flip rates and its range of exposures", () => {
  assert.deepEqual(standard.flipRates, paperScale.flipRates);
  const exposures = paperScale.backdoorRates.map((rate) => rate * paperScale.steps * paperScale.batchSize);
  assert.deepEqual(exposures.filter((count) => !standard.backdoorExposures.includes(Math.round(count))).map(Math.round), []);
  assert.equal(standard.seeds.length, 8);
});

Deno.test("experiments: figures of one sweep share their runs, and Figures 1 and 2 their clean runs", () => {
  assert.deepEqual(keys("fig-a6"), keys("fig-a1"));
  assert.deepEqual(keys("fig-a7"), keys("fig-a2"));
  assert.deepEqual(keys("fig-a8"), keys("fig-a2"));
  const second = new Set(keys("fig-a2"));
  assert.equal(keys("fig-a1").filter((key) => second.has(key)).length, 2 * quick.seeds.length);
});

Deno.test("experiments: the backdoor's rates give the profile's exposures", () => {
  const rates = selectExperiments(["fig-a2"])[0].configs(quick, [1]).map(({ attack }) => attack.name === "bpa" ? attack.poisonRate : 0);
  const exposures = [...new Set(rates)].map((rate) => Math.round(rate * quick.task.trainRows) * quick.epochs);
  assert.deepEqual(exposures, quick.backdoorExposures);
});

Deno.test("experiments: every cell holds both methods with the same seed, data and attack", () => {
  const unpaired = new Map<string, string[]>();
  for (const { seed, task, attack, method } of selectExperiments(["fig-a1"])[0].configs(quick)) {
    const cell = JSON.stringify({ seed, task, attack });
    unpaired.set(cell, [...unpaired.get(cell) ?? [], method.name]);
  }
  assert.ok([...unpaired.values()].every((methods) => methods.join() === "full,lora"));
  assert.equal(unpaired.size, quick.flipRates.length * quick.seeds.length);
});

Deno.test("experiments: the calibration is clean, on validation rows, with seeds of its own", () => {
  const configs = selectExperiments(["calibration"])[0].configs(quick);
  assert.ok(configs.every(({ attack, task, evaluate }) => attack.name === "none" && task.split === "validation" && evaluate.changes.length === 0));
  assert.ok(configs.every(({ seed }) => !standard.seeds.includes(seed)));
  assert.equal(new Set(configs.map((config) => runKey(config, digests))).size, configs.length);
});

Deno.test("selectExperiments() takes the standing ones unasked and names the known ids", () => {
  assert.deepEqual(selectExperiments().map(({ id }) => id), ["fig-a1", "fig-a2", "fig-a6", "fig-a7", "fig-a8"]);
  assert.deepEqual(selectExperiments(["fig-a2"]).map(({ id }) => id), ["fig-a2"]);
  assert.throws(() => selectExperiments(["fig-b1"]), {
    message: "Cannot select an experiment as its id must be one of fig-a1, fig-a2, fig-a6, fig-a7, fig-a8, calibration: fig-b1",
  });
});
