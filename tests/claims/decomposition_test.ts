/** Paper B's claims about a poisoned encoder less its twin, on planted studies. */
import assert from "node:assert/strict";
import { decide } from "../../lib/claims/outcome.ts";
import { decomposed } from "../../lib/claims/paper_b/decomposition.ts";
import { watch } from "../../lib/claims/watched.ts";
import type { StudyRecord } from "../../lib/experiment/study_record.ts";
import { decomposition, type DecompositionPlan } from "../support/fake_studies.ts";
import { wobble } from "./fake_runs.ts";

function found(id: string, records: readonly StudyRecord[]) {
  const decider = decomposed[id];
  assert.equal(decider.from, "studies", id);
  return decider.from === "studies" ? decide(decider.rule, watch(records), decider.leastSeeds) : null;
}
const verdict = (id: string, records: readonly StudyRecord[]) => found(id, records)?.verdict ?? null;
const seeds = (plan: (seed: number) => DecompositionPlan, count = 5) =>
  Array.from({ length: count }, (_, i) => decomposition(i + 1, plan(wobble("decomposition", i) / 10)));

const planted: Readonly<Record<string, readonly [(seed: number) => DecompositionPlan, (seed: number) => DecompositionPlan]>> = {
  "B-4.1-4": [(x) => ({ without: [0.8, 0.12 + x] }), (x) => ({ without: [0.7, 0.9 + x] })],
  "B-4.1-5": [(x) => ({ constrained: 0.9 + x, cancelled: 0.2 }), (x) => ({ constrained: 0.2 + x, cancelled: 0.9 })],
  "B-5.2-1": [(x) => ({ overlap: 0.5 + x }), (x) => ({ overlap: 0.05 + x })],
};

for (const [id, [effect, opposite]] of Object.entries(planted)) {
  Deno.test(`${id}: found where it is planted, not where its opposite is, open without studies`, () => {
    assert.deepEqual([verdict(id, seeds(effect)), verdict(id, seeds(opposite)), verdict(id, [])], ["reproduced", "not reproduced", null]);
  });
}

Deno.test("every claim of decompositions has a planted effect here", () => {
  assert.deepEqual(Object.keys(planted).sort(), Object.keys(decomposed).sort());
});

Deno.test("B-4.1-4: what errors alone give is no backdoor; a backdoor that goes with the accuracy is half a verdict; one seed has a number", () => {
  assert.equal(verdict("B-4.1-4", seeds(() => ({ without: [0.8, 0.19] }))), "reproduced", "the twin has .1");
  assert.equal(verdict("B-4.1-4", seeds(() => ({ without: [0.7, 0.1] }))), "partly");
  const one = found("B-4.1-4", seeds(() => ({}), 1))!;
  assert.deepEqual([one.verdict, one.provisional], ["reproduced", true]);
  assert.equal(found("B-5.2-1", seeds(() => ({}), 1)), null, "an interval takes two");
  assert.match(
    one.remarks!.join("; "),
    /ASR before 99\.\d %, of the twin 10\.\d %; .*: 4: ASR above the twin's 8\d\.\d %, .*effective rank 12, .* 0\.250 of/,
  );
});

Deno.test("B-5.2-1 tells an overlap with the backdoor from one with clean training", () => {
  assert.match(
    found("B-5.2-1", seeds(() => ({ overlap: 0.3, moved: 0.5 })))!.remarks!.join("; "),
    /difference less twin's change: −0\.200 \[−0\.200, −0\.200\]/,
  );
});

Deno.test("B-4.1-5 tells what the oracle costs", () => {
  const { effect, remarks } = found("B-4.1-5", seeds((x) => ({ constrained: 0.9 + x })))!;
  assert.match(effect, /^ASR, oracle − Tr: 1 cell, 1 for, .*mr -> mr, clean-label 75 % −\d\d\.\d points/);
  assert.match(
    remarks!.join("; "),
    /; LoRA: ASR 99\.\d %, CA 80\.0 %; Tr: ASR .*; oracle: ASR 10\.\d %, CA 79\.\d %; oracle with 4 directions a module: ASR 99/,
  );
});
