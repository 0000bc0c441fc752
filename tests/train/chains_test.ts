import assert from "node:assert/strict";
import { cutRows, inChains } from "../../lib/train/chains.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { engineTest, take } from "../support/tensorflow.ts";

Deno.test("cutRows() covers every row once, in parts of nearly one size", () => {
  for (const n of [1, 2, 3, 7, 8, 32]) {
    for (const parts of [1, 2, 3, 4]) {
      const cuts = cutRows(n, parts);
      assert.equal(cuts.length, Math.min(n, parts));
      assert.deepEqual(cuts.flatMap(({ begin, size }) => Array.from({ length: size }, (_, i) => begin + i)), Array.from({ length: n }, (_, i) => i));
      assert.ok(Math.max(...cuts.map(({ size }) => size)) - Math.min(...cuts.map(({ size }) => size)) <= 1, `${n} rows, ${parts} parts`);
    }
  }
});

engineTest("inChains() hands each chain its rows of every tensor", (engine) => {
  assert.equal(engine.library.chains, 2);
  const a = tf.tensor2d([[1, 2], [3, 4], [5, 6]]), b = tf.tensor1d([7, 8, 9], "int32");
  assert.deepEqual(inChains([a, b], (a, b) => [a.shape[0], ...take(a), ...take(b)]), [[1, 1, 2, 7], [2, 3, 4, 5, 6, 8, 9]]);
  assert.deepEqual(inChains([a, b], (a, b) => [a, b], 1), [[a, b]]);
  assert.deepEqual(inChains([a], (a) => a.shape[0], 4), [1, 1, 1]);
  tf.dispose([a, b]);
});
