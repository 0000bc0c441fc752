import assert from "node:assert/strict";
import { makeRecord } from "../support/records.ts";
import { barLine, createProgress } from "../../lib/cli/progress.ts";
import { createSweepView } from "../../lib/cli/sweep_view.ts";
import type { PlannedRun } from "../../lib/experiment/sweep.ts";

/** Progress into a list, on a clock that the test moves. */
function logged() {
  const lines: string[] = [], clock = { ms: 0 };
  const progress = createProgress({ isTerminal: false, write: (line) => void lines.push(line), nowMs: () => clock.ms });
  return { lines, clock, progress };
}

Deno.test("createProgress() without a terminal writes one plain line for all bars, at most every ten seconds", () => {
  const { lines, clock, progress } = logged();
  const one = progress.bar("one"), all = progress.bar("all");
  for (let second = 1; second <= 25; second++) {
    clock.ms = second * 1000;
    one.update(second / 25, `step ${second}`);
    all.update(second / 100, "");
  }
  assert.deepEqual(lines, ["one: 40 %, step 10; all: 10 %", "one: 80 %, step 20; all: 20 %"]);
  all.remove();
  clock.ms = 40_000;
  one.update(1, "");
  assert.equal(lines.at(-1), "one: 100 %");
});

Deno.test("createProgress() without a terminal writes what is said at once", () => {
  const { lines, progress } = logged();
  progress.say("hello");
  progress.stop();
  assert.deepEqual(lines, ["hello"]);
});

Deno.test("createSweepView() says each run that ends, and its rate and the time left in between", () => {
  const { lines, clock, progress } = logged(), view = createSweepView(progress), record = makeRecord({ attack: "upa", poisonRate: 0.2 });
  const run: PlannedRun = { key: record.key, config: record.config, digests: { data: "d", weights: "w" }, index: 2 };
  view.show({ kind: "planned", runs: 3, present: 1 });
  view.show({ kind: "skipped", run: { ...run, index: 1 }, record });
  view.show({ kind: "started", run, remainingSeconds: null });
  clock.ms = 10_000;
  view.show({ kind: "progress", run, progress: { step: 2, steps: 10, loss: 0.51234, rate: 80.4 }, remainingSeconds: 1000 });
  clock.ms = 20_000;
  view.show({ kind: "progress", run, progress: { step: 3, steps: 10, loss: 0.5, rate: 64 }, remainingSeconds: 60 });
  view.show({ kind: "finished", run, record, seconds: 21, remainingSeconds: 21 });
  view.show({ kind: "failed", run: { ...run, index: 3 }, error: new Error("the loss is not finite"), remainingSeconds: 0 });
  view.stop();
  assert.deepEqual(lines, [
    "3 runs, 1 of them done before",
    "all runs: 40 %, 1/3, 80 rows/s, 17 min left; LoRA r 8, label flips 20 %, mr, seed 1: 20 %, loss .512, 80 rows/s, 3 s left",
    "all runs: 43 %, 1/3, 64 rows/s, 1 min left; LoRA r 8, label flips 20 %, mr, seed 1: 30 %, loss .500, 64 rows/s, 4 s left",
    "[2/3] LoRA r 8, label flips 20 %, mr, seed 1: clean accuracy .790, 21 s",
    "[3/3] LoRA r 8, label flips 20 %, mr, seed 1 FAILED: the loss is not finite",
  ]);
});

/** The only run of a sweep, ten seconds after it started. */
function started() {
  const { lines, clock, progress } = logged(), view = createSweepView(progress), record = makeRecord({ attack: "upa", poisonRate: 0.2 });
  const run: PlannedRun = { key: record.key, config: record.config, digests: { data: "d", weights: "w" }, index: 1 };
  view.show({ kind: "planned", runs: 1, present: 0 });
  view.show({ kind: "started", run, remainingSeconds: null });
  clock.ms = 10_000;
  return { lines, view, run };
}

Deno.test("createSweepView() says how far a defence is before a run is trained", () => {
  const { lines, view, run } = started();
  view.show({ kind: "purifying", run, progress: { defence: "onion", done: 12, total: 100 } });
  assert.deepEqual(lines.slice(1), ["all runs: 0 %, 0/1; LoRA r 8, label flips 20 %, mr, seed 1: 0 %, onion: 12 of 100 texts"]);
});

Deno.test("createSweepView() says how far the run is that another starts from, where it is trained once more", () => {
  const { lines, view, run } = started();
  view.show({ kind: "remaking", run, before: run, progress: { step: 12, steps: 100, loss: 0.5, rate: 64 }, remainingSeconds: 60 });
  assert.deepEqual(lines.slice(1), [
    "all runs: 0 %, 0/1, 1 min left; LoRA r 8, label flips 20 %, mr, seed 1: 0 %, its start: 12 of 100 steps",
  ]);
});

Deno.test("createSweepView() gives the whole the mean rate of its runs, and ends the bar of a run that another process has done", () => {
  const { lines, clock, progress } = logged(), view = createSweepView(progress), record = makeRecord({ attack: "upa", poisonRate: 0.2 });
  const run = (index: number): PlannedRun => ({ key: record.key, config: record.config, digests: { data: "d", weights: "w" }, index });
  const at = (index: number, step: number, rate: number) =>
    view.show({ kind: "progress", run: run(index), progress: { step, steps: 10, loss: 0.5, rate }, remainingSeconds: 30 });
  view.show({ kind: "planned", runs: 2, present: 0 });
  view.show({ kind: "started", run: run(1), remainingSeconds: null });
  at(1, 1, 100);
  at(1, 10, 100); // 320 rows in 3.2 s
  view.show({ kind: "skipped", run: run(1), record });
  view.show({ kind: "started", run: run(2), remainingSeconds: 30 });
  at(2, 6, 50); // resumed at 5 of 10: then 64 rows in 1.28 s
  clock.ms = 10_000;
  at(2, 7, 50);
  assert.deepEqual(lines, [
    "2 runs, 0 of them done before",
    "all runs: 85 %, 1/2, 86 rows/s, 30 s left; LoRA r 8, label flips 20 %, mr, seed 1: 70 %, loss .500, 50 rows/s, 2 s left",
  ]);
});

Deno.test("barLine() fits in 80 columns", () => {
  const line = barLine("LoRA, label flips 30 %, seed 3", 0.4, "loss .507, 570 rows/s, 17 min left");
  assert.equal(line, "LoRA, label flips 30 %, seed 3 ███░░░░░  40 % loss .507, 570 rows/s, 17 min left");
  assert.equal(line.length, 80);
  assert.equal(barLine("all runs", 1, "").trim(), `${"all runs".padEnd(30)} ████████ 100 %`);
});
