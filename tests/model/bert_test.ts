import assert from "node:assert/strict";
import { obtainAsset } from "../../lib/assets/obtain.ts";
import { plainLinear } from "../../lib/adapter/full.ts";
import { hiddenStates, logits, type Network, pooled } from "../../lib/model/bert.ts";
import { type Encoder, loadEncoder } from "../../lib/model/encoder.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { assertClose } from "../support/close.ts";
import { type GoldenForward, goldenHead, readGolden, tinyEncoder } from "../support/golden.ts";
import { engineTest, leaksNothing, take } from "../support/tensorflow.ts";

/** The encoder with the goldens' head as a network, and what frees it. */
function networkOf({ config, weights }: Encoder): { net: Network; free: () => void } {
  const tensors = new Map([...weights, ...goldenHead(config.width)].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));
  const weight = (name: string) => tensors.get(name)!;
  return { net: { config, weight, linear: (name, x) => plainLinear(weight, name, x) }, free: () => tf.dispose([...tensors.values()]) };
}

function withBatch<T>(ids: number[][], mask: number[][], use: (batch: { ids: tf.Tensor; mask: tf.Tensor }) => T): T {
  const batch = { ids: tf.tensor2d(ids, undefined, "int32"), mask: tf.tensor2d(mask, undefined, "float32") };
  const result = use(batch);
  tf.dispose([batch.ids, batch.mask]);
  return result;
}

/** Every number of a golden forward pass, to `tolerance`. */
function agrees(net: Network, golden: GoldenForward, tolerance: number): void {
  withBatch(golden.ids, golden.mask, (batch) => {
    const t = golden.ids[0].length, states = hiddenStates(net, batch);
    assert.equal(states.length, golden.hidden.length);
    for (const [layer, state] of states.entries()) {
      const d = net.config.width, values = take(state), { sum, norm, values: shown } = golden.hidden[layer];
      shown.forEach((row, n) =>
        row.forEach((expected, i) => {
          const at = (n * t + golden.positions[n][i]) * d;
          assertClose(values.slice(at, at + expected.length), expected, tolerance, `layer ${layer}, row ${n}, position ${golden.positions[n][i]}`);
        })
      );
      const unmasked = values.filter((_, k) => golden.mask.flat()[Math.floor(k / d)] === 1);
      assertClose(unmasked.reduce((a, b) => a + b, 0), sum, tolerance * Math.sqrt(unmasked.length), `layer ${layer}, sum`);
      assertClose(Math.sqrt(unmasked.reduce((a, b) => a + b * b, 0)), norm, 1e-5 * norm, `layer ${layer}, norm`);
    }
    assertClose(take(pooled(net, batch)), golden.pooler, tolerance, "pooler");
    assertClose(take(logits(net, batch)), golden.logits, tolerance, "logits");
  });
}

engineTest("the forward pass agrees with the reference on an encoder of formulas", async (engine) => {
  await leaksNothing(engine, () => {
    const { net, free } = networkOf(tinyEncoder());
    agrees(net, readGolden("tiny").forward, 1e-5);
    free();
  });
});

engineTest("the forward pass agrees with the reference on the real encoder", async (engine) => {
  const encoder = await loadEncoder(await obtainAsset("minilm-l6"));
  await leaksNothing(engine, () => {
    const { net, free } = networkOf(encoder);
    agrees(net, readGolden("forward"), 1e-4);
    free();
  });
});

engineTest("pooled() is the pooler on the [CLS] state that hiddenStates() ends with", () => {
  const { net, free } = networkOf(tinyEncoder()), { ids, mask } = readGolden("tiny").forward;
  withBatch(ids, mask, (batch) => {
    const expected = tf.tidy(() => {
      const cls = tf.slice(hiddenStates(net, batch).at(-1)!, [0, 0, 0], [ids.length, 1, net.config.width]);
      return tf.tanh(net.linear("pooler.dense", tf.reshape(cls, [ids.length, net.config.width])));
    });
    assertClose(take(pooled(net, batch)), take(expected), 1e-6);
  });
  free();
});

engineTest("padding and batch mates change no logits", () => {
  const { net, free } = networkOf(tinyEncoder()), { ids, mask } = readGolden("tiny").forward;
  const together = withBatch(ids, mask, (batch) => take(logits(net, batch)));
  const padded = withBatch(
    ids.map((row, n) => [...row.map((id, i) => mask[n][i] ? id : 49), 7, 7, 7]), // whatever stands in the padding
    mask.map((row) => [...row, 0, 0, 0]),
    (batch) => take(logits(net, batch)),
  );
  assertClose(padded, together, 1e-6);
  for (const [n, row] of ids.entries()) {
    const length = mask[n].reduce((sum, x) => sum + x, 0);
    const alone = withBatch([row.slice(0, length)], [mask[n].slice(0, length)], (batch) => take(logits(net, batch)));
    assertClose(alone, together.slice(2 * n, 2 * n + 2), 1e-6, `row ${n}`);
  }
  free();
});

engineTest("dropout is asked for at the reference's places: embeddings, attention, both outputs, pooled state", () => {
  const { net, free } = networkOf(tinyEncoder()), { ids, mask } = readGolden("tiny").forward;
  const asked: number[][] = [];
  const dropout = (x: tf.Tensor) => {
    asked.push(x.shape);
    return x;
  };
  withBatch(ids, mask, (batch) => take(logits({ ...net, dropout }, batch)));
  const [n, t, d, h] = [ids.length, ids[0].length, 16, 2];
  assert.deepEqual(asked, [[n * t, d], [n, h, t, t], [n * t, d], [n * t, d], [n, h, 1, t], [n, d], [n, d], [n, d]]);
  free();
});

engineTest("a row longer than the positions is an error", async (engine) => {
  const { net, free } = networkOf(tinyEncoder()), row = Array<number>(33).fill(1);
  await leaksNothing(engine, () =>
    withBatch([row], [row], (batch) =>
      assert.throws(() => logits(net, batch), {
        name: "RangeError",
        message: "Cannot encode the batch as it must have at most 32 tokens a row: 33",
      })));
  free();
});
