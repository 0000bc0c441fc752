import assert from "node:assert/strict";
import { confusionAt, evaluationBatch } from "../../lib/experiment/predictions.ts";
import type { Batch, Sequence } from "../../lib/tokens/batch.ts";

/** Class 1 for rows whose second token is 1. */
const outputs = ({ n, t, ids }: Batch) => {
  const scores = Array.from({ length: n }, (_, i) => ids[i * t + 1] === 1 ? [0, 1] : [1, 0]);
  return Promise.resolve({ logits: Float32Array.from(scores.flat()), pooled: new Float32Array(n) });
};

Deno.test("confusionAt() counts predictions by true class, over more rows than one batch holds", async () => {
  const of = (count: number, label: number, said: number): Sequence[] =>
    Array.from({ length: count }, (_, i) => ({ ids: Int32Array.of(101, said, ...Array<number>(i % 5).fill(7), 102), label }));
  const sequences = [...of(evaluationBatch, 0, 0), ...of(3, 0, 1), ...of(5, 1, 0), ...of(evaluationBatch + 1, 1, 1)];
  assert.deepEqual(await confusionAt({ outputs }, sequences), [[evaluationBatch, 3], [5, evaluationBatch + 1]]);
});
