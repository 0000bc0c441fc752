/** Tr: the constraint by itself, in the trainer, and twenty steps with it against PyTorch. */
import assert from "node:assert/strict";
import { createRng } from "../../../lib/math/random.ts";
import { tf } from "../../../lib/tensor/tf.ts";
import { penaltyOf, withDirections } from "../../../lib/train/rora/constraint.ts";
import { adaptedModules } from "../../../lib/train/rora/modules.ts";
import type { TriggerInsensitive } from "../../../lib/train/rora/rora.ts";
import { createTrainer } from "../../../lib/train/trainer.ts";
import { agrees } from "../../support/agrees.ts";
import { assertClose, largestDifference } from "../../support/close.ts";
import { goldenBatch, type GoldenTensors, readGolden, tinyEncoder } from "../../support/golden.ts";
import { adapterCase, readRoraGolden, roraMethod } from "../../support/golden_adapters.ts";
import { engineTest, leaksNothing } from "../../support/tensorflow.ts";

const encoder = tinyEncoder(), tiny = readGolden("tiny"), batches = tiny.batches.map(goldenBatch), adapter = adapterCase(encoder, roraMethod);
const modules = adaptedModules(encoder.config, adapter.trained), rng = createRng(3);
const tr = (change: Partial<TriggerInsensitive> = {}): TriggerInsensitive => ({ lambda: 10, k: 3, reduce: "mean", space: "pretrained", ...change });
const trainerWith = (tr: TriggerInsensitive) => createTrainer(encoder.config, withDirections(adapter, encoder, tr, rng), { rora: { ci: null, tr } });
const within = (golden: GoldenTensors, least: number) => (name: string) => Math.max(least, 5 * golden.tensors[name].deviation);

for (const golden of readRoraGolden().constrained) {
  const own = tr(golden.tr), { lambda, k, reduce } = own;
  engineTest(`twenty steps with the constraint agree with the reference: k ${k}, ${reduce}, lambda ${lambda}`, async (engine) => {
    await leaksNothing(engine, async () => {
      const trainer = trainerWith(own), losses: number[] = [], penalties = [await trainer.penalty()];
      const first = await trainer.gradients(batches[0]);
      for (let step = 0; step < golden.losses.length; step++) {
        losses.push(await trainer.step(batches[step % 2], { learningRate: golden.learningRate, weightDecay: tiny.optimizer.weightDecay, step }));
      }
      penalties.push(await trainer.penalty());
      const logits = await trainer.logits(batches[0]), trained = trainer.weights();
      trainer.dispose();
      assertClose(penalties, golden.omegas.map((omega) => lambda * omega), 2e-6, "lambda Omega before and after");
      assertClose(losses, golden.losses, 1e-5, "cross entropies");
      agrees(first.gradients, golden.firstGradients, "gradient of", within(golden.firstGradients, 2e-6));
      agrees(trained, golden.finalWeights, "weight", within(golden.finalWeights, 1e-5));
      assertClose(logits, golden.finalLogits.flat(), 5e-5, "final logits");
    });
  });
}

/** Matrices M of the papers' equations. */
const w = { shape: [3, 3], data: Float32Array.of(1.2, 0.5, -0.3, 0.4, 0.9, 0.2, -0.1, 0.3, 0.7) };
const b = [[0.1, -0.2], [0.3, 0.05], [0, 0.4]], a = [[0.2, 0.1, -0.3], [0, 0.5, 0.1]];
const name = "encoder.layer.0.attention.self.query";

/** Omega and its gradients at factors of one module with the weight W of M. */
function atM(k: TriggerInsensitive["k"], [b, a]: number[][][], lambda = 1) {
  const weights = new Map(encoder.weights).set(`${name}.weight`, w), own = tr({ k, lambda });
  const { fixed } = withDirections({ ...adapter, trained: new Map([[`${name}.lora_B`, w]]) }, { ...encoder, weights }, own, rng);
  const tensors = new Map([...fixed].filter(([key]) => key.includes("rora")).map(([key, { shape, data }]) => [key, tf.tensor(data, [...shape])]));
  tensors.set(`${name}.lora_A`, tf.tensor(a)).set(`${name}.lora_B`, tf.tensor(b));
  const { value, gradients } = tf.tidy(() => {
    const { value, gradients } = penaltyOf(own, [name], (key) => tensors.get(key)!);
    return { value: value.dataSync()[0], gradients: [...gradients.values()].map((tensor) => [...tensor.dataSync()]) };
  });
  tf.dispose([...tensors.values()]);
  return { value, a: gradients[0], b: gradients[1] };
}

engineTest("penaltyOf() is equation 10 with its gradients, whatever the signs of the singular vectors", () => {
  const first = atM(1, [b, a]);
  assertClose([first.value, atM(2, [b, a]).value, atM(3, [b, a]).value], [0.222628, 0.582083, 0.7025], 1e-6);
  assertClose(first.b, [0.414784, -0.211963, 0.273913, -0.139975, 0.0151807, -0.00775765], 1e-6);
  assertClose(first.a, [0.385414, 0.291686, -0.0375535, 0.465995, 0.352671, -0.0454051], 1e-6);
  assertClose(atM(1, [b, a], 10).value, 2.22628, 1e-5);
});

engineTest("penaltyOf() is no function of dW: factors with the same product have another penalty", () => {
  const doubled = b.map((row) => row.map((x) => 2 * x)), halved = a.map((row) => row.map((x) => x / 2));
  assertClose(atM(1, [doubled, halved]).value, 0.348050, 1e-6);
});

engineTest("penaltyOf() with all directions is plain L2, with k of the width as with full", () => {
  const entries = [...a, ...b].flat();
  for (const k of [3, "full"] as const) {
    const { value, a: gradientA, b: gradientB } = atM(k, [b, a]);
    assertClose(value, entries.reduce((sum, x) => sum + x * x, 0), 1e-6);
    assertClose([...gradientA, ...gradientB], entries.map((x) => 2 * x), 1e-6);
  }
});

engineTest("the constraint's gradient is that of its value by finite differences", async () => {
  for (const own of [tr(), tr({ reduce: "sum", lambda: 0.5 }), tr({ k: "full" }), tr({ space: "random" })]) {
    const trainer = trainerWith(own), plain = createTrainer(encoder.config, adapter), state = trainer.state(), h = 1e-2;
    const [gradients, without] = [await trainer.gradients(batches[0]), await plain.gradients(batches[0])];
    assert.equal(gradients.loss, without.loss);
    for (const key of [`${modules[0]}.lora_A`, `${modules[3]}.lora_B`]) {
      for (const at of [0, 7, 30]) {
        const { shape, data } = state.get(key)!, moved: number[] = [];
        for (const by of [h, -h]) {
          trainer.restore(new Map(state).set(key, { shape, data: data.map((x, k) => k === at ? x + by : x) }));
          moved.push(await trainer.penalty());
        }
        const own = gradients.gradients.get(key)!.data[at] - without.gradients.get(key)!.data[at];
        assertClose(own, (moved[0] - moved[1]) / (2 * h), 2e-4 * Math.max(1, Math.abs(own)), `${key} ${at}`);
      }
    }
    for (const key of ["classifier.weight", "classifier.bias"]) {
      assert.deepEqual(gradients.gradients.get(key), without.gradients.get(key)); // the head is free
    }
    trainer.dispose();
    plain.dispose();
  }
});

engineTest("a trainer without the constraint has a penalty of 0", async () => {
  const trainer = createTrainer(encoder.config, adapter);
  assert.equal(await trainer.penalty(), 0);
  trainer.dispose();
});

Deno.test("withDirections() adds k orthonormal directions of each side, the weight's or drawn ones, and none for full", () => {
  const [own, drawn, again, other] = [tr(), tr({ space: "random" }), tr({ space: "random" })].map((tr) => withDirections(adapter, encoder, tr, rng))
    .concat(withDirections(adapter, encoder, tr({ space: "random" }), createRng(4)));
  assert.deepEqual(drawn.fixed, again.fixed);
  assert.equal(withDirections(adapter, encoder, tr({ k: "full" }), rng), adapter);
  for (const one of [own, drawn, other]) {
    const added = [...one.fixed].filter(([key]) => !adapter.fixed.has(key));
    assert.deepEqual(added.map(([key]) => key), modules.flatMap((name) => [`${name}.rora_U`, `${name}.rora_V`]));
    for (const [key, { shape: [size, k], data }] of added) {
      assert.deepEqual([size, k], [16, 3]);
      const dot = (i: number, j: number) => Array.from({ length: size }, (_, q) => data[q * k + i] * data[q * k + j]).reduce((x, y) => x + y, 0);
      assertClose([dot(0, 0), dot(1, 1), dot(2, 2), dot(0, 1), dot(1, 2)], [1, 1, 1, 0, 0], 1e-6, key);
    }
  }
  const u = (one: typeof own) => one.fixed.get(`${modules[0]}.rora_U`)!.data;
  assert(largestDifference(u(own), u(drawn)).by > 0.01 && largestDifference(u(drawn), u(other)).by > 0.01);
});

engineTest("withDirections() of what is left of the weight has the directions behind those that PiSSA's factors took", () => {
  const pissa = adapterCase(encoder, { ...roraMethod, name: "pissa" }), { rank } = roraMethod, k = 3;
  const left = withDirections(pissa, encoder, tr({ k, space: "residual" }), rng), whole = withDirections(pissa, encoder, tr({ k: rank + k }), rng);
  for (const name of modules) {
    for (const side of ["rora_U", "rora_V"]) {
      const one = left.fixed.get(`${name}.${side}`)!, other = whole.fixed.get(`${name}.${side}`)!;
      const column = ({ shape: [rows, cols], data }: typeof one, j: number) => Array.from({ length: rows }, (_, i) => data[i * cols + j]);
      for (let j = 0; j < k; j++) {
        const [mine, theirs] = [column(one, j), column(other, rank + j)], cosine = mine.reduce((sum, x, i) => sum + x * theirs[i], 0);
        assertClose(Math.abs(cosine), 1, 1e-4, `${name} ${side} ${j}`);
      }
    }
  }
  assert.deepEqual(
    withDirections(adapter, encoder, tr({ space: "residual" }), rng).fixed,
    withDirections(adapter, encoder, tr(), rng).fixed,
    "LoRA's",
  );
});
