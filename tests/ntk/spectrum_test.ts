import { type Matrix, matrixOf, multiply, transpose } from "../../lib/math/matrix.ts";
import { createRng } from "../../lib/math/random.ts";
import {
  differenceSpectrum,
  drawA,
  firstFailingRank,
  isNegativeSemidefinite,
  largestAdmissibleVariance,
  largestEigenvalue,
  loraSpectrum,
  marchenkoPasturEdges,
} from "../../lib/ntk/lora_spectrum.ts";
import { gramMatrix, spectrumOf } from "../../lib/ntk/spectrum.ts";
import { initialA } from "../../lib/adapter/lora.ts";
import { fixture } from "../../lib/theory/fixtures.ts";
import { assertClose } from "../support/close.ts";
import { engineTest } from "../support/tensorflow.ts";
import assert from "node:assert/strict";

const rng = createRng("spectra");
const drawn = (rows: number, cols: number): Matrix => ({ rows, cols, data: Float64Array.from({ length: rows * cols }, () => rng.normal()) });

engineTest("spectrumOf() is descending and keeps the trace", () => {
  const gram = gramMatrix(drawn(7, 3)), spectrum = spectrumOf(gram);
  assert.deepEqual(spectrum, spectrum.toSorted((a, b) => b - a));
  assertClose(spectrum.reduce((a, b) => a + b), Array.from({ length: 7 }, (_, i) => gram.data[i * 8]).reduce((a, b) => a + b), 1e-12);
  assertClose(spectrum.subarray(3), [0, 0, 0, 0], 1e-12);
});

engineTest("gramMatrix() has the nonzero eigenvalues of the mean outer product", () => {
  const gradients = drawn(4, 9), outer = multiply(transpose(gradients), gradients);
  const fisher = spectrumOf({ ...outer, data: outer.data.map((value) => value / 4) });
  assertClose(spectrumOf(gramMatrix(gradients)), fisher.subarray(0, 4), 1e-12);
});

engineTest("loraSpectrum() and differenceSpectrum() give the fixtures' eigenvalues", () => {
  const one = fixture("A-T3.4"), two = fixture("A-T3.4b");
  assertClose(loraSpectrum(matrixOf(one.inputs.A)), one.expected.eigAtA, 1e-12);
  assertClose(differenceSpectrum(matrixOf(one.inputs.A)), one.expected.eigM, 1e-12);
  assertClose(loraSpectrum(matrixOf(two.inputs.A)), two.expected.eigAtA, 1e-12);
  assertClose(differenceSpectrum(matrixOf(two.inputs.A), two.inputs.s), two.expected.eigM_s2, 1e-12);
});

engineTest("loraSpectrum() is that of A^T A, wide or tall", () => {
  for (const A of [drawn(3, 8), drawn(8, 3), drawn(5, 5)]) {
    assertClose(loraSpectrum(A, 1.5), spectrumOf(multiply(transpose(A), A)).map((value) => 2.25 * value), 1e-12);
  }
});

engineTest("largestEigenvalue() does not lose its footing where steps are many and the largest eigenvalues lie close", () => {
  for (const draw of [1, 2, 3]) {
    const A = drawA({ rank: 96, init: "kaiming-uniform", initVariance: 1 }, 768, createRng(`lanczos/${draw}`));
    const found = largestEigenvalue(A, 1, 90), whole = loraSpectrum(A)[0];
    assert(found <= whole + 1e-9 && found >= whole - 1e-6, `${found} against ${whole}`);
  }
});

engineTest("largestEigenvalue() is the first of loraSpectrum()", () => {
  for (const A of [drawn(1, 6), drawn(6, 1), drawn(40, 60), matrixOf([[1, 0], [0, 1]])]) {
    assertClose(largestEigenvalue(A, 2), loraSpectrum(A, 2)[0], 1e-9);
  }
  const square = drawA({ rank: 200, init: "gaussian", initVariance: 1 }, 200, rng.fork("square"));
  assertClose(largestEigenvalue(square), loraSpectrum(square)[0], 1e-6);
});

Deno.test("drawA() is LoRA's initial A, and its first rows are that of a smaller rank", () => {
  const draw = (rank: number) => ({ rank, init: "kaiming-uniform", initVariance: 1 / 3 }) as const, stream = () => createRng("A");
  assert.deepEqual([...drawA(draw(4), 16, stream()).data], [...initialA(draw(4), 16, stream())]);
  assert.deepEqual(drawA(draw(2), 16, stream()).data, drawA(draw(4), 16, stream()).data.slice(0, 32));
});

Deno.test("marchenkoPasturEdges() and the condition give the fixtures' values", () => {
  const { inputs, expected } = fixture("A-T3.4c");
  inputs.cases.forEach(([k, r, n, s]: number[], i: number) => assertClose(marchenkoPasturEdges(k, r, n, s), expected.edges[i], 1e-12));
  assert.equal(firstFailingRank(1 / 3, 1024), expected.firstFailingRank_k13_s1_n1024);
  assert.deepEqual([isNegativeSemidefinite(1 / 3, 548, 1024), isNegativeSemidefinite(1 / 3, 549, 1024)], [true, false]);
  assert.equal(firstFailingRank(.2, 1024), undefined);
  assertClose([largestAdmissibleVariance(8, 1024), largestAdmissibleVariance(8, 1024, 2)], [.844175, .211044], 1e-6);
});
