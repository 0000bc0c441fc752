import assert from "node:assert/strict";
import { compile } from "../../../lib/tensor/compile.ts";
import { tf } from "../../../lib/tensor/tf.ts";
import { weightDropout } from "../../../lib/train/rora/weight_dropout.ts";
import { assertClose } from "../../support/close.ts";
import { engineTest, leaksNothing, take } from "../../support/tensorflow.ts";

const rows = 300, cols = 200, n = rows * cols;
function dropped(rate: number, seed: [number, number], shape: [number, number] = [rows, cols]): number[] {
  return take(tf.tidy(() => weightDropout(tf.ones(shape), rate, tf.tensor1d(seed, "int32"))));
}

for (const rate of [0.1, 0.3, 0.5]) {
  engineTest(`weightDropout() drops each entry with the probability ${rate}, the halves and neighbours each by itself`, () => {
    const values = dropped(rate, [3, 4]), kept = values.map((x) => Number(x !== 0)), share = kept.reduce((sum, x) => sum + x, 0) / n;
    assert(Math.abs(share - (1 - rate)) < 4 * Math.sqrt(rate * (1 - rate) / n), `${share}`);
    assertClose(values.map((x) => x || 1 / (1 - rate)), Array(n).fill(1 / (1 - rate)), 1e-4);
    const correlation = (by: number) => {
      const pairs = kept.slice(0, n - by).map((x, i) => (x - share) * (kept[i + by] - share));
      return pairs.reduce((sum, x) => sum + x, 0) / pairs.length / (share * (1 - share));
    };
    for (const by of [1, cols, n / 2]) assert(Math.abs(correlation(by)) < 4 / Math.sqrt(n - by), `${by} entries apart: ${correlation(by)}`);
  });
}

engineTest("weightDropout() gives the same mask for the same seed, traced or not, and another for another", async (engine) => {
  await leaksNothing(engine, async () => {
    const first = dropped(0.3, [1, 2]), step = compile((weight, seed) => [weightDropout(weight, 0.3, seed)]);
    const inputs = [tf.ones([rows, cols]), tf.tensor1d([1, 2], "int32")], [traced] = await step(...inputs);
    assertClose(take(traced), first, 1e-6);
    assert.notDeepEqual(dropped(0.3, [1, 3]), first);
    tf.dispose(inputs);
    step.dispose();
  });
});

engineTest("weightDropout() takes any number of rows, and keeps something at any rate", () => {
  for (const shape of [[1, 5], [3, 3], [2, 7]] as [number, number][]) {
    const counts = Array.from({ length: 50 }, (_, i) => dropped(0.5, [i, 0], shape));
    assert(counts.every(({ length }) => length === shape[0] * shape[1]));
    for (let entry = 0; entry < counts[0].length; entry++) {
      assert(new Set(counts.map((values) => values[entry] > 0)).size === 2, `${shape}, entry ${entry}`); // now and then
    }
  }
  assert(dropped(1 - 1e-9, [1, 2]).every(Number.isFinite));
});
