/** Section 5.3: the scale after training (paper B, equation 12). */
import { columnOf, multiply, scaled } from "../../math/matrix.ts";
import { lowRankSigma } from "../../spectral/low_rank.ts";
import { marginDirection, margins } from "../../spectral/margin.ts";
import { matchedScale } from "../../spectral/ratio.ts";
import { sigmaMax } from "../../spectral/sigma_max.ts";
import { qr, svd } from "../../tensor/linalg.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { drawMatrix, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { type Instance, instanceL, largestSingular, matricesM, randomInstances, triggeredMargin } from "./instances.ts";

const tex = String.raw;

export const rescaling = theoremCell({
  id: "B-12",
  section: "5.3",
  title: "Equation 12: post-training rescaling",
  statement:
    tex`$s=\sigma_{max}(W_{pre})/\sigma_{max}(\Delta W)$ per layer; with $\rho_{eff}\approx1$ this is said to satisfy what Proposition 4.2 asks of the spectra.`,
}, () => {
  const { expected } = fixture("B-12"), { W, B, A } = matricesM(), sigmaW = sigmaMax(W).value, sigmaBA = lowRankSigma(B, A).values[0];
  const s = matchedScale(sigmaW, sigmaBA), one = instanceL(), own = scaleOf(one), known = fixture("B-P4.2").expected;
  const { sufficientScale, rhoEffective } = one.margin, all = randomInstances();
  const differ = all.filter((each) => (scaleOf(each) > each.margin.sufficientScale!) !== (each.margin.rhoEffective > each.margin.rhoBackdoor));
  const lost = all.filter((each) => triggeredMargin(each, scaleOf(each)) <= 0);
  return [
    shared(
      tex`$\sigma_{max}(BA)$ from the factors, without the product.`,
      equals([sigmaBA, sigmaW, s], [expected.sigmaBA, expected.sigmaW, expected.s], {
        what: tex`matrices M: $\sigma_{max}(BA)$, $\sigma_{max}(W)$, $s$`,
      }),
      equals(sigmaBA, svd(multiply(B, A)).s[0], { what: "against the SVD of the product", tolerance: 1e-12 }),
    ),
    shared(
      tex`Then $\sigma_{max}(sBA)=\sigma_{max}(W_{pre})$, if $s$ takes the place of $\alpha/r$.`,
      equals(largestSingular(scaled(multiply(B, A), s)), sigmaW, { what: "matrices M: both", claims: ["B-5.3-4"], tolerance: 1e-9 }),
      equals(lowRankSigma(B, A, 2 * s).values[0], 2 * sigmaW, {
        what: tex`beside $\alpha/r=2$ instead of in its place: twice as large`,
        tolerance: 1e-9,
      }),
    ),
    printed(
      tex`So $s$ is above $s^*$, and the triggered margin positive.`,
      atLeast(own, sufficientScale!, {
        what: tex`instance L: $s$ of equation 12 against $s^*$`,
        claims: ["B-5.3-3"],
        counterExample: tex`Instance L: $s=4.100801<s^*=6.666667$.`,
      }),
      atLeast(triggeredMargin(one, own), 0, {
        what: tex`instance L: $M_s(x^{trig})$`,
        claims: ["B-5.3-3"],
        counterExample: tex`Instance L: the margin is $-0.384880$.`,
      }),
      equals([own, triggeredMargin(one, own)], [known.s12, known.Ms12], { what: "both numbers" }),
    ),
    corrected(
      tex`$s>s^*$ exactly if $\rho_{eff}>\rho_{bd}$, by equation and definition.`,
      equals(differ.length, 0, {
        what: tex`how many of 10,000 random instances have one without the other (${lost.length} of them still have $M_s\le0$)`,
        tolerance: 0,
      }),
    ),
    corrected(
      tex`$\rho_{eff}\approx1$ is asserted, not derived. With $g=\Delta W^Tc/(\lVert c\rVert\sigma_\Delta)$, $\lVert g\rVert\le1$, it is $\rho_{cl}=\langle g,x\rangle$: of $n$ orthogonal inputs of one class one has $\rho_{cl}\le1/\sqrt n$. It asks that all inputs of a class point one way.`,
      atMost(orthogonalRows(), [1 / Math.SQRT2, 1 / Math.sqrt(3), 1 / Math.sqrt(6)], {
        what: tex`largest of the smallest $\rho_{cl}$ among $n=2,3,6$ orthogonal inputs, 500 drawn updates each`,
        tolerance: 1e-12,
      }),
    ),
    corrected(
      tex`Certain for every row is $s/\rho_{eff}$ (Proposition 4.2, corrected), so equation 12 is certain only at $\rho_{eff}=1$.`,
      atLeast(triggeredMargin(one, own / rhoEffective), 0, { what: tex`instance L: the margin at $s/\rho_{eff}$` }),
    ),
  ];
});

const scaleOf = ({ sigmaPre, sigmaDelta }: Instance): number => matchedScale(sigmaPre, sigmaDelta);

/** Over drawn updates [2, 6]: the largest value that the smallest rho_cl of n orthonormal inputs reaches, each with its better sign. */
function orthogonalRows(): number[] {
  const rng = theoryRng.fork("B-12"), direction = marginDirection(2, 0, 1);
  return [2, 3, 6].map((n) =>
    Math.max(...Array.from({ length: 500 }, () => {
      const delta = drawMatrix(2, 6, 1, rng), { q } = qr(drawMatrix(6, n, 1, rng)), sigmas = { sigmaPre: 1, sigmaDelta: largestSingular(delta) };
      const rows = Array.from({ length: n }, (_, j) => ({ x: columnOf(q, j).data, triggered: columnOf(q, j).data, direction }));
      return Math.min(...margins(delta, delta, rows, sigmas).map(({ rhoClean }) => Math.abs(rhoClean)));
    }))
  );
}
