import assert from "node:assert/strict";
import { makeRecord } from "../support/records.ts";
import { createProgress } from "../../lib/cli/progress.ts";
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
  view.show({ kind: "progress", run, progress: { step: 5, steps: 10, loss: 0.51234, rate: 250.4 }, remainingSeconds: 65 });
  clock.ms = 20_000;
  view.show({ kind: "progress", run, progress: { step: 6, steps: 10, loss: 0.5, rate: 250 }, remainingSeconds: 60 });
  view.show({ kind: "finished", run, record, seconds: 21, remainingSeconds: 21 });
  view.show({ kind: "failed", run: { ...run, index: 3 }, error: new Error("the loss is not finite"), remainingSeconds: 0 });
  view.stop();
  assert.deepEqual(lines, [
    "3 runs, 1 of them done before",
    "all runs: 50 %, 1/3, 1 min 05 s left; LoRA, label flips 20 %, seed 1: 50 %, 5/10, loss .512, 250 rows/s",
    "all runs: 53 %, 1/3, 1 min 00 s left; LoRA, label flips 20 %, seed 1: 60 %, 6/10, loss .500, 250 rows/s",
    "[2/3] LoRA, label flips 20 %, seed 1: clean accuracy .790, 21 s",
    "[3/3] LoRA, label flips 20 %, seed 1 FAILED: the loss is not finite",
  ]);
});
