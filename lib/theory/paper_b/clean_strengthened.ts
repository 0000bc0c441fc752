/** Section 5.1: dropout on the pretrained weight (paper B, equation 8). Expectations are exact: every mask is counted with its weight. */
import { type Matrix, matrixOf, minus, plus, times, zeros } from "../../math/matrix.ts";
import { atMost, type Check, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { fixture } from "../fixtures.ts";
import { frobenius } from "./instances.ts";

const tex = String.raw;

/** Each mask of `size` places that are kept with probability 1 - p, with its probability. */
function masks(size: number, p: number): { mask: number[]; weight: number }[] {
  return Array.from({ length: 2 ** size }, (_, bits) => {
    const mask = Array.from({ length: size }, (_, i) => bits >> i & 1), kept = mask.filter(Boolean).length;
    return { mask, weight: (1 - p) ** kept * p ** (size - kept) };
  });
}

const masked = (W: Matrix, mask: readonly number[], factor: number): Matrix => ({ ...W, data: W.data.map((value, at) => factor * mask[at] * value) });

/** Mean and mean squared distance from W of Dropout_p(W), the latter over |W|^2. */
function moments(W: Matrix, p: number, rescale: boolean): { mean: Matrix; energy: number } {
  const all = masks(W.data.length, p), factor = rescale ? 1 / (1 - p) : 1;
  const mean = all.reduce((sum, { mask, weight }) => plus(sum, masked(W, mask, factor * weight)), zeros(W.rows, W.cols));
  const energy = all.reduce((sum, { mask, weight }) => sum + weight * frobenius(minus(masked(W, mask, factor), mean)) ** 2, 0);
  return { mean, energy: energy / frobenius(W) ** 2 };
}

/** Covariance of the base path's two outputs, rescaled, with the mask on W, on x, or on W x: [[0, 0], [0, 1], [1, 1]]. */
function outputCovariance(W: Matrix, x: readonly number[], p: number, site: "weight" | "input" | "output"): number[] {
  const factor = 1 / (1 - p), places = { weight: W.data.length, input: x.length, output: W.rows }[site];
  const output = (mask: readonly number[]) =>
    site === "weight"
      ? times(masked(W, mask, factor), x)
      : site === "input"
      ? times(W, x.map((value, i) => factor * mask[i] * value))
      : times(W, x).map((value, i) => factor * mask[i] * value);
  const all = masks(places, p).map(({ mask, weight }) => ({ y: output(mask), weight })), mean = times(W, x);
  return [[0, 0], [0, 1], [1, 1]].map(([i, j]) => all.reduce((sum, { y, weight }) => sum + weight * (y[i] - mean[i]) * (y[j] - mean[j]), 0));
}

export const cleanStrengthened = theoremCell({
  id: "B-8",
  section: "5.1",
  title: "Equation 8: clean-strengthened training",
  statement: tex`$W=\mathrm{Dropout}_p(W_{pre})+s\Delta W$ in training: masking is said to reduce what $W_{pre}$ contributes.`,
}, () => {
  const { inputs, expected } = fixture("B-8"), W = matrixOf(inputs.W), { p } = inputs, mask = inputs.mask.flat(), x = [2, -1];
  const plain = moments(W, p, false), rescaled = moments(W, p, true), small = moments(W, .1, true), noise = p / (1 - p);
  const covariance = (site: "weight" | "input" | "output") => outputCovariance(W, x, p, site), claims = ["B-5.1-1"];
  return [
    shared(
      tex`One mask at $p=0.25$; with rescaling, what is kept grows by $1/(1-p)$.`,
      equals(masked(W, mask, 1 / (1 - p)).data, expected.rescaled.flat(), { what: "rescaled" }),
      equals(masked(W, mask, 1).data, expected.plain.flat(), { what: "not rescaled" }),
    ),
    shared(
      tex`Without rescaling the mean contribution is $(1-p)W_{pre}$: reduced.`,
      equals(plain.mean.data, expected.mean_plain.flat(), { what: "mean over all 16 masks", claims, tolerance: 1e-12 }),
    ),
    printed(
      "Dropout, as libraries have it, reduces the contribution.",
      atMost(frobenius(rescaled.mean), .999 * frobenius(W), {
        what: tex`norm of the mean over all masks with rescaling, against 0.999 of $\lVert W\rVert$`,
        claims,
        counterExample: tex`With $1/(1-p)$ the mean is $W_{pre}$ itself: nothing is reduced, noise is added.`,
      }),
    ),
    corrected(
      tex`With rescaling the mean stays $W_{pre}$, and the noise has $p/(1-p)$ of its energy.`,
      equals(rescaled.mean.data, W.data, { what: "mean over all masks", claims, tolerance: 1e-12 }),
      equals([rescaled.energy, small.energy], [expected.noise, 1 / 9], {
        what: tex`noise over $\lVert W\rVert_F^2$ at $p=0.25$ and $p=0.1$`,
        claims,
      }),
      equals(plain.energy, p * (1 - p), { what: tex`without rescaling $p(1-p)$ of it`, tolerance: 1e-12 }),
    ),
    corrected(
      tex`The equation masks weights, the sentence after it activations. The means agree, the noise of $Wx$ does not: $\frac p{1-p}$ times $\sum_jW_{ij}^2x_j^2$ for a mask on $W$, the same with $\frac p{1-p}\sum_jW_{ij}W_{kj}x_j^2$ between outputs for one on $x$, $(Wx)_i^2$ for one on $Wx$.`,
      ...sites(W, x, noise, covariance),
    ),
  ];
});

function sites(W: Matrix, x: readonly number[], noise: number, covariance: (site: "weight" | "input" | "output") => number[]): Check[] {
  const sum = (i: number, k: number) => x.reduce((total, value, j) => total + W.data[i * 2 + j] * W.data[k * 2 + j] * value ** 2, 0),
    [a, b] = times(W, x);
  const expected = { weight: [sum(0, 0), 0, sum(1, 1)], input: [sum(0, 0), sum(0, 1), sum(1, 1)], output: [a * a, 0, b * b] };
  return (["weight", "input", "output"] as const).map((site) =>
    equals(covariance(site), expected[site].map((value) => noise * value), {
      what: tex`mask on the ${site}: variances and covariance of the two outputs, $x=(2,-1)$, all masks`,
      tolerance: 1e-12,
    })
  );
}
