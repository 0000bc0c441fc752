import assert from "node:assert/strict";
import { identity, matrixOf, minus } from "../../lib/math/matrix.ts";
import { type Layer, withAdapter } from "../../lib/ntk/network.ts";
import { gramMatrix } from "../../lib/ntk/spectrum.ts";
import { drawMatrix, drawNet, drawVector, theoryRng } from "../../lib/theory/draws.ts";
import { drawsOfA, meanExcess, overDraws, ratios } from "../../lib/theory/expected_order.ts";
import { layerFactors, layerGram, leastOfDifference, lowRankForm, schurDifference } from "../../lib/theory/gram_order.ts";
import { eigenvalueExcess, furthest, gradientsOf, haveOneRank } from "../../lib/theory/quantities.ts";
import { assertClose } from "../support/close.ts";
import { engineTest } from "../support/tensorflow.ts";

const rng = theoryRng.fork("ordering test"), net = drawNet([3, 4, 5, 2], rng.fork("net"));
const samples = Array.from({ length: 4 }, (_, row) => ({ x: drawVector(3, rng.fork(row)), label: row % 2 }));
const gramOf = (layers: readonly Layer[]) => gramMatrix(gradientsOf(layers, samples));

Deno.test("layerGram() gives each layer's part of the Gram matrix of the gradients", () => {
  const factors = layerFactors(net, samples);
  for (const l of [0, 1, 2]) {
    const whole = identity(net[l].weight.cols);
    assertClose(layerGram(factors[l], whole).data, gramOf(net.map((layer, i) => ({ ...layer, trained: i === l }))).data, 1e-12);
  }
});

Deno.test("schurDifference() is G_ff - G_LoRA, the scale squared, over the adapted layers alone", () => {
  const lora = net.map((layer, l) => l ? withAdapter(layer, drawMatrix(2, layer.weight.cols, .3, rng.fork(`A${l}`)), 2) : layer);
  assert(furthest(minus(gramOf(net), gramOf(lora)), schurDifference(lora, samples)) < 1e-12);
  assertClose(lowRankForm(matrixOf([[1, 2]]), 3).data, [9, 18, 18, 36], 0);
});

engineTest("leastOfDifference() sees what sorted eigenvalues hide", () => {
  const [ff, lora] = [matrixOf([[2, 0], [0, 1]]), matrixOf([[.9, 0], [0, 1.9]])];
  assert.equal(eigenvalueExcess([{ ff: Float64Array.of(2, 1), lora: Float64Array.of(1.9, .9) }]) < 0, true);
  assertClose([leastOfDifference(ff, lora)], [-.9], 1e-12);
});

Deno.test("haveOneRank() counts positive eigenvalues, whatever rounding leaves of zeros", () => {
  const ff = Float64Array.of(2, 1, 1e-16), lora = Float64Array.of(1, .1, -1e-17);
  assert.deepEqual([haveOneRank({ ff, lora }), haveOneRank({ ff, lora: Float64Array.of(1, 1e-14, 0) })], [true, false]);
});

engineTest("overDraws() keeps what lies below the first adapted layer, and has LoRA's mean trace s^2 k r / n of what lies above", () => {
  const [one] = drawNet([6, 2], rng.fork("one")), inputs = samples.map(({ label }, row) => ({ x: drawVector(6, rng.fork(`six${row}`)), label }));
  const trace = (spectrum: Float64Array) => spectrum.reduce((a, b) => a + b);
  const drawn = overDraws([one], inputs, { first: 0, rank: 3, initVariance: 1 / 2, scale: 2 }, rng.fork("A")), shares = ratios([drawn], trace);
  assert.equal(shares.length, drawsOfA);
  assertClose([shares.reduce((a, b) => a + b) / drawsOfA], [1], .15); // 4 (1/2) (3/6)
  const none = overDraws(net, samples, { first: 3, rank: 1, initVariance: 1, scale: 1 }, rng.fork("none"));
  assertClose(none.lora[0], none.ff, 0);
});

Deno.test("meanExcess() takes means, and lets a net's own spread excuse it", () => {
  const of = (...values: number[]) => ({ ff: Float64Array.of(1), lora: values.map((value) => Float64Array.of(value)) });
  const first = ([value]: Float64Array) => value;
  assertClose([meanExcess([of(1.5, 1.5), of(.2, .4)], first)], [.5], 1e-12);
  assert(meanExcess([of(.5, 2)], first) < 0);
});
