/** Appendix A.3: LoRA starts where full fine-tuning starts, and the kernels differ by Delta_r (paper A, equations 31-33). */
import { createAdapter } from "../../adapter/create.ts";
import { matrixFrom, storedFrom } from "../../adapter/leading.ts";
import { mergeAdapter } from "../../adapter/merge.ts";
import { type Method, methodTitle, usualStart } from "../../adapter/method.ts";
import { identity, minus, multiply, rowNorms } from "../../math/matrix.ts";
import type { Rng } from "../../math/random.ts";
import { type Encoder, linearModules } from "../../model/encoder.ts";
import { dot, forward, kernelByJacobian, networkN, withAdapter } from "../../ntk/network.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { drawMatrix, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { furthest, projected } from "../quantities.ts";

const tex = String.raw;

const rank = 4, alpha = 8, scale = alpha / rank;

const lowRank = { rank, alpha, targets: "all" } as const;
const methods: readonly Method[] = [
  { name: "lora", ...usualStart, ...lowRank },
  { name: "dora", ...lowRank },
  { name: "pissa", ...lowRank },
  { name: "olora", ...lowRank },
];

/** The module that is looked at, [24, 16], and the smallest encoder that has it: one block of width 16. */
const module = "encoder.layer.0.intermediate.dense";

function drawnEncoder(rng: Rng): Encoder {
  const config = { layers: 1, width: 16, heads: 1, innerWidth: 24, vocabularySize: 1, maxPositions: 1, layerNormEpsilon: 1e-12 };
  const drawn = linearModules(config).map(({ name, in: size, out }) =>
    [`${name}.weight`, storedFrom(drawMatrix(out, size, 1 / size, rng.fork(name)))] as const
  );
  return { config, weights: new Map(drawn) };
}

/** What a method starts from, as training does: the frozen base, the weight that the module computes with, and DoRA's lengths. */
function startOf(method: Method, encoder: Encoder, rng: Rng) {
  const { trained, fixed } = createAdapter(method, encoder, { classes: 2, head: "trained" }, rng), name = `${module}.weight`;
  return {
    title: methodTitle(method),
    base: matrixFrom(fixed.get(name) ?? encoder.weights.get(name)!),
    weight: matrixFrom(mergeAdapter(method, encoder.weights, trained, fixed).get(name)!),
    lengths: trained.get(`${module}.lora_magnitude`)?.data,
  };
}

export const equalStart = theoremCell({
  id: "A-31",
  section: "A.3",
  title: "Equal start, equation 31",
  statement: "Full fine-tuning and LoRA start from the same weights: $W_{ff}=W_0=W_0+BA=W_{LoRA}$ for $B=0$.",
}, () => {
  const rng = theoryRng.fork("A-31"), encoder = drawnEncoder(rng), W = matrixFrom(encoder.weights.get(`${module}.weight`)!);
  const inputs = drawMatrix(W.cols, 32, 1, rng.fork("x")), outputs = multiply(W, inputs);
  const made = methods.map((method) => startOf(method, encoder, rng)), [, dora] = made;
  return [
    shared(
      "With $B=0$ the product vanishes whatever $A$ is; the variants that draw $A,B$ otherwise take it off the base first. Here as training starts them, in float32.",
      ...made.map(({ title, weight }) =>
        atMost(furthest(multiply(weight, inputs), outputs), 1e-6, {
          what: tex`${title}, $W\in\mathbb R^{24\times16}$, $r=${rank}$, $s=${scale}$: largest difference of the outputs for 32 inputs`,
          claims: ["A-A.3-1"],
        })
      ),
      equals([...dora.lengths!], rowNorms(W), { what: "DoRA: the lengths that it trains apart against those of $W$'s rows, one per output" }),
    ),
    corrected(
      "The function is the same in all four; the frozen base is $W_0$ in LoRA and DoRA, another matrix in PiSSA and OLoRA.",
      ...made.slice(0, 2).map(({ title, base }) => equals(furthest(base, W), 0, { what: `${title}: largest change of the base`, tolerance: 0 })),
      ...made.slice(2).map(({ title, base }) => atLeast(furthest(base, W), .01, { what: `${title}: largest change of the base` })),
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
