import assert from "node:assert/strict";
import { confusionAt, evaluationBatch } from "../../lib/experiment/predictions.ts";
import type { Batch, Sequence } from "../../lib/tokens/batch.ts";

/** Class 1 for rows whose second token is 1. */
const logits = ({ n, t, ids }: Batch): Promise<Float32Array> =>
  Promise.resolve(Float32Array.from(Array.from({ length: n }, (_, i) => ids[i * t + 1] === 1 ? [0, 1] : [1, 0]).flat()));

Deno.test("confusionAt() counts predictions by true class, over more rows than one batch holds", async () => {
  const of = (count: number, label: number, said: number): Sequence[] =>
    Array.from({ length: count }, (_, i) => ({ ids: Int32Array.of(101, said, ...Array<number>(i % 5).fill(7), 102), label }));
  const sequences = [...of(evaluationBatch, 0, 0), ...of(3, 0, 1), ...of(5, 1, 0), ...of(evaluationBatch + 1, 1, 1)];
  assert.deepEqual(await confusionAt({ logits }, sequences), [[evaluationBatch, 3], [5, evaluationBatch + 1]]);
});
