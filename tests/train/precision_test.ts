/** What mixed precision changes, and what it does not. */
import assert from "node:assert/strict";
import { obtainAsset } from "../../lib/assets/obtain.ts";
import { loadEncoder } from "../../lib/model/encoder.ts";
import { digestTensors } from "../../lib/model/safetensors.ts";
import { hasBfloat16 } from "../../lib/tensor/processor.ts";
import { createTrainer } from "../../lib/train/trainer.ts";
import { assertClose } from "../support/close.ts";
import { caseNames, goldenAdapter, goldenBatch, readGolden, tinyEncoder } from "../support/golden.ts";
import { engineTest, leaksNothing } from "../support/tensorflow.ts";

const able = hasBfloat16();

for (const name of able ? caseNames : []) {
  engineTest(`bf16: losses of twenty steps are within 1e-2 nats of the float32 reference: ${name}`, async (engine) => {
    const golden = readGolden("training"), encoder = await loadEncoder(await obtainAsset("minilm-l6")), { losses, learningRate } = golden.cases[name];
    const batches = golden.batches.map(goldenBatch), { weightDecay } = golden.optimizer;
    await leaksNothing(engine, async () => {
      const trainer = createTrainer(encoder.config, goldenAdapter(encoder, golden.cases[name]), { precision: "bf16" }), found: number[] = [];
      for (const step of losses.keys()) found.push(await trainer.step(batches[step % batches.length], { learningRate, weightDecay, step }));
      trainer.dispose();
      assertClose(found, losses, 1e-2, "losses");
      assert.notDeepEqual(found.map(Math.fround), losses.map(Math.fround)); // rounded it is
    });
  });

  engineTest(`bf16: the same steps give the same bytes: ${name}`, async () => {
    const golden = readGolden("tiny"), encoder = tinyEncoder(), batch = goldenBatch(golden.batches[0]);
    const adapter = goldenAdapter(encoder, golden.cases[name]), trainer = createTrainer(encoder.config, adapter, { precision: "bf16" });
    const digests = [];
    for (let run = 0; run < 2; run++) {
      trainer.reset(adapter);
      for (let step = 0; step < 3; step++) await trainer.step(batch, { learningRate: 1e-3, weightDecay: 0.01, step });
      digests.push(digestTensors(trainer.state()));
    }
    trainer.dispose();
    assert.equal(digests[0], digests[1]);
  });
}

if (!able) {
  engineTest("createTrainer() refuses bf16 on a processor without it", () => {
    const encoder = tinyEncoder(), adapter = goldenAdapter(encoder, readGolden("tiny").cases.lora);
    assert.throws(() => createTrainer(encoder.config, adapter, { precision: "bf16" }), {
      message: /^Cannot train in bf16 as the processor must have /,
    });
  });
}
