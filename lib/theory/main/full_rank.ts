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
const sizes = [128, 256, 512, 1024] as const, small = [128, 256] as const;
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
  const forms = small.map((n) => Array.from({ length: 100 }, (_, i) => form(draw(n, `form/${i}`)))), last = forms[forms.length - 1];
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
      tex`What does converge is the form of two fixed vectors: $u^TA^TAu'\to u^Tu'$, with a spread of $\sqrt{(\lVert u\rVert^2\lVert u'\rVert^2+(u^Tu')^2)/n}$.`,
      equals(matrices.map((A) => (form(A) - inner) / spreadOf(A.cols)), [0, 0, 0, 0], {
        what:
          tex`$u^TA^TAu'-u^Tu'$ of the four matrices in that unit, $u=(1,\dots,1)/\sqrt n$, $u'$ of $\sqrt{2/n}$ in the first half and 0 in the second`,
        tolerance: 4,
      }),
      equals(forms.map((values, i) => standardDeviation(values)! / spreadOf(small[i])), [1, 1], {
        what: tex`sd of $u^TA^TAu'$ over 100 draws of $A$ at $n=128,256$ in the same unit`,
        tolerance: .25,
      }),
      equals(mean(last), inner, { what: tex`its mean over the 100 draws at 256 against $u^Tu'$, to 4 standard errors`, tolerance: fourErrors(last) }),
    ),
    corrected(
      tex`And $s=1$ is needed: $s^2A^TA$ has mean $s^2I$.`,
      equals(4 * mean(last), 4 * inner, {
        what: tex`mean of $u^Ts^2A^TAu'$ at $s=2$, the same draws, to 4 standard errors`,
        tolerance: 4 * fourErrors(last),
      }),
    ),
  ];
});

/** u . u' of the two fixed unit vectors: they share half of their entries. */
const inner = Math.SQRT1_2;
const spreadOf = (n: number): number => Math.sqrt((1 + inner ** 2) / n);

/** u^T A^T A u'. */
function form(A: Matrix): number {
  const n = A.cols, u = new Float64Array(n).fill(1 / Math.sqrt(n)), half = new Float64Array(n).fill(Math.sqrt(2 / n), 0, n / 2);
  return projected(A, u, half);
}
