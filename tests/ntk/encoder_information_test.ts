import assert from "node:assert/strict";
import { informationOf, kernelMeasures, lossGram, scoreGradients } from "../../lib/ntk/encoder_information.ts";
import { encoderKernel } from "../../lib/ntk/encoder_kernel.ts";
import { kernelStudy } from "../../lib/ntk/encoder_study.ts";
import { createTrainer } from "../../lib/train/trainer.ts";
import { assembleBatch } from "../../lib/tokens/batch.ts";
import { assertClose } from "../support/close.ts";
import { lora, tinyModel, tinySequences } from "../support/tangents.ts";
import { engineTest, leaksNothing } from "../support/tensorflow.ts";

const sequences = tinySequences(6);

for (const model of [tinyModel({ name: "full" }), tinyModel(lora, { moved: true })]) {
  engineTest(`lossGram() holds the products of the trainer's loss gradients, one example at a time: ${model.method.name}`, async () => {
    const trainer = createTrainer(model.config, { ...model.adapter, trained: new Map([...model.adapter.trained, ...model.weights!]) });
    const gradients: Float32Array[][] = [];
    for (const row of sequences.keys()) {
      const batch = assembleBatch(sequences, [row], 1, sequences[row].ids.length);
      gradients.push([...(await trainer.gradients(batch)).gradients.values()].map(({ data }) => data));
    }
    trainer.dispose();
    const dot = (a: Float32Array[], b: Float32Array[]) => a.reduce((sum, x, at) => sum + x.reduce((part, value, p) => part + value * b[at][p], 0), 0);
    const expected = gradients.flatMap((a) => gradients.map((b) => dot(a, b) / sequences.length));
    const { total, logits } = await encoderKernel(model, sequences);
    const gram = lossGram(total, scoreGradients(logits, sequences.map(({ label }) => label)));
    assertClose(gram.data, expected, 1e-5 * Math.max(...expected));
  });
}

Deno.test("scoreGradients() is softmax minus one-hot and adds up to 0", () => {
  const { data } = scoreGradients({ rows: 2, cols: 3, data: Float64Array.of(0, 0, 0, 1000, 0, Math.log(2)) }, [2, 0]);
  assertClose(data, [1 / 3, 1 / 3, -2 / 3, 0, 0, 0], 1e-15);
});

Deno.test("lossGram() says what size of kernel it needs", () => {
  const eye = { rows: 1, cols: 1, data: Float64Array.of(1) };
  assert.throws(() => lossGram(eye, { rows: 1, cols: 2, data: new Float64Array(2) }), {
    name: "TypeError",
    message: "Cannot weigh the kernel as it must have 2 rows, one for each class score: 1",
  });
});

engineTest("informationOf() leaves out what float32 cannot tell from 0", () => {
  const gram = { rows: 3, cols: 3, data: Float64Array.of(4, 0, 0, 0, 1, 0, 0, 0, 4e-7) };
  const { resolved, spectrum, bitsLog, bitsTrace, renyiRaw, largest } = informationOf(gram);
  assert.deepEqual([resolved, [...spectrum], largest], [2, [4, 1, 0], 4]);
  assertClose([bitsLog, bitsTrace, renyiRaw], [Math.log(4) / 2, 2.5, 2 * Math.log(3)], 1e-12);
});

engineTest("the shares of a kernel add up to 1: at B = 0 LoRA's is all A^T A, at A = 0 all B B^T", async () => {
  const sharesOf = async (method: Parameters<typeof tinyModel>[0], moved = false) => {
    const { shares } = kernelMeasures(await encoderKernel(tinyModel(method, { moved }), sequences), sequences);
    return [shares.loraB, shares.loraA, shares.plain];
  };
  assert.deepEqual(await sharesOf(lora), [1, 0, 0]);
  assert.deepEqual(await sharesOf({ ...lora, zero: "A" }), [0, 1, 0]);
  assert.deepEqual(await sharesOf({ name: "full" }), [0, 0, 1]);
  const [loraB, loraA] = await sharesOf(lora, true);
  assert(loraB > 0 && loraA > 0);
  assertClose(loraB + loraA, 1, 1e-12);
});

engineTest("kernelStudy() at B = 0: twice the scale is four times the information, and no other entropy", async (engine) => {
  const [once, twice] = await leaksNothing(engine, () => kernelStudy([3, 6].map((alpha) => tinyModel({ ...lora, alpha })), sequences));
  assertClose(twice.bitsTrace, 4 * once.bitsTrace, 1e-5 * twice.bitsTrace);
  assertClose(twice.renyiRaw, once.renyiRaw + Math.log(4) / 2 / 0.5, 1e-4); // log(sum (4 x)^0.5) / 0.5
  assertClose(twice.shannon, once.shannon, 1e-5);
  assertClose(twice.effectiveRank, once.effectiveRank, 1e-4);
});
