/** RoRA whole, on every low-rank method. */
import assert from "node:assert/strict";
import { createRng } from "../../../lib/math/random.ts";
import { digestTensors } from "../../../lib/model/safetensors.ts";
import { hasBfloat16 } from "../../../lib/tensor/processor.ts";
import { withDirections } from "../../../lib/train/rora/constraint.ts";
import { rescale } from "../../../lib/train/rora/rescale.ts";
import { type Rora, roraDefaults } from "../../../lib/train/rora/rora.ts";
import { createTrainer } from "../../../lib/train/trainer.ts";
import { assertClose, largestDifference } from "../../support/close.ts";
import { goldenBatch, readGolden, tinyEncoder } from "../../support/golden.ts";
import { adapterCase, methodOf, roraMethod } from "../../support/golden_adapters.ts";
import { engineTest, leaksNothing } from "../../support/tensorflow.ts";

const encoder = tinyEncoder(), batches = readGolden("tiny").batches.map(goldenBatch), rng = createRng(1);
const rora: Rora = { ...roraDefaults, tr: { ...roraDefaults.tr!, lambda: 0.1, k: 3 }, pt: { ...roraDefaults.pt!, layers: 1 } };
const names = ["lora", "dora", "pissa", "olora"] as const;
const startOf = (name: (typeof names)[number]) => withDirections(adapterCase(encoder, { ...roraMethod, name }), encoder, rora.tr!, rng);

for (const name of names) {
  engineTest(`RoRA trains, rescales, and is the same bytes again: ${name}`, async (engine) => {
    const method = methodOf({ ...roraMethod, name }), adapter = startOf(name);
    await leaksNothing(engine, async () => {
      const trainer = createTrainer(encoder.config, adapter, { rora });
      const run = async () => {
        trainer.reset(adapter);
        const losses: number[] = [];
        for (let step = 0; step < 60; step++) {
          losses.push(await trainer.step(batches[step % 2], { learningRate: 1e-2, weightDecay: 0.01, step, seeds: [step, 7] }));
        }
        return { losses, digest: digestTensors(trainer.state()) };
      };
      const { losses, digest } = await run();
      assert.deepEqual(await run(), { losses, digest });
      const mean = (part: number[]) => part.reduce((sum, loss) => sum + loss, 0) / part.length;
      assert(mean(losses.slice(-10)) < mean(losses.slice(0, 10)) - 0.05, `${losses}`);

      const before = await trainer.logits(batches[0]),
        { scales, ...moved } = rescale(method, encoder, { ...adapter, trained: trainer.weights() }, rora.pt!);
      trainer.reset({ ...adapter, ...moved });
      const after = await trainer.logits(batches[0]);
      assert.deepEqual([scales.size, after.every(Number.isFinite)], [2, true]);
      assert(largestDifference(after, before).by > 1e-3);
      trainer.dispose();
    });
  });
}

Deno.test("the constraint looks at the pretrained weight, whatever a method took out of it", () => {
  const directions = (name: (typeof names)[number]) => [...startOf(name).fixed].filter(([key]) => key.includes(".rora_"));
  for (const name of names) assert.deepEqual(directions(name), directions("lora"), name);
});

if (hasBfloat16()) {
  engineTest("bf16: RoRA's losses are those of float32 but for rounding", async () => {
    const losses = async (precision: "f32" | "bf16") => {
      const trainer = createTrainer(encoder.config, startOf("lora"), { rora, precision }), found: number[] = [];
      for (let step = 0; step < 4; step++) {
        found.push(await trainer.step(batches[step % 2], { learningRate: 1e-2, weightDecay: 0.01, step, seeds: [step, 7] }));
      }
      trainer.dispose();
      return found;
    };
    assertClose(await losses("bf16"), await losses("f32"), 2e-2);
  });
}
