/** Appendix A.3: LoRA starts where full fine-tuning starts, and the kernels differ by Delta_r (paper A, equations 31-33). */
import { identity, type Matrix, minus, multiply, transpose } from "../../math/matrix.ts";
import type { Rng } from "../../math/random.ts";
import { drawA } from "../../ntk/lora_spectrum.ts";
import { dot, forward, kernelByJacobian, networkN, withAdapter } from "../../ntk/network.ts";
import { qr, svd } from "../../tensor/linalg.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { drawMatrix, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { largest, projected } from "../quantities.ts";

const tex = String.raw;

/** What a method starts from: the frozen base and the weight that the module computes with, both [out, in]. */
interface Start {
  readonly base: Matrix;
  readonly weight: Matrix;
}

const rank = 4, scale = 2;

const plus = (W: Matrix, B: Matrix, A: Matrix, factor: number): Matrix =>
  minus(W, { ...W, data: multiply(B, A).data.map((value) => -factor * value) });

const firstColumns = ({ rows, cols, data }: Matrix, count: number): Matrix => ({
  rows,
  cols: count,
  data: Float64Array.from({ length: rows * count }, (_, at) => data[Math.floor(at / count) * cols + at % count]),
});

const starts: Record<string, (W: Matrix, rng: Rng) => Start> = {
  LoRA: (W, rng) => ({ base: W, weight: plus(W, zeroB(W), kaiming(W, rng), scale) }),
  /** Columns of W + s B A scaled to the norms of W's (Liu et al. 2024). */
  DoRA(W, rng) {
    const direction = plus(W, zeroB(W), kaiming(W, rng), scale), [norms, now] = [columnNorms(W), columnNorms(direction)];
    return { base: W, weight: { ...W, data: direction.data.map((value, at) => value * norms[at % W.cols] / now[at % W.cols]) } };
  },
  /** B A is the leading part of the SVD, the base keeps the rest (Meng et al. 2024). */
  PiSSA(W) {
    const { u, s, v } = svd(W), [U, V] = [firstColumns(u, rank), firstColumns(v, rank)];
    const half = (a: Matrix) => ({ ...a, data: a.data.map((value, at) => value * Math.sqrt(s[at % rank] / scale)) });
    return split(W, half(U), transpose(half(V)));
  },
  /** B A is the leading part of the QR decomposition (Buyukakyuz 2024). */
  OLoRA(W) {
    const { q, r } = qr(W);
    return split(W, firstColumns(q, rank), { rows: rank, cols: r.cols, data: r.data.slice(0, rank * r.cols) });
  },
};

function split(W: Matrix, B: Matrix, A: Matrix): Start {
  const base = plus(W, B, A, -scale);
  return { base, weight: plus(base, B, A, scale) };
}

const zeroB = ({ rows }: Matrix): Matrix => ({ rows, cols: rank, data: new Float64Array(rows * rank) });
const kaiming = ({ cols }: Matrix, rng: Rng): Matrix => drawA({ rank, init: "kaiming-uniform", initVariance: 1 / 3 }, cols, rng);
const columnNorms = (W: Matrix) =>
  Array.from({ length: W.cols }, (_, j) => Math.sqrt(W.data.reduce((sum, w, at) => at % W.cols === j ? sum + w * w : sum, 0)));
const furthest = (a: Matrix, b: Matrix) => largest(minus(a, b).data.map(Math.abs));

export const equalStart = theoremCell({
  id: "A-31",
  section: "A.3",
  title: "Equal start, equation 31",
  statement: "Full fine-tuning and LoRA start from the same weights: $W_{ff}=W_0=W_0+BA=W_{LoRA}$ for $B=0$.",
}, () => {
  const rng = theoryRng.fork("A-31"), W = drawMatrix(24, 16, 1 / 16, rng), inputs = drawMatrix(16, 32, 1, rng.fork("x"));
  const outputs = multiply(W, inputs), made = Object.entries(starts).map(([name, start]) => ({ name, ...start(W, rng.fork(name)) }));
  return [
    shared(
      "With $B=0$ the product vanishes whatever $A$ is; the variants that draw $A,B$ otherwise take it off the base first.",
      ...made.map(({ name, weight }) =>
        atMost(furthest(multiply(weight, inputs), outputs), 1e-6, {
          what: tex`${name}, $W\in\mathbb R^{24\times16}$, $r=${rank}$, $s=${scale}$: largest difference of the outputs for 32 inputs`,
          claims: ["A-A.3-1"],
        })
      ),
    ),
    corrected(
      "The function is the same in all four; the frozen base is $W_0$ in LoRA and DoRA, another matrix in PiSSA and OLoRA.",
      ...made.slice(0, 2).map(({ name, base }) => equals(furthest(base, W), 0, { what: `${name}: largest change of the base`, tolerance: 0 })),
      ...made.slice(2).map(({ name, base }) => atLeast(furthest(base, W), .01, { what: `${name}: largest change of the base` })),
    ),
  ];
});

export const difference = theoremCell({
  id: "A-32",
  section: "A.3",
  title: "Difference of the kernels, equations 32 and 33",
  statement: tex`Both kernels share $K^{(l-1)}\dot\Sigma^{(l)}$, so $K_{LoRA}=K_{ff}+\Delta_r$ with $\Delta_r=u^T(A^TA-I)u'$.`,
}, () => {
  const { layers: [first, second], A2, x, x2 } = networkN(), { expected } = fixture("A-15");
  const [u, u2] = [x, x2].map((one) => forward([first, second], one).post[0]);
  const gap = (s: number, b = x2) => minus(kernelByJacobian([first, withAdapter(second, A2, s)], x, b), kernelByJacobian([first, second], x, b)).data;
  const delta = (s: number, v = u2) => projected(A2, u, v, s) - dot(u, v);
  return [
    printed(
      tex`Equation 32 writes the layer's term $\sigma(y)^TA\cdot A\,\sigma(y')$.`,
      equals(A2.cols, A2.rows, {
        what: tex`for $A\cdot A$ the columns of $A$ must be as many as its rows`,
        tolerance: 0,
        counterExample: tex`$A\in\mathbb R^{2\times4}$: the product is not defined; it must read $A^TA$.`,
      }),
    ),
    printed(
      tex`Equation 33: subtracting, $\Delta_r=u^T(A^TA-I)u'$.`,
      ...[1, 2].map((s) =>
        equals(gap(s), identity(2, delta(1)).data, {
          what: `network N, $s=${s}$: difference of the explicit Jacobians' kernels at $(x,x')$`,
          claims: ["A-A.3-2"],
          tolerance: 1e-9,
          counterExample: tex`Network N, $s=\alpha/r=2$: the difference is $+0.06906$, the formula gives $-0.116235$.`,
        })
      ),
    ),
    corrected(
      tex`$\Delta_r=u^T(s^2A^TA-I)u'$.`,
      equals([...gap(1), ...gap(2)], [...identity(2, delta(1)).data, ...identity(2, delta(2)).data], {
        what: "network N, $s=1$ and $s=2$",
        tolerance: 1e-9,
      }),
      equals([gap(1)[0], gap(2)[0], gap(1, x)[0]], [expected.delta_s1, expected.delta_s2, expected.delta_same_s1], { what: "the values" }),
    ),
  ];
});
