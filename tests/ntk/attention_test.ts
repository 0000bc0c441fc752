import assert from "node:assert/strict";
import { type Matrix, matrixOf } from "../../lib/math/matrix.ts";
import { createRng, type Rng } from "../../lib/math/random.ts";
import { attention, attentionGradients, type AttentionWeights, projections } from "../../lib/ntk/attention.ts";
import { dot } from "../../lib/ntk/network.ts";
import { gradientByDifferences } from "../../lib/theory/differences.ts";
import { fixture } from "../../lib/theory/fixtures.ts";
import { assertClose } from "../support/close.ts";

const { inputs, expected } = fixture("A-50");
const identity = matrixOf([[1, 0], [0, 1]]), C = matrixOf(inputs.C);
const weights: AttentionWeights = { q: matrixOf(inputs.WQ), k: matrixOf(inputs.WK), v: matrixOf(inputs.WV), o: identity };
const [x, x2] = [matrixOf(inputs.x), matrixOf(inputs.x2)];

const drawn = (rows: number, cols: number, rng: Rng): Matrix => ({
  rows,
  cols,
  data: Float64Array.from({ length: rows * cols }, () => rng.normal()),
});
const drawnWeights = (d: number, rng: Rng): AttentionWeights => ({
  q: drawn(d, d, rng),
  k: drawn(d, d, rng),
  v: drawn(d, d, rng),
  o: drawn(d, d, rng),
});

Deno.test("attention() gives the example of equation 50", () => {
  const { probabilities, output } = attention(weights, x);
  assertClose(probabilities.data, expected.alpha.flat(), 1e-12);
  assertClose(output.data, expected.output.flat(), 1e-12);
});

Deno.test("attentionGradients() gives the example of equations 51, 52 and 54", () => {
  const [G, G2] = [x, x2].map((input) => attentionGradients(weights, input, C).k);
  assertClose(G.data, expected.gradWK_x.flat(), 1e-12);
  assertClose(G2.data, expected.gradWK_x2.flat(), 1e-12);
  assertClose(dot(G.data, G2.data), expected.kernelFF, 1e-12);
});

Deno.test("attentionGradients() agrees with differences for all four weights, with more tokens than width and fewer", () => {
  for (const [d, t] of [[3, 5], [5, 2], [4, 1]]) {
    const rng = createRng(`attention ${d} ${t}`), all = drawnWeights(d, rng), input = drawn(d, t, rng), cotangent = drawn(d, t, rng);
    const gradients = attentionGradients(all, input, cotangent);
    for (const name of projections) {
      const f = (moved: Matrix) => dot(cotangent.data, attention({ ...all, [name]: moved }, input).output.data);
      assertClose(gradients[name].data, gradientByDifferences(f, all[name]).data, 1e-8, `W_${name}, d=${d}, t=${t}`);
    }
  }
});

Deno.test("attention() has rows that sum to 1, also where a score is large", () => {
  const rng = createRng("attention rows"), large = drawn(4, 6, rng);
  large.data.forEach((value, at) => large.data[at] = 40 * value);
  const { probabilities: { rows, cols, data } } = attention(drawnWeights(4, rng), large);
  const sums = Array.from({ length: rows }, (_, i) => data.subarray(i * cols, (i + 1) * cols).reduce((a, b) => a + b));
  assertClose(sums, [1, 1, 1, 1, 1, 1], 1e-12);
});

Deno.test("attention() does not care for the order of the tokens", () => {
  const rng = createRng("attention order"), all = drawnWeights(3, rng), input = drawn(3, 4, rng);
  const swap = ({ rows, cols, data }: Matrix): Matrix => ({ rows, cols, data: data.map((_, at) => data[at - at % cols + cols - 1 - at % cols]) });
  assertClose(attention(all, swap(input)).output.data, swap(attention(all, input).output).data, 1e-12);
});

Deno.test("attentionGradients() leaves queries and keys without a gradient for one token", () => {
  const rng = createRng("attention one"), all = drawnWeights(3, rng), { q, k } = attentionGradients(all, drawn(3, 1, rng), drawn(3, 1, rng));
  assert.deepEqual([...q.data, ...k.data].map(Math.abs), new Array(18).fill(0));
});
