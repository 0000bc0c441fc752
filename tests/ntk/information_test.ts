import assert from "node:assert/strict";
import { effectiveRank, informationBits, renyiEntropy, shannonEntropy } from "../../lib/ntk/information.ts";
import { fixture } from "../../lib/theory/fixtures.ts";
import { assertClose } from "../support/close.ts";

const spectrum = (...values: number[]) => Float64Array.from(values);

Deno.test("informationBits() gives both forms of the fixture", () => {
  const { inputs, expected } = fixture("A-9"), values = spectrum(...inputs.eigenvalues);
  assertClose(informationBits(values, "log"), expected.IBlog, 1e-12);
  assertClose(informationBits(values, "trace"), expected.IBtr, 1e-12);
});

Deno.test("informationBits() takes what rounding leaves of a zero for a zero", () => {
  assertClose(informationBits(spectrum(4, 1, 1e-15, -1e-16), "log"), Math.log(4) / 2, 1e-12);
  assert.equal(informationBits(spectrum(0, 0), "log"), 0);
});

Deno.test("renyiEntropy() gives the fixture's raw and normalised values", () => {
  const { inputs, expected } = fixture("A-10");
  inputs.spectra.forEach((values: number[], i: number) => {
    assertClose(inputs.alphas.map((alpha: number) => renyiEntropy(spectrum(...values), alpha, "raw")), expected.raw[i], 1e-12);
    const { alphas, values: normalised } = expected.normalised;
    assertClose(alphas.map((alpha: number) => renyiEntropy(spectrum(...values), alpha, "normalised")), normalised[i], 1e-12);
  });
});

Deno.test("renyiEntropy() at 0 counts the positive eigenvalues, and at infinity sees the largest", () => {
  const values = spectrum(2, 1, .5, 0);
  for (const form of ["raw", "normalised"] as const) assertClose(renyiEntropy(values, 0, form), Math.log(3), 1e-12);
  assertClose(renyiEntropy(values, Infinity, "raw"), -Math.LN2, 1e-12);
  assertClose(renyiEntropy(values, 2000, "raw"), -Math.LN2 * 2000 / 1999, 1e-12); // 2^2000 is no float64
  assertClose(renyiEntropy(values, Infinity, "normalised"), Math.log(3.5 / 2), 1e-12);
});

Deno.test("renyiEntropy() normalised falls as alpha grows and does not see the scale", () => {
  const values = spectrum(3, 2, 1, .1), alphas = [0, .3, .999, 1, 1.001, 2, 10, Infinity];
  const entropies = alphas.map((alpha) => renyiEntropy(values, alpha, "normalised"));
  assert.deepEqual(entropies, entropies.toSorted((a, b) => b - a));
  assertClose(alphas.map((alpha) => renyiEntropy(values.map((value) => 1e-6 * value), alpha, "normalised")), entropies, 1e-12);
});

Deno.test("renyiEntropy() of nothing is the logarithm of 0", () => {
  assert.deepEqual([renyiEntropy(spectrum(0), .5, "raw"), renyiEntropy(spectrum(), 2, "raw")], [-Infinity, Infinity]);
});

Deno.test("effectiveRank() counts equal eigenvalues", () => {
  assertClose(effectiveRank(spectrum(.3, .3, .3, .3, 0)), 4, 1e-12);
  assertClose(effectiveRank(spectrum(7)), 1, 1e-12);
  assertClose(shannonEntropy(spectrum(.25, .25)), Math.LN2, 1e-12);
});

Deno.test("information measures refuse what they do not know", () => {
  assert.throws(() => renyiEntropy(spectrum(1), -1, "raw"), new RangeError("Cannot take a Renyi entropy as alpha must be at least 0: -1"));
  assert.throws(() => renyiEntropy(spectrum(1), 1, "raw"), {
    message: "Cannot take a raw Renyi entropy as alpha must not be 1, where it has no limit: normalise the spectrum",
  });
  assert.throws(() => shannonEntropy(spectrum(0, 0)), { message: "Cannot normalise a spectrum as an eigenvalue must be positive: 2 are not" });
});
