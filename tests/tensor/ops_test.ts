import assert from "node:assert/strict";
import { createRng } from "../../lib/math/random.ts";
import * as ops from "../../lib/tensor/ops.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { assertClose } from "../support/close.ts";
import { engineTest, leaksNothing, take } from "../support/tensorflow.ts";

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

interface Case {
  readonly name: string;
  /** Shapes of the differentiable inputs. */
  readonly shapes: readonly number[][];
  readonly own: Op;
  /** The same out of tfjs's operations, whose autodiff is the reference. */
  readonly reference: Op;
}

const ids = () => tf.tensor1d([2, 0, 2, 2, 1], "int32"), labels = () => tf.tensor1d([0, 2, 1, 2], "int32"), seed = () => tf.tensor1d([3, 4], "int32");
const product = (a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false) =>
  tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, transposeA, transposeB);
const constantWeight = () => tf.tensor2d(Array.from({ length: 15 }, (_, k) => Math.sin(k)), [3, 5]);

const cases: Case[] = [
  { name: "linear", shapes: [[4, 5], [3, 5]], own: ops.linear, reference: (x, w) => product(x, w, false, true) },
  {
    name: "lowRankLinear",
    shapes: [[4, 5], [2, 5], [3, 2]],
    own: (x, a, b) => ops.lowRankLinear(x, constantWeight(), a, b, 1.5),
    reference: (x, a, b) => product(x, tf.add(constantWeight(), tf.mul(product(b, a), 1.5)), false, true),
  },
  { name: "addBias", shapes: [[4, 3], [3]], own: ops.addBias, reference: (x, b) => tf.add(x, b) },
  {
    name: "embeddingLookup", // ids repeat: their gradients add up
    shapes: [[4, 3]],
    own: (table) => ops.embeddingLookup(table, ids()),
    reference: (table) => product(tf.cast(tf.oneHot(ids(), 4), "float32"), table),
  },
  {
    name: "layerNorm",
    shapes: [[4, 6], [6], [6]],
    own: (x, gamma, beta) => ops.layerNorm(x, gamma, beta, 1e-3),
    reference: (x, gamma, beta) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3))), gamma), beta);
    },
  },
  {
    name: "gelu",
    shapes: [[4, 3]],
    own: ops.gelu,
    reference: (x) => tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.div(x, Math.SQRT2))))),
  },
  { name: "softmax", shapes: [[2, 3, 4]], own: ops.softmax, reference: (x) => tf.softmax(x) },
  {
    name: "crossEntropy",
    shapes: [[4, 3]],
    own: (x) => ops.crossEntropy(x, labels()),
    reference: (x) => tf.neg(tf.sum(tf.mul(tf.logSoftmax(x), tf.cast(tf.oneHot(labels(), 3), "float32")), -1)),
  },
  {
    name: "dropout", // the gradient uses the mask of the value
    shapes: [[4, 3]],
    own: (x) => ops.dropout(x, 0.4, seed()),
    reference: (x) => tf.mul(x, ops.dropout(tf.ones([4, 3]), 0.4, seed())),
  },
];

function draw(name: string, shapes: readonly number[][]): tf.Tensor[] {
  const rng = createRng(name);
  return shapes.map((shape) => tf.tensor(Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()), shape));
}

/** sum of sin-weighted results: every entry of the result counts differently. */
function weighted(op: Op): (...inputs: tf.Tensor[]) => tf.Scalar {
  return (...inputs) => {
    const y = op(...inputs), weights = tf.tensor(Array.from({ length: y.size }, (_, k) => Math.cos(1 + 2 * k)), y.shape);
    return tf.sum(tf.mul(y, weights));
  };
}

for (const { name, shapes, own, reference } of cases) {
  engineTest(`${name}() has the values and gradients of tfjs's own composition, and leaks nothing`, async (engine) => {
    await leaksNothing(engine, () => {
      const inputs = draw(name, shapes);
      const [value, expected] = [own, reference].map((op) => tf.tidy(() => op(...inputs)));
      assert.deepEqual(value.shape, expected.shape);
      assertClose(value.dataSync(), expected.dataSync(), 1e-5, name);
      tf.dispose([value, expected]);
      const [got, want] = [own, reference].map((op) => tf.tidy(() => tf.grads(weighted(op))(inputs)));
      for (const [i, gradient] of got.entries()) {
        assert.deepEqual(gradient.shape, shapes[i]);
        assertClose(gradient.dataSync(), want[i].dataSync(), 1e-5, `d ${name} / d input ${i}`);
      }
      tf.dispose([...got, ...want, ...inputs]);
    });
  });

  engineTest(`${name}() has the gradients of central finite differences`, () => {
    const inputs = draw(name, shapes), step = 1e-2;
    const gradients = tf.tidy(() => tf.grads(weighted(own))(inputs));
    for (const [i, input] of inputs.entries()) {
      const values = input.dataSync();
      const differences = [...values.keys()].map((k) => {
        const at = (offset: number) =>
          tf.tidy(() => {
            const moved = tf.tensor(values.map((x, j) => j === k ? x + offset : x), input.shape);
            return weighted(own)(...inputs.map((other, j) => j === i ? moved : other)).dataSync()[0];
          });
        return (at(step) - at(-step)) / (2 * step);
      });
      assertClose(gradients[i].dataSync(), differences, 5e-3, `d ${name} / d input ${i}`);
    }
    tf.dispose([...gradients, ...inputs]);
  });
}

engineTest("own operations called outside tidy leave one tensor, their result", (engine) => {
  const [x, w, a, b, gain, bias] = draw("outside", [[4, 5], [3, 5], [2, 5], [3, 2], [5], [5]]), kept = [ids(), labels(), seed()];
  const calls: Record<string, () => tf.Tensor> = {
    linear: () => ops.linear(x, w),
    lowRankLinear: () => ops.lowRankLinear(x, w, a, b, 2),
    addBias: () => ops.addBias(x, bias),
    embeddingLookup: () => ops.embeddingLookup(x, kept[0]),
    layerNorm: () => ops.layerNorm(x, gain, bias, 1e-6),
    gelu: () => ops.gelu(x),
    softmax: () => ops.softmax(x),
    crossEntropy: () => ops.crossEntropy(x, kept[1]),
    dropout: () => ops.dropout(x, 0.5, kept[2]),
    "dropout at rate 0": () => ops.dropout(x, 0, kept[2]),
  };
  tf.tidy(() => Object.values(calls).forEach((call) => call())); // every input is on the engine's side now
  for (const [name, call] of Object.entries(calls)) {
    const tensors = tf.memory().numTensors, natives = engine.count(), shares = name === "dropout at rate 0" ? 0 : 1;
    const result = call();
    assert.deepEqual([tf.memory().numTensors - tensors, engine.count() - natives], [1, shares], name);
    result.dispose();
  }
  tf.dispose([x, w, a, b, gain, bias, ...kept]);
});

engineTest("softmax() and crossEntropy() stay finite for large scores", () => {
  const x = tf.tensor2d([[1000, 0, -1000], [-1e9, 0, 0]]), target = tf.tensor1d([0, 1], "int32");
  assertClose(take(ops.softmax(x)), [1, 0, 0, 0, 0.5, 0.5], 1e-7);
  assertClose(take(ops.crossEntropy(x, target)), [0, Math.log(2)], 1e-6);
  tf.dispose([x, target]);
});

engineTest("crossEntropy() and embeddingLookup() refuse indices out of range", () => {
  const x = tf.zeros([2, 3]), wrong = tf.tensor1d([0, 3], "int32");
  assert.throws(() => ops.crossEntropy(x, wrong), /^Error: Cannot run SparseSoftmaxCrossEntropyWithLogits\(float32\[2,3\], int32\[2\]\): .*3/);
  assert.throws(() => ops.embeddingLookup(x, wrong), /^Error: Cannot run GatherV2\(float32\[2,3\], int32\[2\], int32\[\]\): .*is not in \[0, 2\)/);
  tf.dispose([x, wrong]);
});

engineTest("layerNorm() of a row without spread is beta", () => {
  const x = tf.fill([1, 4], 3), gamma = tf.ones([4]), beta = tf.tensor1d([1, 2, 3, 4]);
  assertClose(take(ops.layerNorm(x, gamma, beta, 1e-12)), [1, 2, 3, 4], 1e-6);
  tf.dispose([x, gamma, beta]);
});

engineTest("dropout() zeroes the share it is asked for and scales the rest, by its seed alone", async (engine) => {
  await leaksNothing(engine, () => {
    const x = tf.ones([100, 100]), [one, two] = [tf.tensor1d([1, 2], "int32"), tf.tensor1d([1, 3], "int32")];
    const mask = take(ops.dropout(x, 0.3, one)), again = take(ops.dropout(x, 0.3, one)), other = take(ops.dropout(x, 0.3, two));
    assert.deepEqual(mask, again);
    assert.notDeepEqual(mask, other);
    assert.deepEqual([...new Set(mask)].sort(), [0, Math.fround(1 / 0.7)]);
    const zeroed = mask.filter((value) => value === 0).length / mask.length;
    assert(Math.abs(zeroed - 0.3) < 4 * Math.sqrt(0.3 * 0.7 / mask.length), `share ${zeroed}`);
    const same = mask.filter((value, i) => (value === 0) === (other[i] === 0)).length / mask.length; // independent: .3^2 + .7^2
    assert(Math.abs(same - 0.58) < 4 * Math.sqrt(0.58 * 0.42 / mask.length), `agreement ${same}`);
    const untouched = ops.dropout(x, 0, one);
    assert.notEqual(untouched, x);
    assert.deepEqual(new Set(take(untouched)), new Set([1]));
    for (const rate of [1, -0.1, NaN]) {
      assert.throws(() => ops.dropout(x, rate, one), { name: "RangeError", message: `Cannot drop out as rate must be in [0, 1): ${rate}` });
    }
    tf.dispose([x, one, two]);
  });
});
