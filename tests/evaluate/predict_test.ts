import assert from "node:assert/strict";
import { predictLabels } from "../../lib/evaluate/predict.ts";
import type { Batch, Sequence } from "../../lib/tokens/batch.ts";

const sequence = (length: number, label: number): Sequence => ({ ids: Int32Array.from({ length }, (_, i) => 10 * label + i), label });

/** Scores that say which row it is: the first token's tens are the class. */
const scoresOf = (classes: number) => (batch: Batch) =>
  Promise.resolve(
    Float32Array.from(
      { length: batch.n * classes },
      (_, k) => Math.floor(batch.ids[Math.floor(k / classes) * batch.t] / 10) === k % classes ? 1 : -1,
    ),
  );

Deno.test("predictLabels() returns predictions in the sequences' order, whatever their lengths and number", async () => {
  for (const count of [0, 1, 3, 4, 5, 9]) {
    const sequences = Array.from({ length: count }, (_, i) => sequence(1 + (7 * i) % 40, (i * i) % 3));
    const predicted = await predictLabels(scoresOf(3), sequences, 4);
    assert.deepEqual([...predicted], sequences.map(({ label }) => label));
  }
});

Deno.test("predictLabels() gives the first of equal scores", async () => {
  assert.deepEqual([...await predictLabels(({ n }) => Promise.resolve(new Float32Array(2 * n)), [sequence(3, 1), sequence(2, 1)], 2)], [0, 0]);
});

Deno.test("predictLabels() refuses scores of a model that diverged", async () => {
  const scores = ({ n }: Batch) => Promise.resolve(new Float32Array(2 * n).fill(NaN));
  await assert.rejects(predictLabels(scores, [sequence(3, 1)], 2), {
    name: "RangeError",
    message: "Cannot predict as class scores must be numbers: NaN in row 0. Training diverged: lower train.learningRate",
  });
});

Deno.test("predictLabels() does not look at the scores of filler rows", async () => {
  const scores = ({ n, rows }: Batch) => Promise.resolve(Float32Array.from({ length: 2 * n }, (_, k) => rows[k >> 1] < 0 ? NaN : k % 2));
  assert.deepEqual([...await predictLabels(scores, [sequence(3, 1)], 4)], [1]);
});
