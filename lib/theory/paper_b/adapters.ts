/** Section 6.1: the adapters that paper B compares with, on a 3 x 3 weight in float64 (PiSSA, OLoRA, DoRA). */
import { columnOf, type Matrix, matrixOf, minus, multiply, plus, rowNorms, scaled, times, transpose } from "../../math/matrix.ts";
import { lowRankSigma } from "../../spectral/low_rank.ts";
import { topSingular } from "../../spectral/sigma_max.ts";
import { qr } from "../../tensor/linalg.ts";
import { atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { fixture } from "../fixtures.ts";
import { frobenius, largestSingular, norm } from "./instances.ts";

const tex = String.raw;

export const pissa = theoremCell({
  id: "B-x5",
  section: "6.1",
  title: "PiSSA's start",
  statement: tex`$A=\sqrt{\Sigma_r/s}\,V_r^T$, $B=U_r\sqrt{\Sigma_r/s}$, and the base weight becomes $W-sBA$.`,
}, () => {
  const { inputs: { W: rows, s }, expected } = fixture("B-x5"),
    W = matrixOf(rows),
    { u, s: values, v } = topSingular(W, 3),
    root = Math.sqrt(values[0] / s);
  const [u1, v1] = [u, v].map((vectors) => columnOf(vectors, 0)), B = scaled(u1, root), A = scaled(transpose(v1), root);
  const product = scaled(multiply(B, A), s), base = minus(W, product);
  const inTop = frobenius(multiply(transpose(u1), B)) ** 2 + frobenius(multiply(A, v1)) ** 2;
  return [
    shared(
      tex`$sBA=U_r\Sigma_rV_r^T$, so at the start the layer computes with $W$.`,
      equals(product.data, expected.prod.flat(), { what: tex`$sBA$ for $W$ of M at $r=1$, $s=2$` }),
      equals(plus(base, product).data, W.data, { what: tex`base $+\,sBA$ against $W$`, tolerance: 1e-12 }),
    ),
    shared(
      tex`The base is what is left: its largest singular value is $\sigma^{r+1}$.`,
      equals([lowRankSigma(B, A, s).values[0], largestSingular(base)], [expected.sBA, expected.resid], {
        what: tex`$\sigma_{max}(sBA)$ and that of the base`,
      }),
    ),
    printed(
      tex`Read as in section 4.3, $\Delta W=BA$ is small beside $W_{pre}$.`,
      atMost(lowRankSigma(B, A, s).values[0], .5 * values[0], {
        what: tex`$\sigma_{max}(sBA)$ at the start, before any training, against half of $\sigma_{max}(W)$`,
        counterExample: tex`PiSSA starts with $\sigma_{max}(sBA)=\sigma_{max}(W)=1.532298$: ratio 1 to the whole weight, 0.63 to the base.`,
      }),
    ),
    corrected(
      tex`What training adds is $BA-B_0A_0$, zero at the start; equation 12 on $BA$ would rescale $W$'s own first term instead.`,
      equals(lowRankSigma(sideBySide(B, B), stacked(A, scaled(A, -1)), s).values, [0, 0], {
        what: tex`singular values of $s(BA-B_0A_0)$ at the start, from the factors`,
        tolerance: 1e-12,
      }),
    ),
    shared(
      tex`And all of $A$ and $B$ lies in the directions that the penalty of equation 10 pushes against.`,
      equals(inTop, frobenius(A) ** 2 + frobenius(B) ** 2, { what: tex`$\Omega_1$ against $\lVert A\rVert^2+\lVert B\rVert^2$`, tolerance: 1e-12 }),
    ),
  ];
});

export const olora = theoremCell({
  id: "B-x6",
  section: "6.1",
  title: "OLoRA's start",
  statement: tex`$W=QR$; $B=Q_{:,:r}$, $A=R_{:r,:}$, and the base weight becomes $W-sBA$, with no division by $s$.`,
}, () => {
  const { inputs: { W: rows, s }, expected } = fixture("B-x6"), W = matrixOf(rows), { q, r } = qr(W);
  const B = columnOf(q, 0),
    A = { rows: 1, cols: 3, data: r.data.slice(0, 3) },
    product = scaled(multiply(B, A), s),
    base = minus(W, product);
  return [
    shared(
      tex`$sBA$ is $s$ times the first term of $QR$; the base makes up for it.`,
      equals(product.data, expected.prod.flat(), { what: tex`$sBA$ for $W$ of M at $r=1$, $s=2$` }),
      equals(base.data, expected.base.flat(), { what: "the base" }),
      equals(plus(base, product).data, W.data, { what: tex`base $+\,sBA$ against $W$`, tolerance: 1e-12 }),
    ),
    shared(
      tex`The columns of $B$ are orthonormal, so $\sigma_{max}(sBA)=s\lVert A\rVert_2$.`,
      equals([lowRankSigma(B, A, s).values[0], s * norm(A.data)], [expected.sBA, expected.sBA], { what: "from the factors, and by the norm" }),
    ),
    printed(
      tex`Read as in section 5.3, equation 12 raises the strength of the update to that of $W_{pre}$.`,
      atMost(lowRankSigma(B, A, s).values[0], largestSingular(W), {
        what: tex`$\sigma_{max}(sBA)$ at the start against $\sigma_{max}(W)$`,
        counterExample:
          tex`OLoRA starts at $\sigma_{max}(sBA)=2.982141>\sigma_{max}(W)=1.532298$: equation 12 on $BA$ would take the start back in part.`,
      }),
    ),
    corrected(
      tex`As for PiSSA, what training adds is $BA-B_0A_0$.`,
      equals(lowRankSigma(sideBySide(B, B), stacked(A, scaled(A, -1)), s).values, [0, 0], {
        what: "its singular values at the start",
        tolerance: 1e-12,
      }),
    ),
  ];
});

export const dora = theoremCell({
  id: "B-x7",
  section: "6.1",
  title: "DoRA's forward pass",
  statement:
    tex`$m_i=\lVert W_i\rVert$ per output at the start and trained; $g=m/\lVert W+sBA\rVert_{row}$ with the norm held in the gradient; $y=Wx+b+(g-1)\odot Wx+g\odot sBAx$.`,
}, () => {
  const { inputs: { W: rows, B: bRows, A: aRows, s, x }, expected } = fixture("B-x7"),
    [W, B, A] = [rows, bRows, aRows].map(matrixOf) as [Matrix, Matrix, Matrix];
  const merged = plus(W, scaled(multiply(B, A), s)), m = rowNorms(W), g = m.map((value, i) => value / rowNorms(merged)[i]);
  const base = times(W, x),
    update = times(B, times(A, x)).map((value) => s * value),
    y = base.map((value, i) => value + (g[i] - 1) * value + g[i] * update[i]);
  const byRow: Matrix = { ...merged, data: merged.data.map((value, at) => g[Math.floor(at / 3)] * value) },
    atStart = rowNorms(W).map((value, i) => m[i] / value);
  return [
    shared(
      tex`Lengths and factors.`,
      equals(m, expected.m, { what: tex`$m$ for $W$ of M` }),
      equals(g, expected.g, { what: tex`$g$ with $B=(0.1,-0.2,0.3)^T$, $A=(0.4,0,0.2)$, $s=2$` }),
    ),
    shared(
      "The output; a bias would be added as it is.",
      equals(y, expected.y, { what: tex`$y$ at $x=(1,-1,0.5)$` }),
      equals(base.map((value, i) => value + update[i]), expected.y_lora, { what: "LoRA's with the same factors" }),
    ),
    shared(
      tex`The same as one weight, each row of $W+sBA$ at its length $m_i$.`,
      equals(times(byRow, x), expected.merged, { what: "merged" }),
      equals(rowNorms(byRow), m, { what: "its rows' lengths", tolerance: 1e-12 }),
    ),
    shared(tex`At $B=0$ every $g$ is 1 and DoRA is $W$.`, equals(atStart, [1, 1, 1], { what: tex`$g$ at $B=0$`, tolerance: 0 })),
    corrected(
      tex`So scaling $s$ cannot make a row longer: for $s\to\infty$ the merged row tends to $m_i$ in the direction of $(BA)_i$, and $W_i$ fades. Equation 12 means something else here.`,
      equals(rowNorms(rescaled(W, multiply(B, A), m, 1e6)), m, { what: tex`row lengths at $s=10^6$`, tolerance: 1e-9 }),
      atMost(largestSingular(minus(rescaled(W, multiply(B, A), m, 1e9), rescaled(scaled(W, 0), multiply(B, A), m, 1))), 1e-6, {
        what: tex`distance at $s=10^9$ from the weight without $W$`,
      }),
    ),
  ];
});

/** W + s dW with rows of length m. */
function rescaled(W: Matrix, update: Matrix, m: readonly number[], s: number): Matrix {
  const merged = plus(W, scaled(update, s)), lengths = rowNorms(merged);
  return { ...merged, data: merged.data.map((value, at) => m[Math.floor(at / merged.cols)] * value / lengths[Math.floor(at / merged.cols)]) };
}

/** [B C]: two matrices of one column each. */
const sideBySide = (B: Matrix, C: Matrix): Matrix => transpose(stacked(transpose(B), transpose(C)));
const stacked = (A: Matrix, C: Matrix): Matrix => ({ rows: A.rows + C.rows, cols: A.cols, data: Float64Array.of(...A.data, ...C.data) });
