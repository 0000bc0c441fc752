import assert from "node:assert/strict";
import { anglesOf } from "../../lib/ntk/encoder_angles.ts";
import { scoreGradients } from "../../lib/ntk/encoder_information.ts";
import { encoderKernel } from "../../lib/ntk/encoder_kernel.ts";
import { createPairKernels, type Pair } from "../../lib/ntk/encoder_pairs.ts";
import type { TangentModel } from "../../lib/ntk/encoder_tangents.ts";
import { assertClose } from "../support/close.ts";
import { explicitJacobian, lora, tinyModel, tinySequences } from "../support/tangents.ts";
import { engineTest, leaksNothing } from "../support/tensorflow.ts";

/** Clean rows, and the same with a token before the end. */
const pairs = tinySequences(7).map((clean) => ({
  clean,
  triggered: { ids: Int32Array.of(...clean.ids.subarray(0, -1), 48, clean.ids.at(-1)!), label: 1 },
}));

const models = {
  "full fine-tuning": tinyModel({ name: "full" }),
  "LoRA at B != 0": tinyModel(lora, { moved: true }),
  "LoRA of rank 20, three classes": tinyModel({ ...lora, rank: 20 }, { moved: true, classes: 3 }),
};

async function gradientAngles(model: TangentModel, pairs: readonly Pair[]) {
  const kernels = createPairKernels(model);
  try {
    return anglesOf(await kernels.pairs(pairs), pairs);
  } finally {
    kernels.dispose();
  }
}

for (const [what, model] of Object.entries(models)) {
  engineTest(`pairs() are the entries of the kernel between the two sides: ${what}`, async (engine) => {
    const flat = pairs.flatMap(({ clean, triggered }) => [clean, triggered]), whole = await encoderKernel(model, flat), { c } = whole;
    const found = await leaksNothing(engine, async () => {
      const kernels = createPairKernels(model, 4), found = await kernels.pairs(pairs);
      kernels.dispose();
      return found;
    });
    assertClose(found.logits, whole.logits.data, 1e-5, "logits");
    for (const [name, part] of found.parts) {
      const { data, cols } = whole.parts.get(name)!, expected: number[] = [];
      for (let i = 0; i < pairs.length; i++) {
        for (let k = 0; k < c; k++) {
          for (let m = 0; m < c; m++) {
            for (const a of [0, 1]) for (const b of [0, 1]) expected.push(data[((2 * i + a) * c + k) * cols + (2 * i + b) * c + m]);
          }
        }
      }
      assertClose(part, expected, 1e-5 * Math.max(1e-2, ...data.map(Math.abs)), name);
    }
  });
}

engineTest("anglesOf() gives the angles and distances of the loss gradients themselves", async () => {
  const model = models["LoRA at B != 0"], { total, modules } = await gradientAngles(model, pairs);
  const flat = pairs.flatMap(({ clean, triggered }) => [clean, triggered]), jacobian = explicitJacobian(model, flat);
  const { logits, c } = await encoderKernel(model, flat), d = scoreGradients(logits, flat.map(({ label }) => label)).data;
  const lossGradient = (row: number, names: readonly string[]) =>
    names.flatMap((name) => {
      const { cols, data } = jacobian.get(name)!;
      return Array.from(
        { length: cols },
        (_, p) => [...Array(c).keys()].reduce((sum, k) => sum + d[row * c + k] * data[(row * c + k) * cols + p], 0),
      );
    });
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, p) => sum + value * y[p], 0);
  const module = "encoder.layer.1.attention.self.value";
  for (const [angles, names] of [[total, [...jacobian.keys()]], [modules.get(module)!, [`${module}.lora_A`, `${module}.lora_B`]]] as const) {
    const gradients = flat.map((_, row) => lossGradient(row, names)), sides = pairs.map((_, i) => [gradients[2 * i], gradients[2 * i + 1]]);
    assertClose(angles.cosines, sides.map(([g, h]) => dot(g, h) / Math.sqrt(dot(g, g) * dot(h, h))), 1e-5, "cosines");
    const distances = sides.map(([g, h]) => Math.hypot(...g.map((x, p) => x - h[p])));
    assertClose(angles.distances, distances, 1e-4 * Math.max(...distances), "distances");
    assertClose(angles.meanCosine, angles.cosines.reduce((sum, x) => sum + x, 0) / pairs.length, 1e-12);
  }
});

engineTest("M' is the norm of the mean kernel between the sides, and a sequence against itself has no angle", async () => {
  const model = models["full fine-tuning"], same = pairs.map(({ clean }) => ({ clean, triggered: clean }));
  const { total } = await gradientAngles(model, same), { total: kernel, c, n } = await encoderKernel(model, same.map(({ clean }) => clean));
  assertClose(total.cosines, same.map(() => 1), 1e-6);
  const mean = [0, 1].map((k) => [0, 1].map((m) => same.reduce((sum, _, i) => sum + kernel.data[(i * c + k) * n * c + i * c + m], 0) / n));
  assertClose(total.kernelTrace, mean[0][0] + mean[1][1], 1e-5 * total.kernelTrace);
  assertClose(total.kernelFrobenius, Math.hypot(...mean.flat()), 1e-5 * total.kernelTrace);
});

engineTest("another label of two turns a loss gradient round and does no more", async () => {
  const flipped = pairs.map(({ clean }) => ({ clean, triggered: { ...clean, label: 1 - clean.label } }));
  assertClose((await gradientAngles(models["LoRA at B != 0"], flipped)).total.cosines, flipped.map(() => -1), 1e-6);
});

engineTest("kernels that were moved to a point give its own angles", async () => {
  const [first, second] = [1, 2].map((seed) => tinyModel(lora, { seed })), kernels = createPairKernels(first);
  const before = anglesOf(await kernels.pairs(pairs), pairs);
  kernels.move(second);
  const moved = anglesOf(await kernels.pairs(pairs), pairs);
  kernels.dispose();
  assert.deepEqual(moved, await gradientAngles(second, pairs));
  assert.notEqual(moved.total.meanCosine, before.total.meanCosine);
});
