import assert from "node:assert/strict";
import { checkedConfigs } from "../../lib/cli/forecast_check.ts";
import { paperText, profileText, ratesText } from "../../lib/cli/forecast.ts";
import { distinctRuns } from "../../lib/experiment/cost.ts";
import { selectExperiments } from "../../lib/experiment/experiments.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { run } from "../support/command.ts";
import { fakeRates as rates } from "../support/fake_rates.ts";

const quickRuns = (...ids: string[]) => String(distinctRuns(selectExperiments(ids).flatMap(({ configs }) => configs(profileNamed("quick")))).length);

Deno.test("profileText() has a line for each experiment and one for all, with a range", () => {
  const lines = profileText({ profile: "quick", only: ["fig-a1", "fig-a2"] }, rates).split("\n").filter((line) => /\d/.test(line));
  assert.deepEqual(lines.map((line) => line.split("│").slice(1, 3).map((cell) => cell.trim())), [
    ["fig-a1", quickRuns("fig-a1")],
    ["fig-a2", quickRuns("fig-a2")],
    ["all, shared runs once", quickRuns("fig-a1", "fig-a2")],
  ]);
  assert.match(lines[0], /\d min \d\d s \(\d+ min to \d+ min\) +│ +\d\.\d GB/);
});

Deno.test("profileText() takes other seeds", () => {
  const runs = Number(quickRuns("fig-a1")) / profileNamed("quick").seeds.length;
  assert.match(profileText({ profile: "quick", only: ["fig-a1"], seeds: [7] }, rates), new RegExp(`fig-a1 +│ +${runs} │`));
});

Deno.test("paperText() has hours here and on one GPU of each kind for every figure, and says what is assumed", () => {
  const text = paperText({ profile: "paper", only: ["fig-a1", "fig-a2", "table-e2"] }, rates), hours = "[\\d,]+ h │ +";
  assert.match(text, new RegExp(`fig-a1 +│ +540 │ +[\\d,]+ │ +${hours.repeat(5)}[\\d.]+ GB`));
  assert.match(text, /all, shared runs once +│ +1,080 │/); // Figures 1 and 2 share 60 clean runs
  assert.match(text, /one T4 +│ +one RTX 4090 +│ +one A100 +│ +one H100/);
  assert.match(text, /\ntable-e2: Table 2 \(E\.2\): other initialisations\n/);
  assert.match(text, /No GPU was measured, and this machine's hours extrapolate/);
});

Deno.test("ratesText() says how old the rates are", () => {
  const text = ratesText(rates, Date.parse(rates.measuredAt) + 7200_000);
  assert.match(text, /^made-up \(2 cores\), 2 threads, f32; rates measured 2\.0 h ago \(--measure: again\)\n/);
  assert.match(text, /matrix products: 200 GFLOP\/s at width 384, 240 GFLOP\/s at width 1024/);
  assert.doesNotMatch(text, /busy/);
  assert.match(ratesText({ ...rates, load: 1.5 }), /measured on a busy machine \(load 1\.5\): the forecast may be too long/);
});

Deno.test("the checked runs are of three sizes", () => {
  const configs = checkedConfigs().map(({ config }) => config);
  assert.deepEqual(configs.map(({ method, task, train }) => [method.name, task.dataset, train.batchSize, train.maxLength]), [
    ["lora", "mr", 16, 96],
    ["full", "mr", 16, 96],
    ["lora", "imdb", 8, 256],
  ]);
});

Deno.test("forecast --help says what it does, and an unknown figure is named with what is known", async () => {
  const help = await run("lib/cli/main.ts", ["forecast", "--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^Usage: lowrank forecast /);
  assert.match(help.stdout, /--measure/);
  const unknown = await run("lib/cli/main.ts", ["forecast", "--only", "fig-z"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /its id must be one of fig-a1, .*: fig-z/);
});
