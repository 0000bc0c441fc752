/** Section 3.2: LoRA at full rank (paper A, Corollary 3.5). */
import type { Matrix } from "../../math/matrix.ts";
import { mean, standardDeviation } from "../../math/statistics.ts";
import { drawA, largestEigenvalue } from "../../ntk/lora_spectrum.ts";
import { dot } from "../../ntk/network.ts";
import { gramMatrix } from "../../ntk/spectrum.ts";
import { atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { bulkRng, theoryRng } from "../draws.ts";
import { fourErrors, projected } from "../quantities.ts";

const tex = String.raw;
const sizes = [128, 256, 512, 1024] as const;
const draw = (n: number, name: string | number): Matrix =>
  drawA({ rank: n, init: "gaussian", initVariance: 1 }, n, bulkRng(theoryRng.fork("A-C3.5").fork(n).fork(name)));

/** ||A^T A - I||_F^2, and that of A A^T - I, which is the same for a square A. */
function squaredDistance(A: Matrix): number {
  return gramMatrix(A).data.reduce((sum, value, at) => sum + (value * A.rows - (at % (A.rows + 1) ? 0 : 1)) ** 2, 0);
}

export const fullRank = theoremCell({
  id: "A-C3.5",
  section: "3.2",
  title: "Corollary 3.5: full rank",
  statement: tex`With $r=n_{l-1}$ and $\sigma_a^2=1/n_{l-1}$, $M_\Delta$ converges to 0 as $n_{l-1}\to\infty$ and $K_{LoRA}=K_{ff}$.`,
}, () => {
  const matrices = sizes.map((n) => draw(n, 0)), norms = matrices.map((A) => largestEigenvalue(A) - 1);
  const entries = Array.from({ length: 400 }, (_, i) => {
    const { data } = draw(16, `entry/${i}`), column = (j: number) => data.filter((_, at) => at % 16 === j);
    return [dot(column(0), column(1)), dot(column(0), column(0))];
  });
  const [off, on] = [0, 1].map((at) => entries.map((entry) => entry[at]));
  const forms = sizes.map((n) => Array.from({ length: 100 }, (_, i) => drawnForm(n, i))), spreads = forms.map((values) => standardDeviation(values)!);
  return [
    shared(
      tex`Off the diagonal $\mathbb E(A^TA)_{pq}=\sum_u\mathbb EA_{up}\,\mathbb EA_{uq}=0$.`,
      equals(mean(off), 0, {
        what: tex`mean of $(A^TA)_{01}$ over 400 draws, $n=16$, to 4 standard errors`,
        tolerance: fourErrors(off),
      }),
    ),
    shared(
      tex`On it $\mathbb E(A^TA)_{pp}=n\sigma_a^2=1$. So $\mathbb E[A^TA]=I$.`,
      equals(mean(on), 1, { what: tex`mean of $(A^TA)_{00}$ over the same draws, to 4 standard errors`, tolerance: fourErrors(on) }),
    ),
    printed(
      tex`Hence $A^TA\to I$.`,
      atMost(norms[norms.length - 1], 2.5, {
        what: tex`$\lVert A^TA-I\rVert_2$ at $n=1024$, one draw, has fallen below 2.5`,
        claims: ["A-3.2-6"],
        counterExample: tex`$\lVert A^TA-I\rVert_2$ at $n=128,256,512,1024$: ${norms.map((norm) => norm.toFixed(3)).join(", ")}.`,
      }),
      atMost(squaredDistance(matrices[3]) / 1024, .5, {
        what: tex`$\lVert A^TA-I\rVert_F^2/n$ of the same draw has fallen below one half`,
        claims: ["A-3.2-6"],
        counterExample: tex`It stays at 1: $n^2$ entries of variance $1/n$ each.`,
      }),
    ),
    corrected(
      tex`An expectation is no limit of matrices. The largest eigenvalue of $A^TA$ tends to $(1+\sqrt{r/n})^2=4$, so $\lVert A^TA-I\rVert_2\to3$.`,
      equals(norms, [3, 3, 3, 3], { what: tex`spectral norm at $n=128,256,512,1024$, one draw each`, tolerance: .5 }),
      equals(norms[3], 3, { what: "of the draw at 1,024", tolerance: .2 }),
    ),
    corrected(
      tex`$n^2$ entries deviate by variance $1/n$: $\lVert A^TA-I\rVert_F^2/n\to1$.`,
      equals(matrices.map((A) => squaredDistance(A) / A.rows), [1, 1, 1, 1], { what: tex`of the same four draws`, tolerance: .05 }),
    ),
    corrected(
      tex`What does converge is the form of two fixed vectors: $v^TA^TAv\to\lVert v\rVert^2$, with a spread of $\sqrt{2/n}$.`,
      equals(matrices.map((A) => (form(A) - 1) / Math.sqrt(2 / A.rows)), [0, 0, 0, 0], {
        what: tex`$v^TA^TAv-1$ of the four matrices in units of $\sqrt{2/n}$, $v=(1,\dots,1)/\sqrt n$`,
        tolerance: 4,
      }),
      equals(spreads.map((spread, i) => spread / Math.sqrt(2 / sizes[i])), [1, 1, 1, 1], {
        what: tex`sd of $v^TA^TAv$ over 100 draws in the same units`,
        tolerance: .25,
      }),
      equals(mean(forms[3]), 1, { what: "its mean over the 100 draws at 1,024, to 4 standard errors", tolerance: fourErrors(forms[3]) }),
    ),
    corrected(
      tex`And $s=1$ is needed: $s^2A^TA$ has mean $s^2I$.`,
      equals(4 * mean(forms[3]), 4, {
        what: tex`mean of $v^Ts^2A^TAv$ at $s=2$, the same draws, to 4 standard errors`,
        tolerance: 4 * fourErrors(forms[3]),
      }),
    ),
  ];
});

/** v^T A^T A v for a unit v: the entries of A v are n independent normal numbers of variance 1 / n, as those of a row of A are. */
function drawnForm(n: number, i: number): number {
  const { data } = drawA({ rank: 1, init: "gaussian", initVariance: 1 }, n, bulkRng(theoryRng.fork("A-C3.5/form").fork(n).fork(i)));
  return dot(data, data);
}

/** The same of a drawn matrix, v = (1, ..., 1) / sqrt(n). */
function form(A: Matrix): number {
  const v = new Float64Array(A.cols).fill(1 / Math.sqrt(A.cols));
  return projected(A, v, v);
}
