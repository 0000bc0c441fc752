import assert from "node:assert/strict";
import { compile } from "../../lib/tensor/compile.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { adamDefaults, applyAdamW, createSlot, type Slot, stepNumbers } from "../../lib/train/adamw.ts";
import { assertClose } from "../support/close.ts";
import { engineTest, leaksNothing, take } from "../support/tensorflow.ts";

/** AdamW as PyTorch documents it, in float64: one entry over its gradients. */
function reference(start: number, gradients: readonly number[], learningRate: number, weightDecay: number): number {
  const { beta1, beta2, epsilon } = adamDefaults;
  let w = start, m = 0, v = 0;
  gradients.forEach((g, t) => {
    w *= 1 - learningRate * weightDecay;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    w -= learningRate * (m / (1 - beta1 ** (t + 1))) / (Math.sqrt(v / (1 - beta2 ** (t + 1))) + epsilon);
  });
  return w;
}

const start = [1, -2, 0.5, 3], steps = 30, settings = [[0.01, 0.01], [0.1, 0], [0.05, 0.3]] as const;
/** The gradient of each entry in each step: usual, one that is always 0, tiny ones about epsilon, one that changes its sign. */
const gradientsAt = (step: number) => [Math.sin(step), 0, 1e-8 * (1 + step), step % 2 ? 5 : -5];

function freeSlot({ weight, m, v }: Slot): void {
  for (const variable of [weight, m, v]) variable.dispose();
}

for (const form of ["eager", "compiled"] as const) {
  engineTest(`applyAdamW() ${form} agrees with AdamW in float64, and leaks nothing`, async (engine) => {
    await leaksNothing(engine, async () => {
      for (const [learningRate, weightDecay] of settings) {
        const value = tf.tensor1d(start), slot = createSlot("w", value);
        value.dispose();
        const compiled = compile((gradient, numbers) => {
          applyAdamW([slot], [gradient], numbers);
          return [];
        });
        for (let step = 0; step < steps; step++) {
          const gradient = tf.tensor1d(gradientsAt(step)), numbers = tf.tensor1d(stepNumbers(learningRate, weightDecay, step));
          if (form === "eager") applyAdamW([slot], [gradient], numbers);
          else await compiled(gradient, numbers);
          tf.dispose([gradient, numbers]);
        }
        const all = Array.from({ length: steps }, (_, step) => gradientsAt(step));
        const expected = start.map((w, i) => reference(w, all.map((gradients) => gradients[i]), learningRate, weightDecay));
        assertClose(take(slot.weight.read()), expected, 5e-6, `rate ${learningRate}, decay ${weightDecay}`);
        freeSlot(slot);
        compiled.dispose();
      }
    });
  });
}

engineTest("applyAdamW() in a compiled step moves no weight before every gradient is there", async (engine) => {
  // Each weight's gradient is the other weight: an update that came too early would show in the other.
  await leaksNothing(engine, async () => {
    const values = [tf.tensor1d([1]), tf.tensor1d([2])], slots = values.map((value, i) => createSlot(`w${i}`, value));
    tf.dispose(values);
    const step = compile((numbers) => {
      const read = slots.map(({ weight }) => weight.read());
      const { grads } = tf.valueAndGrads((a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b)) as tf.Scalar)(read);
      applyAdamW(slots, grads, numbers);
      return grads;
    });
    const expected = [1, 2];
    const moments = [{ m: 0, v: 0 }, { m: 0, v: 0 }], { beta1, beta2, epsilon } = adamDefaults, rate = 0.1;
    for (let t = 0; t < 10; t++) {
      const numbers = tf.tensor1d(stepNumbers(rate, 0, t)), seen = (await step(numbers)).map((tensor) => take(tensor)[0]);
      numbers.dispose();
      assertClose(seen, [expected[1], expected[0]], 1e-5, `gradients of step ${t}`);
      const gradients = [expected[1], expected[0]];
      gradients.forEach((g, i) => {
        moments[i] = { m: beta1 * moments[i].m + (1 - beta1) * g, v: beta2 * moments[i].v + (1 - beta2) * g * g };
        expected[i] -= rate * (moments[i].m / (1 - beta1 ** (t + 1))) / (Math.sqrt(moments[i].v / (1 - beta2 ** (t + 1))) + epsilon);
      });
    }
    step.dispose();
    slots.forEach(freeSlot);
  });
});

engineTest("applyAdamW() decays before Adam's step also where the step is the first to touch its moments", async (engine) => {
  await leaksNothing(engine, async () => {
    const one = tf.ones([4]), slots = [0, 1, 2].map((i) => createSlot(`w${i}`, one)), numbers = tf.tensor1d(stepNumbers(0.5, 0.5, 0));
    const step = compile((x, numbers) => {
      const read = slots.map(({ weight }) => weight.read());
      applyAdamW(slots, read.map((weight) => tf.mul(weight, x)), numbers);
      return [];
    });
    await step(one, numbers);
    for (const { weight } of slots) assertClose(take(weight.read()), Array(4).fill(1 - 0.25 - 0.5), 1e-6); // the other order gives .375
    step.dispose();
    slots.forEach(freeSlot);
    tf.dispose([one, numbers]);
  });
});

Deno.test("stepNumbers() folds the bias corrections into step size and epsilon", () => {
  const [size, epsilon, decay] = stepNumbers(0.1, 0.01, 0);
  assertClose([size, epsilon, decay], [0.1 * Math.sqrt(0.001) / 0.1, 1e-8 * Math.sqrt(0.001), 0.001], 1e-6);
  assertClose(stepNumbers(0.1, 0, 100_000)[0], 0.1, 1e-6);
});

engineTest("createSlot() starts with moments of 0", () => {
  const value = tf.tensor1d([1, 2]), slot = createSlot("w", value);
  value.dispose();
  assert.deepEqual([slot.weight, slot.m, slot.v].map((variable) => take(variable.read())), [[1, 2], [0, 0], [0, 0]]);
  freeSlot(slot);
});
