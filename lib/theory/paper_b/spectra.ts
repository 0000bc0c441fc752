/** Sections 4.2 and 4.3: singular values and vectors of weight and update, their ratio and their alignment (paper B, Figures 1 and 2). */
import { matrixOf, multiply, plus, scaled } from "../../math/matrix.ts";
import { alignment, alignmentNull } from "../../spectral/alignment.ts";
import { lowRankSigma } from "../../spectral/low_rank.ts";
import { spectralRatio } from "../../spectral/ratio.ts";
import { type LeadingVectors, sigmaMax, topSingular } from "../../spectral/sigma_max.ts";
import { dot } from "../../spectral/small_svd.ts";
import { svd } from "../../tensor/linalg.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { drawMatrix, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { largestSingular, matricesM } from "./instances.ts";

const tex = String.raw;

export const spectralForm = theoremCell({
  id: "B-S",
  section: "4.2",
  title: "Spectral form",
  statement: tex`$W_{pre}=\sum_i\sigma_{pre}^iu_{pre}^i(v_{pre}^i)^T$ and $\Delta W=\sum_i\sigma_\Delta^iu_\Delta^i(v_\Delta^i)^T$.`,
}, () => {
  const { expected } = fixture("B-S"), { W, B, A } = matricesM(), { u, s, v } = topSingular(W, 3), first = sigmaMax(W);
  const again = W.data.map((_, at) => s.reduce((sum, value, k) => sum + value * u.data[3 * Math.floor(at / 3) + k] * v.data[3 * (at % 3) + k], 0));
  return [
    shared(
      tex`The terms, largest first, add up to $W$.`,
      equals(s, expected.S, { what: tex`$\sigma$ of the matrix $W$ of M` }),
      equals(again, W.data, { what: tex`the sum of its three terms against $W$`, tolerance: 1e-12 }),
    ),
    shared(
      tex`$BA$ has at most $r$ terms. They follow from the factors: with $B=Q_BR_B$ and $A^T=Q_AR_A$ they are those of $Q_B(R_BR_A^T)Q_A^T$.`,
      equals([...lowRankSigma(B, A).values, 0], svd(multiply(B, A)).s, {
        what: "matrices M: from the factors, against the SVD of the product",
        tolerance: 1e-12,
      }),
    ),
    shared(
      tex`$u$ and $v$ may change sign together, so only absolute cosines mean something.`,
      equals(first.left.map(Math.abs), expected.absU1, { what: tex`$\lvert u_1\rvert$` }),
      equals(first.right.map(Math.abs), expected.absV1, { what: tex`$\lvert v_1\rvert$` }),
    ),
  ];
});

/** |cos| between the leading left vectors of two matrices. */
const turned = (a: LeadingVectors, b: LeadingVectors): number => Math.abs(dot(a.left, b.left));

/** 200 weights with updates a tenth to a third of their gap: sin of the turn against Wedin's bound, and the change of sigma against Weyl's. */
function perturbations() {
  const rng = theoryRng.fork("B-x3");
  return Array.from({ length: 200 }, () => {
    const W = drawMatrix(12, 10, 1, rng), { s } = svd(W), gap = s[0] - s[1], any = drawMatrix(12, 10, 1, rng);
    const size = gap * (.1 + .2 * rng.uniform()),
      update = scaled(any, size / largestSingular(any)),
      before = sigmaMax(W),
      after = sigmaMax(plus(W, update));
    return {
      sine: Math.sqrt(Math.max(1 - turned(before, after) ** 2, 0)),
      wedin: size / (gap - size),
      change: Math.abs(after.value - before.value),
      weyl: size,
    };
  });
}

export const ratio = theoremCell({
  id: "B-x3",
  section: "4.3",
  title: "Figure 1: the spectral ratio",
  statement:
    tex`$\sigma_{max}(W_{pre})/\sigma_{max}(\Delta W)$ per module; a large ratio is said to leave the dominant modes of $W_{pre}$ as they are.`,
}, () => {
  const { expected } = fixture("B-12"),
    { W, B, A } = matricesM(),
    sigma = lowRankSigma(B, A).values[0],
    found = spectralRatio(sigmaMax(W).value, sigma, 2);
  const drawn = perturbations(), near = matrixOf([[1, 0], [0, .999]]), small = matrixOf([[0, 0], [0, .01]]);
  return [
    shared(
      tex`The figure names $\Delta W$, which is $BA$; a layer computes with $sBA$, whose ratio is $s$ times smaller.`,
      equals([found.unscaled!, found.scaled!], [expected.s, expected.s / 2], { what: tex`matrices M: for $BA$, and for $sBA$ at $s=2$` }),
    ),
    shared(
      tex`Weyl: $\lvert\sigma_{max}(W+sBA)-\sigma_{max}(W)\rvert\le\sigma_{max}(sBA)$, so a large ratio does keep the largest value.`,
      atMost(drawn.map(({ change }) => change), drawn.map(({ weyl }) => weyl), { what: "200 drawn weights and updates", tolerance: 1e-9 }),
    ),
    printed(
      "And it keeps the dominant directions.",
      atLeast(turned(sigmaMax(near), sigmaMax(plus(near, small))), .99, {
        what: tex`$\lvert\cos\rvert$ of the leading vectors before and after, ratio 100`,
        counterExample:
          tex`$W=\mathrm{diag}(1,0.999)$, $\Delta W=\mathrm{diag}(0,0.01)$: the ratio is 100 and the leading vector turns from $e_1$ to $e_2$.`,
      }),
    ),
    corrected(
      tex`The directions need the gap: $\sin\theta\le\sigma_{max}(sBA)/(\sigma^1-\sigma^2-\sigma_{max}(sBA))$ (Wedin).`,
      atMost(drawn.map(({ sine }) => sine), drawn.map(({ wedin }) => wedin), {
        what: "the same 200: sine of the turn against the bound",
        tolerance: 1e-6,
      }),
    ),
  ];
});

const widths = [64, 256, 1024, 4096], draws = 4000;

export const alignmentCell = theoremCell({
  id: "B-x4",
  section: "4.3",
  title: "Figure 2: alignment",
  statement:
    tex`$\max_{i\le32}\lvert\langle u_\Delta^1,u_{pre}^i\rangle\rvert$, and the same on the right; a value that is not zero is read as alignment with the weight.`,
}, () => {
  const { expected } = fixture("B-x4"), { W, B, A } = matricesM(), own = sigmaMax(W), pre = topSingular(W, 3), update = lowRankSigma(B, A);
  const found = widths.map((width) => alignmentNull(width, 32, draws, theoryRng.fork("B-x4").fork(width)));
  const [means, sds, tops] = [0, 1, 2].map((at) => widths.map((width) => expected[width][at] as number));
  const error = 4 * Math.SQRT2 * Math.max(...sds) / Math.sqrt(draws), flipped = { left: own.left.map((x) => -x), right: own.right };
  return [
    shared(
      tex`It is 1 for an update along the weight's own first direction, whatever the sign; against all directions of a space it is at least $1/\sqrt d$.`,
      equals([alignment(own, pre).left, alignment(flipped, pre).left], [1, 1], { what: tex`$u_1$ of $W$ of M, and $-u_1$`, tolerance: 1e-12 }),
      atLeast(Object.values(alignment(update, pre)), [Math.sqrt(1 / 3), Math.sqrt(1 / 3)], {
        what: "matrices M, left and right, all three directions",
      }),
    ),
    printed(
      "A cosine that is distinctly not zero shows that the update retains the weight's directions.",
      atMost(found[2].mean, .01, {
        what: tex`mean for random directions, $d=1024$, ${draws} draws`,
        counterExample: tex`A random direction in $\mathbb R^{1024}$ has a largest cosine of $0.074\pm0.014$ with 32 orthogonal ones.`,
      }),
    ),
    corrected(
      tex`Chance gives about $2.35/\sqrt d$; what is above its 95 % quantile is alignment.`,
      equals(found.map(({ mean }) => mean), means, {
        what: tex`mean at $d=64,256,1024,4096$ against another simulation, 4 standard errors`,
        tolerance: error,
      }),
      equals(found.map(({ standardDeviation }) => standardDeviation), sds, { what: "standard deviation", tolerance: error }),
      equals(found.map(({ quantile95 }) => quantile95), tops, { what: "95 % quantile", tolerance: 3 * error }),
      equals(found.map(({ mean }, at) => mean * Math.sqrt(widths[at])), widths.map(() => 2.35), { what: tex`mean times $\sqrt d$`, tolerance: .04 }),
    ),
  ];
});
