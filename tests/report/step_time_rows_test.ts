import assert from "node:assert/strict";
import { readStepTimes } from "../../lib/claims/step_times.ts";
import { stepTimeRows } from "../../lib/report/step_time_rows.ts";

const times = {
  lora: [0.1, 0.2],
  added: new Map([["RoRA", [0.11, 0.22]], ["Tr alone", [0.099, 0.198]]]),
  steps: 20,
  finishedAt: "2026-01-01",
  cpu: "c",
  threads: 2,
  loadBefore: 0,
};

Deno.test("stepTimeRows() has the published times, then ours with the ratio taken block by block", () => {
  const rows = stepTimeRows(times);
  assert.deepEqual(rows.slice(0, 3).map((row) => [row["LoRA, ms a step"], row["with it, ms a step"], row["longer by, %"]]), [
    [94, 100, "+6.4"],
    [90, 105, "+16.7"],
    [84, 90, "+7.1"],
  ]);
  assert.deepEqual(rows.slice(3).map(Object.values), [
    ["ours, MiniLM", "RoRA", 150, 165, "+10.0 [+10.0, +10.0]"],
    ["ours, MiniLM", "Tr alone", 150, 148.5, "−1.0 [−1.0, −1.0]"],
  ]);
});

Deno.test("stepTimeRows() has ours from the published benchmark, and without one the paper's alone", () => {
  assert.equal(stepTimeRows(readStepTimes()).length, 6);
  assert.equal(stepTimeRows(null).length, 3);
});
