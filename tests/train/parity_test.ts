/** Training against PyTorch, transformers and PEFT: the goldens' twenty steps. */
import assert from "node:assert/strict";
import { obtainAsset } from "../../lib/assets/obtain.ts";
import { type Encoder, loadEncoder } from "../../lib/model/encoder.ts";
import { scheduleAt } from "../../lib/train/schedule.ts";
import { createTrainer } from "../../lib/train/trainer.ts";
import { agrees } from "../support/agrees.ts";
import { assertClose } from "../support/close.ts";
import { caseNames, goldenAdapter, goldenBatch, readGolden, tinyEncoder } from "../support/golden.ts";
import { engineTest, leaksNothing } from "../support/tensorflow.ts";

const schedule = readGolden("training").schedule;

for (const file of ["tiny", "training"] as const) {
  const golden = readGolden(file);
  let encoder: Encoder | undefined;
  for (const name of caseNames) {
    engineTest(`twenty AdamW steps agree with the reference: ${file}, ${name}`, async (engine) => {
      encoder ??= file === "tiny" ? tinyEncoder() : await loadEncoder(await obtainAsset("minilm-l6"));
      const goldenCase = golden.cases[name], batches = golden.batches.map(goldenBatch), adapter = goldenAdapter(encoder, goldenCase);
      await leaksNothing(engine, async () => {
        const trainer = createTrainer(encoder!.config, adapter), losses: number[] = [];
        const first = await trainer.gradients(batches[0]);
        for (let step = 0; step < goldenCase.losses.length; step++) {
          const { weightDecay } = golden.optimizer;
          losses.push(await trainer.step(batches[step % batches.length], { learningRate: goldenCase.learningRate, weightDecay, step }));
        }
        const logits = await trainer.logits(batches[0]), weights = trainer.weights();
        trainer.dispose();
        assert.equal(first.loss, losses[0]);
        assertClose(losses, goldenCase.losses, 5e-6, "losses");
        agrees(
          first.gradients,
          goldenCase.firstGradients,
          "gradient of",
          (tensor) => Math.max(2e-6, 10 * goldenCase.firstGradients.tensors[tensor].deviation),
        );
        const rounding = (tensor: string) => 5 * goldenCase.finalWeights.tensors[tensor].deviation;
        agrees(weights, goldenCase.finalWeights, "weight", (tensor) => Math.min(1e-4, Math.max(1e-5, rounding(tensor))));
        assertClose(logits, goldenCase.finalLogits, 5e-5, "final logits");
        for (const [tensor, { data }] of first.gradients) if (tensor.endsWith(".lora_A")) assert(data.every((x) => Math.abs(x) === 0), tensor);
      });
    });
  }
}

Deno.test("scheduleAt() follows the reference's linear schedule with warmup", () => {
  const { warmupSteps, steps, rates } = schedule;
  assertClose(rates.map((_, step) => scheduleAt("linear", step, steps, warmupSteps / steps)), rates, 1e-7);
});

Deno.test("scheduleAt() without warmup starts at 1; constant stays there", () => {
  assert.deepEqual([0, 1, 2, 3].map((step) => scheduleAt("linear", step, 4, 0)), [1, 0.75, 0.5, 0.25]);
  assert.deepEqual([0, 1, 2, 3].map((step) => scheduleAt("constant", step, 4, 0.5)), [0, 0.5, 1, 1]);
  assert.equal(scheduleAt("linear", 0, 1, 0), 1);
});
