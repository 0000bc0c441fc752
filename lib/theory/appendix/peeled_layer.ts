/** Appendix A.2, first half: one layer of full fine-tuning's kernel peeled off (paper A, equations 27 and 28). */
import { mean } from "../../math/statistics.ts";
import type { Rng } from "../../math/random.ts";
import { expectedReluSlope } from "../../ntk/arc_cosine.ts";
import { dot, forward, kernelByJacobian, networkN } from "../../ntk/network.ts";
import { spectrumOf } from "../../ntk/spectrum.ts";
import { atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { bulkRng, drawMatrix, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { fourErrors } from "../quantities.ts";
import { gramOf } from "./instances.ts";

const tex = String.raw;

const width = 400, draws = 200, angle = Math.PI / 3;

export const peeledLayer = theoremCell({
  id: "A-27",
  section: "A.2",
  title: "Kernel of full fine-tuning, equations 27 and 28",
  statement:
    tex`Peeling the last layer off, the paper has $K_{ff}^{(l,k)}=u^Tu'+\phi^T\phi'\;\dot\sigma'^TW_k^TW_k\dot\sigma$ with $u=\sigma(y^{(l-1)}(x))$ and $\phi=\partial_\theta y^{(l-1)}$, and lets $W_k^TW_k\to I$ as $n_{l-1}\to\infty$, so that $K_{ff}^{(l)}=\Sigma^{(l)}+K_{ff}^{(l-1)}\dot\Sigma^{(l)}$.`,
}, () => {
  const { layers: [first, second], x, x2 } = networkN(), expected = fixture("A-6").expected.K_ff_x_xPrime;
  const only = (one: boolean, two: boolean) => kernelByJacobian([{ ...first, trained: one }, { ...second, trained: two }], x, x2).data;
  const [all, upper, lower] = [only(true, true), only(false, true), only(true, false)];
  const w = second.weight.data.subarray(0, 4), slope = ({ pre }: { pre: readonly Float64Array[] }) => pre[0].map((y) => Number(y > 0));
  const [one, two] = [forward(layersOf(), x), forward(layersOf(), x2)], [d, d2] = [slope(one), slope(two)];
  const below = dot(x, x2), weighted = dot(w.map((value, j) => value * d[j]), w.map((value, j) => value * d2[j]));
  const own = dot(one.post[0], two.post[0]);
  const rng = bulkRng(theoryRng.fork("A-28")), diagonals = (variance: number, name: string) => meanDiagonal(variance, rng.fork(name));
  const slopes = Array.from({ length: draws }, () => weightedSlopes(rng));

  return [
    shared(
      tex`The gradient splits by layers: $\nabla_\theta y=(\nabla_{W^{(l)}}y,\nabla_{\theta(<l)}y)$, so the two products add.`,
      equals(upper.map((value, at) => value + lower[at]), all, { what: "network N, $W_2$ alone plus $W_1$ alone", tolerance: 1e-12 }),
      equals(all, expected.flat(), { what: "network N, $K_{ff}(x,x')$" }),
    ),
    shared(
      tex`$\nabla_{W^{(l)}}y_k=u$, so the layer's own part is $u^Tu'$.`,
      equals(upper[0], own, { what: "network N, output 0, $W_2$ alone", tolerance: 1e-12 }),
      equals(own, .178, { what: "its value" }),
    ),
    printed(
      tex`The carried part is $W_k\dot\sigma\cdot\phi^T\phi'\cdot\dot\sigma'^TW_k^T$ with $\phi^T\phi'$ a scalar.`,
      equals(lower[0], dot(w, d) * below * dot(w, d2), {
        what: tex`network N, output 0, $W_1$ alone, with $\phi^T\phi'=x^Tx'$`,
        tolerance: 1e-9,
        counterExample: tex`Network N, output 0: $1.2\cdot0.5\cdot0.7=0.42$, but the kernel of $W_1$ alone is 0.125.`,
      }),
    ),
    corrected(
      tex`$\phi^T\phi'$ is the $n_{l-1}\times n_{l-1}$ kernel of the layer below: $(W_k\odot\dot\sigma)\,K^{(l-1)}(x,x')\,(W_k\odot\dot\sigma')^T$.`,
      equals(lower[0], weighted * below, { what: "network N, output 0, with $K^{(1)}=x^Tx'I$", tolerance: 1e-12 }),
      equals([weighted, below, own + weighted * below], [.25, .5, expected[0][0]], { what: tex`$0.178+0.25\cdot0.5=0.303$` }),
    ),
    printed(
      tex`Equation 28: $W_k^TW_k\to I$ for the row $W_k$ of an output.`,
      equals(spectrumOf(gramOf({ rows: 1, cols: 4, data: w })), [1, 1, 1, 1], {
        what: "eigenvalues of $W_k^TW_k$, row 0 of network N's $W_2$, against those of $I$",
        claims: ["A-A.2-1"],
        counterExample: "A row's $W_k^TW_k$ has rank 1: eigenvalues $(0.54,0,0,0)$. At every width $n-1$ of them are 0.",
      }),
    ),
    printed(
      tex`The variance of the weights is $1/\sqrt{n_{l-1}}$.`,
      equals(diagonals(1 / Math.sqrt(width), "root"), 1, {
        what: tex`mean diagonal of $W^TW$, one square Gaussian $W$, $n=${width}$, variance $1/\sqrt n$, within 4 standard errors of variance $1/n$`,
        claims: ["A-A.2-1"],
        tolerance: 4 * Math.sqrt(2 / width) / Math.sqrt(width),
        counterExample: tex`$n=${width}$: the diagonal is about $\sqrt n=20$.`,
      }),
    ),
    corrected(
      tex`The variance must be $1/n_{l-1}$ (standard deviation $1/\sqrt{n_{l-1}}$).`,
      equals(diagonals(1 / width, "one"), 1, {
        what: `mean diagonal of $W^TW$ of one such $W$ with variance $1/n$, within 4 standard errors`,
        tolerance: 4 * Math.sqrt(2 / width) / Math.sqrt(width),
      }),
    ),
    corrected(
      tex`What converges is the sum that the recursion reads: $\sum_jW_{kj}^2\dot\sigma_j\dot\sigma_j'\to\dot\Sigma$.`,
      atMost(
        Math.abs(mean(slopes) - expectedReluSlope({ xx: 1, xy: Math.cos(angle), yy: 1 })),
        fourErrors(slopes),
        { what: tex`ReLU, angle $\pi/3$, $n=1024$, ${draws} draws: distance of the mean from $1/3$ against 4 standard errors` },
      ),
    ),
  ];
});

const layersOf = () => networkN().layers;

/** tr(W^T W) / n for a square Gaussian W. */
function meanDiagonal(variance: number, rng: Rng): number {
  const { data } = drawMatrix(width, width, variance, rng);
  return dot(data, data) / width;
}

/** sum_j W_j^2 relu'(f_j) relu'(f'_j) over 1024 units whose pre-activations have the angle's correlation. */
function weightedSlopes(rng: Rng): number {
  let sum = 0;
  for (let j = 0; j < 1024; j++) {
    const f = rng.normal(), f2 = Math.cos(angle) * f + Math.sin(angle) * rng.normal();
    if (f > 0 && f2 > 0) sum += rng.normal() ** 2 / 1024;
  }
  return sum;
}
