import assert from "node:assert/strict";
import { join } from "node:path";
import { ledger } from "../../lib/claims/ledger.ts";
import { addsTime, slowsLittle } from "../../lib/claims/paper_b/step_times.ts";
import { readStepTimes, type StepTimes } from "../../lib/claims/step_times.ts";

const times = (overhead: number, spread = 0.01): StepTimes => ({
  lora: [0.1, 0.2, 0.1, 0.2, 0.1],
  added: new Map([
    ["RoRA", [1, -1, 0.5, -0.5, 0].map((x, i) => (i % 2 ? 0.2 : 0.1) * (1 + overhead + x * spread))],
    ["CI alone", [0.1, 0.2, 0.1, 0.2, 0.1]],
  ]),
  steps: 20,
  finishedAt: "2026-01-02T03:04:05Z",
  cpu: "a processor",
  threads: 2,
  loadBefore: 0.1,
});

Deno.test("B-6.1-13 looks at the ratio within each block: blocks of slower minutes change nothing", () => {
  assert.equal(slowsLittle(times(0.1)).verdict, "reproduced");
  assert.equal(slowsLittle(times(0.16, 0.3)).verdict, "partly", "the interval reaches beyond 25 %");
  assert.deepEqual([slowsLittle(times(0.2)).verdict, slowsLittle(times(0.4)).verdict], ["partly", "not reproduced"]);
  assert.match(
    slowsLittle(times(0.1)).effect,
    /^a step of RoRA over one of LoRA: RoRA \+10\.0 % \[\+9\.\d, \+1\d\.\d\], CI alone 0\.0 % .* \(5 blocks of 20 steps on 2 threads of a processor, load 0\.1 before, 2026-01-02\)$/,
  );
});

Deno.test("B-6.1-12 asks for a step that takes longer, with its interval", () => {
  assert.deepEqual([0.1, 0, -0.1].map((overhead) => addsTime(times(overhead)).verdict), ["reproduced", "partly", "not reproduced"]);
  assert.match(addsTime(times(0.1)).ours, /^\+1\d\.\d\d ms \[/);
});

Deno.test("ledger() decides by step times where there are some, and names the benchmark where there are none", () => {
  const row = (stepTimes: StepTimes | null) => ledger({ records: [], theory: [], stepTimes, profile: "quick" }).find(({ id }) => id === "B-6.1-13")!;
  assert.deepEqual([row(times(0.1)).verdict, row(times(0.1)).ours], ["reproduced", slowsLittle(times(0.1)).ours]);
  assert.deepEqual([row(null).verdict, row(null).effect], [
    "not run yet",
    "missing: step times of LoRA and of RoRA's pieces (deno task bench --only rora)",
  ]);
});

Deno.test("readStepTimes() reads the benchmark's report; nothing where there is none, an error where it is another case's", async () => {
  const folder = await Deno.makeTempDir(), path = join(folder, "rora.json");
  assert.equal(readStepTimes(path), null);
  const timing = (mode: string, seconds: number[], more = {}) => ({
    by: "lowrank",
    mode,
    flops: null,
    blockSeconds: seconds,
    firstSeconds: 1,
    evidence: [],
    ...more,
  });
  const report = (name: string) => ({
    schema: 2,
    finishedAt: "2026-01-02T03:04:05Z",
    cpu: "a processor",
    threads: 2,
    loadBefore: 0.1,
    cases: [{ name, title: "t", steps: 20, timings: [timing("LoRA", [1, 2], { baseline: true }), timing("RoRA", [1.1, 2.2])] }],
  });
  await Deno.writeTextFile(path, JSON.stringify(report("rora")));
  const found = readStepTimes(path)!;
  assert.deepEqual([found.lora, [...found.added], found.steps], [[1, 2], [["RoRA", [1.1, 2.2]]], 20]);
  await Deno.writeTextFile(path, JSON.stringify(report("lora")));
  assert.throws(() => readStepTimes(path), { name: "TypeError", message: /must have the case rora with LoRA as its baseline: it has not$/ });
  await Deno.remove(folder, { recursive: true });
});
