import assert from "node:assert/strict";
import { outputsOf, predictedLabel } from "../../lib/evaluate/predict.ts";
import type { Batch, Sequence } from "../../lib/tokens/batch.ts";

const sequence = (length: number, label: number): Sequence => ({ ids: Int32Array.from({ length }, (_, i) => 10 * label + i), label });

/** Scores and states that say which row it is: the first token's tens are the class, the token itself is the state, twice. */
const reader = (classes: number) => ({ n, t, ids }: Batch) =>
  Promise.resolve({
    logits: Float32Array.from({ length: n * classes }, (_, k) => Math.floor(ids[Math.floor(k / classes) * t] / 10) === k % classes ? 1 : -1),
    pooled: Float32Array.from({ length: 2 * n }, (_, k) => ids[(k >> 1) * t]),
  });

const scoring = (score: (k: number, batch: Batch) => number) => (batch: Batch) =>
  Promise.resolve({ logits: Float32Array.from({ length: 2 * batch.n }, (_, k) => score(k, batch)), pooled: new Float32Array(batch.n) });

Deno.test("outputsOf() returns scores and states in the sequences' order, whatever their lengths and number", async () => {
  for (const count of [0, 1, 3, 4, 5, 9]) {
    const sequences = Array.from({ length: count }, (_, i) => sequence(1 + (7 * i) % 40, (i * i) % 3));
    const outputs = await outputsOf(reader(3), sequences, 4);
    assert.deepEqual(outputs.map(predictedLabel), sequences.map(({ label }) => label));
    assert.deepEqual(outputs.map(({ pooled }) => [...pooled]), sequences.map(({ ids: [first] }) => [first, first]));
  }
});

Deno.test("predictedLabel() gives the first of equal scores", () => {
  assert.deepEqual([[0, 0], [1, 2], [3, 3, 1]].map((scores) => predictedLabel({ logits: Float32Array.from(scores) })), [0, 1, 0]);
});

Deno.test("outputsOf() refuses scores of a model that diverged", async () => {
  await assert.rejects(outputsOf(scoring(() => NaN), [sequence(3, 1)], 2), {
    name: "RangeError",
    message: "Cannot predict as class scores must be numbers: NaN in row 0. Training diverged: lower train.learningRate",
  });
});

Deno.test("outputsOf() does not look at the scores of filler rows", async () => {
  const outputs = await outputsOf(scoring((k, { rows }) => rows[k >> 1] < 0 ? NaN : k % 2), [sequence(3, 1)], 4);
  assert.deepEqual(outputs.map(predictedLabel), [1]);
});
