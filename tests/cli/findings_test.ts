import assert from "node:assert/strict";
import { counts, makeRecord } from "../support/records.ts";
import { findings, findingsTable } from "../../lib/cli/findings.ts";
import { settingsApart } from "../../lib/cli/settings_apart.ts";
import { RunConfig } from "../../lib/experiment/config.ts";
import { experiments, selectExperiments } from "../../lib/experiment/experiments.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { percent } from "../../lib/math/percent.ts";
import { bytes, duration, fraction, roughly } from "../../lib/cli/units.ts";

Deno.test("findings() gives mean and spread over seeds, and the attack beside its null", () => {
  const run = (seed: number, right: number) =>
    makeRecord({ method: "lora", attack: "bpa", poisonRate: 0.004, seed, clean: counts(right, right), triggered: counts(1 - right, 1) });
  assert.deepEqual(findings([run(1, 0.7), run(2, 0.8), run(3, 0.9)]), [{
    cell: "LoRA, backdoor 0.4 %",
    seeds: 3,
    cleanAccuracy: ".800 ± .100",
    triggeredAccuracy: ".600 ± .050",
    attackSuccess: ".800 ± .100",
    falsePositives: ".200 ± .100",
    collapsed: 0,
  }]);
});

Deno.test("findings() marks collapsed runs, and gives one seed no spread and no attack where there was no trigger", () => {
  const run = makeRecord({ method: "full", attack: "upa", poisonRate: 0.4, clean: counts(0, 1) });
  assert.deepEqual(findings([run]), [{
    cell: "FF, label flips 40 %",
    seeds: 1,
    cleanAccuracy: ".500",
    triggeredAccuracy: "",
    attackSuccess: "",
    falsePositives: "",
    collapsed: 1,
  }]);
  assert.match(findingsTable(selectExperiments(["fig-a1"])[0], [run]), /FF, label flips 40 %.*\.500.*1 collapsed/);
});

Deno.test("findings() tells the settings apart that a calibration varies", () => {
  const cells = findings([makeRecord({ learningRate: 1e-3 }), makeRecord({ learningRate: 5e-4 })]).map(({ cell }) => cell);
  assert.deepEqual(cells, ["LoRA, clean, lr 1e-3", "LoRA, clean, lr 5e-4"]);
});

Deno.test("findings() tells tasks, ranks and variances apart, and names nothing that all runs share", () => {
  const cells = (...sketches: Parameters<typeof makeRecord>[0][]) => findings(sketches.map(makeRecord)).map(({ cell }) => cell);
  assert.deepEqual(cells({ rank: 4 }, { rank: 8 }, { method: "full" }), ["LoRA, clean, r 4, α 4", "LoRA, clean, r 8, α 8", "FF, clean"]);
  assert.deepEqual(cells({ initVariance: 2 }, { initVariance: 1 / 3 }), [
    "LoRA, clean, kaiming-uniform, k 2",
    "LoRA, clean, kaiming-uniform, k 0.333",
  ]);
  assert.deepEqual(cells({ dataset: "mr" }, { dataset: "imdb", learningRate: 1e-5 }), ["LoRA, clean, mr", "LoRA, clean, imdb"]);
});

Deno.test("findings() pools nothing but seeds: every cell of every profile has one run of each of its seeds", () => {
  for (const profile of [profileNamed("quick"), profileNamed("standard")]) {
    for (const { id, configs } of experiments) {
      const records = configs(profile).map((config) => ({ ...makeRecord(), config }));
      const wanted = new Set(records.map(({ config }) => config.seed)).size;
      const wrong = findings(records).filter(({ seeds }) => seeds !== wanted);
      assert.deepEqual(wrong.map(({ cell, seeds }) => `${cell}: ${seeds} of ${wanted}`), [], `${profile.name}, ${id}`);
    }
  }
});

Deno.test("settingsApart() names what no shorter label does, and never the seed", () => {
  const at = (text: string, seed: number) =>
    RunConfig.parse({ ...makeRecord({ attack: "bpa", poisonRate: 0.1, seed }).config, attack: { name: "bpa", poisonRate: 0.1, trigger: { text } } });
  const configs = [at("cf", 1), at("mn", 1), at("mn", 2)];
  assert.deepEqual(configs.map(settingsApart(configs)), [["text cf"], ["text mn"], ["text mn"]]);
  assert.deepEqual(settingsApart([configs[1], configs[2]])(configs[1]), []);
});

Deno.test("duration(), roughly(), bytes(), fraction() and percent() write numbers as a reader wants them", () => {
  assert.deepEqual([0, 48.4, 65, 3599.6, 12_000].map(duration), ["0 s", "48 s", "1 min 05 s", "1 h 00 min", "3 h 20 min"]);
  assert.deepEqual([0, 48.4, 59.7, 65, 1000, 3570, 12_000].map(roughly), ["0 s", "48 s", "1 min", "1 min", "17 min", "1.0 h", "3.3 h"]);
  assert.deepEqual([13_299_682, 1_900_000_000].map(bytes), ["13 MB", "1.9 GB"]);
  assert.deepEqual([0.7634, 1, -0.05, 0].map(fraction), [".763", "1.000", "-.050", ".000"]);
  assert.deepEqual([0.004, 0.3, 80 / 3000].map(percent), ["0.4 %", "30 %", "2.67 %"]);
});
