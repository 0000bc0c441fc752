import assert from "node:assert/strict";
import { type Matrix, matrixOf, multiply, transpose } from "../../lib/math/matrix.ts";
import { createRng, type Rng } from "../../lib/math/random.ts";
import {
  dot,
  effectiveWeight,
  forward,
  gradient,
  jacobian,
  kernelByJacobian,
  kernelByRecursion,
  type Layer,
  lossGradient,
  networkN,
  pullback,
  withAdapter,
} from "../../lib/ntk/network.ts";
import { fixture } from "../../lib/theory/fixtures.ts";
import { assertClose } from "../support/close.ts";

const drawn = (rows: number, cols: number, rng: Rng): Matrix => ({
  rows,
  cols,
  data: Float64Array.from({ length: rows * cols }, () => rng.normal()),
});
const vector = (n: number, rng: Rng) => drawn(n, 1, rng).data;

/** Layers 3 -> 5 -> 4 -> 2: trained, frozen, adapted with B != 0, in that order from `first` on. */
function mixedNet(first: number, rng: Rng): Layer[] {
  return [[5, 3], [4, 5], [2, 4]].map(([out, size], l): Layer => {
    const layer = { weight: drawn(out, size, rng), trained: (l + first) % 3 === 0 };
    return (l + first) % 3 === 2 ? withAdapter(layer, drawn(2, size, rng), 1.5, drawn(out, 2, rng)) : layer;
  });
}

/** The net with every trained number moved along `direction`, in the order of the Jacobian's rows. */
function moved(layers: readonly Layer[], direction: Float64Array, by: number): Layer[] {
  let at = 0;
  const step = (matrix: Matrix) => ({ ...matrix, data: matrix.data.map((value) => value + by * direction[at++]) });
  return layers.map((layer) => {
    if (layer.adapter) return { ...layer, adapter: { A: step(layer.adapter.A), B: step(layer.adapter.B), scale: layer.adapter.scale } };
    return layer.trained ? { ...layer, weight: step(layer.weight) } : layer;
  });
}

Deno.test("networkN() is the fixtures' network", () => {
  const { inputs, expected } = fixture("A-2"), { layers, A1, A2, x, x2 } = networkN();
  assert.deepEqual([layers[0].weight, layers[1].weight, A1, A2], [inputs.W1, inputs.W2, inputs.A1, inputs.A2].map(matrixOf));
  assert.deepEqual([[...x], [...x2]], [inputs.x, inputs.xPrime]);
  assertClose([forward(layers, x).output, forward(layers, x2).output].flatMap((y) => [...y]), [...expected.F, ...expected.FPrime], 1e-15);
});

Deno.test("jacobian() agrees with differences in every direction, whatever is trained", () => {
  for (const first of [0, 1, 2]) {
    const rng = createRng(`jacobian/${first}`), net = mixedNet(first, rng), x = vector(3, rng), J = jacobian(net, x);
    assert.deepEqual([J.rows, J.cols], [
      net.reduce((sum, { weight, trained, adapter }) => sum + (adapter ? 2 * (weight.rows + weight.cols) : trained ? weight.data.length : 0), 0),
      2,
    ]);
    for (let p = 0; p < J.rows; p++) {
      const along = new Float64Array(J.rows).fill(0).with(p, 1), step = 1e-6;
      const [high, low] = [step, -step].map((by) => forward(moved(net, along, by), x).output);
      assertClose(J.data.subarray(2 * p, 2 * p + 2), high.map((value, k) => (value - low[k]) / (2 * step)), 1e-7, `trained number ${p}`);
    }
  }
});

Deno.test("kernelByRecursion() equals kernelByJacobian() to 1e-12, whatever is trained", () => {
  for (let i = 0; i < 60; i++) {
    const rng = createRng(`kernel/${i}`), net = mixedNet(i % 3, rng), x = vector(3, rng), x2 = vector(3, rng);
    const explicit = kernelByJacobian(net, x, x2).data, size = Math.max(1, ...explicit.map(Math.abs));
    assertClose(kernelByRecursion(net, x, x2).data.map((value) => value / size), explicit.map((value) => value / size), 1e-12);
  }
});

Deno.test("kernelByJacobian() is symmetric in its inputs and positive semi-definite at one", () => {
  const rng = createRng("symmetric"), net = mixedNet(0, rng), x = vector(3, rng), x2 = vector(3, rng), v = vector(2, rng);
  assertClose(kernelByJacobian(net, x, x2).data, transpose(kernelByJacobian(net, x2, x)).data, 1e-12);
  assert(dot(v, multiply(kernelByJacobian(net, x, x), { rows: 2, cols: 1, data: v }).data) >= 0);
});

Deno.test("kernelByRecursion() gives the fixtures' kernels of full training and of LoRA", () => {
  const { layers: [first, second], A1, A2, x, x2 } = networkN(), full = fixture("A-6").expected, { expected } = fixture("A-14");
  const lora = (scale: number, B?: Matrix) => kernelByRecursion([first, withAdapter(second, A2, scale, B)], x, x2).data;
  assertClose(kernelByRecursion([first, second], x, x2).data, full.K_ff_x_xPrime.flat(), 1e-12);
  assertClose(kernelByRecursion([first, second], x, x).data, full.K_ff_x_x.flat(), 1e-12);
  assertClose(lora(1), expected.K_s1.flat(), 1e-12);
  assertClose(lora(2), expected.K_s2.flat(), 1e-12);
  assertClose(lora(2, matrixOf(expected.B_for_last)), expected.K_s2_withB.flat(), 1e-12);
  assertClose(kernelByRecursion([withAdapter(first, A1, 2), withAdapter(second, A2, 2)], x, x2).data, expected.K_bothLayers_s2.flat(), 1e-12);
});

Deno.test("a frozen net has an empty Jacobian and a kernel of zeros", () => {
  const { layers, x, x2 } = networkN(), net = layers.map(({ weight }) => ({ weight, trained: false }));
  assert.equal(jacobian(net, x).rows, 0);
  assertClose(kernelByRecursion(net, x, x2).data, [0, 0, 0, 0], 0);
});

Deno.test("gradient() is the Jacobian times softmax minus one-hot", () => {
  const { layers, x } = networkN(), { expected } = fixture("A-8"), byOutput = lossGradient(forward(layers, x).output, 0);
  assertClose(byOutput, expected.gradF, 1e-12);
  assertClose(gradient(layers, x, 0), multiply(jacobian(layers, x), { rows: 2, cols: 1, data: byOutput }).data, 1e-15);
  assertClose(pullback(layers, x, matrixOf([[1, 0], [0, 1]])).data, jacobian(layers, x).data, 0);
  assertClose(dot(gradient(layers, x, 0), gradient(layers, x, 0)), expected.scalar, 1e-12);
});

Deno.test("lossGradient() does not overflow", () => {
  assertClose(lossGradient([1000, 0], 1), [1, -1], 1e-12);
});

Deno.test("withAdapter() starts at B = 0, where the layer computes with W", () => {
  const { layers: [, second], A2 } = networkN(), adapted = withAdapter(second, A2, 2);
  assert.deepEqual([adapted.trained, adapted.adapter!.B.rows, adapted.adapter!.B.cols], [false, 2, 2]);
  assertClose(effectiveWeight(adapted).data, second.weight.data, 0);
  const { inputs, expected } = fixture("A-3");
  assertClose(effectiveWeight(withAdapter(second, A2, inputs.s, matrixOf(inputs.B))).data, expected.merged.flat(), 1e-12);
});
