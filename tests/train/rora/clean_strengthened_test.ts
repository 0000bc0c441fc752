/** CI: what it disturbs, by a given mask against PyTorch and by drawn ones on average, and where it does not act. */
import assert from "node:assert/strict";
import type { Training } from "../../../lib/adapter/adapter.ts";
import { dropout } from "../../../lib/tensor/ops.ts";
import { tf } from "../../../lib/tensor/tf.ts";
import { droppedPath, droppedWeights } from "../../../lib/train/rora/clean_strengthened.ts";
import type { CleanStrengthened } from "../../../lib/train/rora/rora.ts";
import { createTrainer } from "../../../lib/train/trainer.ts";
import type { Batch } from "../../../lib/tokens/batch.ts";
import { assertClose } from "../../support/close.ts";
import { goldenAdapter, goldenBatch, readGolden, tinyEncoder } from "../../support/golden.ts";
import { adapterCase, readRoraGolden, roraMethod } from "../../support/golden_adapters.ts";
import { goldenDrop, maskedPass, passAgrees } from "../../support/masked_pass.ts";
import { engineTest, leaksNothing } from "../../support/tensorflow.ts";

const encoder = tinyEncoder(), batches = readGolden("tiny").batches.map(goldenBatch), adapter = adapterCase(encoder, roraMethod);
const sites = (["weight", "input", "output"] as const).flatMap((site) => [true, false].map((rescale) => ({ rate: 0.1, site, rescale })));
const shown = ({ site, rescale }: CleanStrengthened) => `${site}, ${rescale ? "rescaled" : "not rescaled"}`;

for (const golden of readRoraGolden().disturbed) {
  engineTest(`CI by a given mask computes what the reference does: ${shown(golden.ci)}`, () => {
    const { ci } = golden, drop = goldenDrop(false), training: Training = { drop, pretrained: droppedPath(ci, drop) };
    const found = maskedPass(encoder, adapter, batches[0], (modules, get) => ({
      tensors: droppedWeights(ci, modules, get, goldenDrop(true)),
      training,
    }));
    passAgrees(found, golden);
  });
}

/** Masks drawn as a step draws them. */
function drawn(seed: number): Training["drop"] {
  let site = 0;
  return (x, rate) => rate === 0 ? x : dropout(x, rate, tf.tensor1d([seed, site++], "int32"));
}

engineTest("droppedWeights() is W on average where it is rescaled, with p / (1 - p) of its energy as noise, and (1 - p) W where not", () => {
  const w = [[1, -2], [3, 4]], rate = 0.25, draws = 4000, mean = { true: [0, 0, 0, 0], false: [0, 0, 0, 0] };
  let noise = 0;
  for (let seed = 0; seed < draws; seed++) {
    for (const rescale of [true, false]) {
      const values = tf.tidy(() => [...droppedWeights({ rate, site: "weight", rescale }, ["m"], () =>
        tf.tensor2d(w), drawn(seed)).get("m.weight")!.dataSync()]
      );
      values.forEach((x, k) => mean[`${rescale}`][k] += x / draws);
      if (rescale) noise += values.reduce((sum, x, k) => sum + (x - w.flat()[k]) ** 2, 0) / draws / 30;
      else values.forEach((x, k) => assert([0, w.flat()[k]].some((value) => Math.abs(x - value) < 1e-6)));
    }
  }
  const spread = w.flat().map((x) => 4 * Math.abs(x) * Math.sqrt(rate / (1 - rate) / draws));
  w.flat().forEach((x, k) => {
    assert(Math.abs(mean.true[k] - x) < spread[k], `${mean.true}`);
    assert(Math.abs(mean.false[k] - 0.75 * x) < spread[k], `${mean.false}`);
  });
  assertClose(noise, 1 / 3, 0.03);
});

engineTest("droppedPath() computes W x on average where it is rescaled", () => {
  const draws = 4000,
    rate = 0.25,
    w = [[1, -2], [3, 4]],
    plain = [-1, 7],
    multiply = (x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, tf.tensor2d(w), false, true);
  for (const site of ["input", "output"] as const) {
    const mean = [0, 0];
    for (let seed = 0; seed < draws; seed++) {
      const path = droppedPath({ rate, site, rescale: true }, drawn(seed))!;
      const y = tf.tidy(() => [...path(tf.tensor2d([[1, 1]]), multiply).dataSync()]);
      y.forEach((value, k) => mean[k] += value / draws);
    }
    mean.forEach((y, k) => assert(Math.abs(y - plain[k]) < 4 * 7 * Math.sqrt(rate / (1 - rate) / draws), `${site}: ${mean}`));
  }
  assert.equal(droppedPath({ rate, site: "weight", rescale: true }, drawn(0)), undefined);
  assert.equal(droppedPath(null, drawn(0)), undefined);
  assert.equal(droppedWeights(null, ["m"], () => tf.scalar(0), drawn(0)).size, 0);
});

const options = (seeds: [number, number]) => ({ learningRate: 1e-2, weightDecay: 0.01, step: 0, seeds });
const trainerWith = (ci: CleanStrengthened) => createTrainer(encoder.config, adapter, { rora: { ci: { ...ci, rate: 0.3 }, tr: null } });

for (const ci of sites) {
  engineTest(`CI acts in steps by their seeds, and neither in evaluation nor in gradients(): ${shown(ci)}`, async (engine) => {
    await leaksNothing(engine, async () => {
      const trainer = trainerWith(ci), plain = createTrainer(encoder.config, adapter);
      const loss = async (seeds: [number, number]) => {
        trainer.reset(adapter);
        return await trainer.step(batches[0], options(seeds));
      };
      assert.deepEqual(await trainer.logits(batches[0]), await plain.logits(batches[0]));
      assert.deepEqual(await trainer.gradients(batches[0]), await plain.gradients(batches[0]));
      const first = await loss([1, 2]);
      assert.equal(await loss([1, 2]), first);
      assert.notEqual(await loss([2, 2]), first);
      assert.notEqual(first, await plain.step(batches[0], options([1, 2])));
      trainer.dispose();
      plain.dispose();
    });
  });
}

engineTest(
  "CI drops weights by one mask a step, whatever the number of parts that the batch is cut into; activations by one a row",
  async (engine) => {
    assert.equal(engine.library.chains, 2);
    const row = rowsOf(batches[0], [2]), twice = rowsOf(batches[0], [2, 2]); // one row is one part, two are two
    for (const [ci, same] of [[sites[0], true], [sites[2], false], [sites[4], false]] as const) {
      const trainer = trainerWith(ci), losses: number[] = [];
      for (const batch of [row, twice]) {
        trainer.reset(adapter);
        losses.push(await trainer.step(batch, options([5, 6])));
      }
      trainer.dispose();
      assert.equal(Math.abs(losses[0] - losses[1]) < 1e-6, same, `${ci.site}: ${losses}`);
    }
  },
);

function rowsOf({ t, ids, mask, labels }: Batch, rows: number[]): Batch {
  const pick = <T extends Int32Array | Float32Array>(from: T, size: number) =>
    rows.flatMap((row) => [...from.subarray(row * size, (row + 1) * size)]);
  return {
    n: rows.length,
    t,
    ids: Int32Array.from(pick(ids, t)),
    mask: Float32Array.from(pick(mask, t)),
    labels: Int32Array.from(pick(labels, 1)),
    weights: new Float32Array(rows.length).fill(1),
    rows: Int32Array.from(rows),
  };
}

engineTest("createTrainer() refuses RoRA where nothing is low-rank, before it makes a tensor", async (engine) => {
  const full = goldenAdapter(encoder, readGolden("tiny").cases.full);
  await leaksNothing(engine, () =>
    assert.throws(() => createTrainer(encoder.config, full, { rora: { ci: sites[0], tr: null } }), {
      name: "TypeError",
      message: "Cannot train with RoRA as the adapter must have low-rank factors: it has none",
    }));
});
