/** What studies of projected and rescaled updates say: half of B-4.3-3, and what is told beside B-0-2 and B-4.1-3. */
import assert from "node:assert/strict";
import { decide } from "../../lib/claims/outcome.ts";
import { told, vectorsStay } from "../../lib/claims/paper_b/projection.ts";
import { watch } from "../../lib/claims/watched.ts";
import { projection, type ProjectionPlan } from "../support/fake_studies.ts";

const watched = (plan: ProjectionPlan, count = 5) => watch(Array.from({ length: count }, (_, i) => projection(i + 1, plan)));

Deno.test("B-4.3-3's cosines: the median module decides, the smallest is told beside full fine-tuning's in the same modules", () => {
  const verdict = (cosines: readonly [number, number]) => decide(vectorsStay, watched({ cosines }), 1)!.verdict;
  assert.deepEqual([verdict([0.999, 0.998]), verdict([0.999, 0.9]), vectorsStay([])], ["reproduced", "not reproduced", null]);
  const { effect, remarks } = decide(vectorsStay, watched({ cosines: [0.999, 0.99] }, 1), 1)!;
  assert.match(effect, /1 cell, 1 for, 0 against, 0 open, at least 1 seed \(.*75 % 0\.9945\)/);
  assert.match(remarks!.join("; "), /: smallest module 0\.9900; full fine-tuning in the same modules: median 0\.9000, smallest 0\.9000/);
});

Deno.test("B-0-2 and B-4.1-3 are told LoRA at full fine-tuning's size, and full fine-tuning at every rank", () => {
  assert.deepEqual(Object.keys(told), ["B-0-2", "B-4.1-3"]);
  const { effect } = told["B-0-2"](watched({ full: [0.98, 0.6, 0.5], lora: 0.9, rescaled: 0.4 }))!;
  assert.match(
    effect,
    /: ASR of LoRA 90\.\d % \(CA 80\.0 %\), .* norm of full fine-tuning's 40\.\d % .* to rank 0: 98\.\d % .*, 8: 60\.\d % .*: norm × 0\.5, .*× 0\.5$/,
  );
  assert.equal(told["B-0-2"]([]), null);
});
