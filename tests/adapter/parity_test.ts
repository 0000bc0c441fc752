/** Adapters against PEFT: where they start, what they compute, their gradients, twenty steps, the merged weights. */
import assert from "node:assert/strict";
import { fullAdapter } from "../../lib/adapter/full.ts";
import { mergeAdapter } from "../../lib/adapter/merge.ts";
import type { LowRankMethod } from "../../lib/adapter/method.ts";
import type { StoredTensor } from "../../lib/model/safetensors.ts";
import { createTrainer } from "../../lib/train/trainer.ts";
import { agrees } from "../support/agrees.ts";
import { assertClose, largestDifference } from "../support/close.ts";
import { goldenBatch, type GoldenTensors, readGolden, tinyEncoder } from "../support/golden.ts";
import { adapterCase, methodOf, readAdapterGolden } from "../support/golden_adapters.ts";
import { goldenDrop, maskedPass, passAgrees } from "../support/masked_pass.ts";
import { engineTest, leaksNothing } from "../support/tensorflow.ts";

type Tensors = ReadonlyMap<string, StoredTensor>;

const peft = readAdapterGolden(),
  encoder = tinyEncoder(),
  { batches: goldenBatches, optimizer } = readGolden("tiny"),
  batches = goldenBatches.map(goldenBatch);

/** The deviation is float32's own rounding in the reference; however large it is, parity is to 1e-4. */
const within = (golden: GoldenTensors, least: number) => (name: string) => Math.min(1e-4, Math.max(least, 5 * golden.tensors[name].deviation));

/** Signs of singular vectors and of Q are a library's choice: there sizes are compared. */
const isSignless = (name: LowRankMethod["name"]) => name === "pissa" || name === "olora";

for (const [name, golden] of Object.entries(peft.cases)) {
  const method = methodOf(golden.method), signless = isSignless(method.name);
  const sizes = (tensors: Tensors) =>
    new Map([...tensors].map(([key, { shape, data }]) => [key, { shape, data: signless && key.includes(".lora_") ? data.map(Math.abs) : data }]));

  Deno.test(`createAdapter() starts where PEFT's does: ${name}`, () => {
    const { trained, frozen, fixed } = adapterCase(encoder, golden.method), all = new Map([...frozen, ...fixed, ...trained]);
    const modules = Object.keys(golden.products.tensors);
    agrees(new Map(modules.map((module) => [`${module}.weight`, all.get(`${module}.weight`)!])), golden.base, "base", () => 1e-5); // PEFT decomposes in float32
    const products = modules.map((module): [string, StoredTensor] => [module, product(all.get(`${module}.lora_B`)!, all.get(`${module}.lora_A`)!)]);
    agrees(new Map(products), golden.products, "product", () => 1e-5);
    assert.equal([...trained.values()].reduce((sum, { data }) => sum + data.length, 0), golden.trainableParameters);
  });

  engineTest(`twenty AdamW steps and the merged weights agree with PEFT: ${name}`, async (engine) => {
    const adapter = adapterCase(encoder, golden.method);
    await leaksNothing(engine, async () => {
      const trainer = createTrainer(encoder.config, adapter), losses: number[] = [];
      assertClose(await trainer.logits(batches[0]), golden.firstLogits.flat(), 1e-6, "first logits");
      const first = await trainer.gradients(batches[0]), before = await trainer.logits(batches[1]);
      for (let step = 0; step < golden.losses.length; step++) {
        losses.push(await trainer.step(batches[step % 2], { learningRate: golden.learningRate, weightDecay: optimizer.weightDecay, step }));
      }
      const logits = await Promise.all(batches.map((batch) => trainer.logits(batch))), trained = trainer.weights();
      trainer.dispose();
      assertClose(losses, golden.losses, 1e-5, "losses");
      agrees(sizes(first.gradients), golden.firstGradients, "gradient of", within(golden.firstGradients, 2e-6));
      agrees(sizes(trained), golden.finalWeights, "weight", within(golden.finalWeights, 1e-5));
      assertClose(logits[0], golden.finalLogits.flat(), 1e-4, "final logits");

      const merged = mergeAdapter(method, encoder.weights, trained, adapter.fixed), changed = Object.keys(golden.merged.tensors);
      agrees(new Map(changed.map((key) => [key, merged.get(key)!])), golden.merged, "merged", within(golden.merged, 1e-5));
      const plain = createTrainer(encoder.config, { ...fullAdapter(encoder, new Map()), trained: merged });
      for (const [i, batch] of batches.entries()) assertClose(await plain.logits(batch), logits[i], 2e-5, "logits of the merged model");
      plain.dispose();
      assert(largestDifference(logits[1], before).by > 1e-2);
    });
    assert.deepEqual(encoder.weights, tinyEncoder().weights); // nothing of this changes an argument
  });
}

for (const golden of peft.dropped) {
  const { name } = golden.method;
  engineTest(`dropout by a given mask computes what PEFT's does: ${name}`, () => {
    const adapter = adapterCase(encoder, golden.method, golden.rate), training = { drop: goldenDrop(false) };
    passAgrees(maskedPass(encoder, adapter, batches[0], () => ({ training })), golden, (key) => isSignless(name) && key.includes(".lora_"));
  });
}

/** B A. */
function product({ shape: [out, rank], data: b }: StoredTensor, { shape: [, size], data: a }: StoredTensor): StoredTensor {
  const entry = (i: number, j: number) => Array.from({ length: rank }, (_, q) => b[i * rank + q] * a[q * size + j]).reduce((x, y) => x + y, 0);
  return { shape: [out, size], data: Float32Array.from({ length: out * size }, (_, k) => entry(Math.floor(k / size), k % size)) };
}
