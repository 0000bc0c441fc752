/** Appendix B: self-attention, its gradients and its kernel with LoRA on one projection (paper A, equations 50-54). */
import { identity, type Matrix, matrixOf, multiply, plus, scaled, transpose, zeros } from "../../math/matrix.ts";
import { attention, attentionGradients, type AttentionWeights, type Projection, projections } from "../../ntk/attention.ts";
import { drawA } from "../../ntk/lora_spectrum.ts";
import { dot } from "../../ntk/network.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { gradientByDifferences } from "../differences.ts";
import { drawMatrix, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { furthest, largest } from "../quantities.ts";

const tex = String.raw;

function given() {
  const { inputs, expected } = fixture("A-50");
  const weights: AttentionWeights = { q: matrixOf(inputs.WQ), k: matrixOf(inputs.WK), v: matrixOf(inputs.WV), o: identity(2) };
  return { weights, x: matrixOf(inputs.x), x2: matrixOf(inputs.x2), C: matrixOf(inputs.C), A: matrixOf(inputs.A), expected };
}

interface Instance {
  readonly weights: AttentionWeights;
  readonly x: Matrix; // [d, t]
  readonly x2: Matrix; // [d, t]
  /** f = sum C * output. */
  readonly C: Matrix; // [d, t]
}

/** Width 4, five tokens, all four projections. */
function drawn(i: number): Instance {
  const rng = theoryRng.fork("A-50").fork(i), [d, t] = [4, 5], square = (name: string) => drawMatrix(d, d, 1 / d, rng.fork(name));
  const weights = { q: square("q"), k: square("k"), v: square("v"), o: square("o") };
  const [x, x2, C] = ["x", "x'", "C"].map((name) => drawMatrix(d, t, 1, rng.fork(name)));
  return { weights, x, x2, C };
}

/** f as a function of one projection's weight. */
const outputOf = ({ weights, C }: Omit<Instance, "x2" | "x">, x: Matrix, name: Projection) => (moved: Matrix): number =>
  dot(C.data, attention({ ...weights, [name]: moved }, x).output.data);

export const definition = theoremCell({
  id: "A-50",
  section: "B",
  title: "Self-attention, equations 50 and 51",
  statement:
    tex`$\alpha=\mathrm{SM}(x^TW_Q^TW_Kx/\sqrt d)$, $x_{attn}=\alpha V$ with $V=W_Vx$, and by the chain rule $\partial_{W_K}x_{attn}=\partial_\alpha x_{attn}\,\partial_{\alpha_a}\alpha\,\partial_{W_K}\alpha_a$. Columns of $x\in\mathbb R^{d\times T}$ are tokens.`,
}, () => {
  const { weights, x, x2, C, expected } = given(), instance = { weights, C };
  const { probabilities, values, output } = attention(weights, x), k = (input: Matrix) => attentionGradients(weights, input, C).k;
  const many = Array.from({ length: 5 }, (_, i) => drawn(i));
  const [one] = many, wide = attention(one.weights, one.x), single = { ...one.x, cols: 1, data: one.x.data.filter((_, at) => at % 5 === 0) };
  return [
    shared(
      tex`$\alpha_a=Q^TK/\sqrt d\in\mathbb R^{T\times T}$, and the softmax runs along its rows.`,
      equals(probabilities.data, expected.alpha.flat(), { what: tex`the example with $d=T=2$: $\alpha$` }),
      equals(multiply(probabilities, matrixOf([[1], [1]])).data, [1, 1], { what: "its row sums" }),
    ),
    printed(
      tex`Equation 50 ends with $x_{attn}=\alpha V$.`,
      equals(wide.probabilities.cols, wide.values.rows, {
        what: tex`$d=4$, $T=5$: for $\alpha V$ the columns of $\alpha$ must be as many as the rows of $V$`,
        tolerance: 0,
        counterExample:
          tex`$\alpha\in\mathbb R^{T\times T}$, $V\in\mathbb R^{d\times T}$: not defined for $T\ne d$; for $T=d$ it mixes features by the tokens' weights.`,
      }),
    ),
    corrected(
      tex`With tokens in columns: $x_{attn}=V\alpha^T$.`,
      equals(output.data, expected.output.flat(), { what: "the example's output" }),
      equals(multiply(values, transpose(probabilities)).data, output.data, { what: tex`$V\alpha^T$`, tolerance: 1e-12 }),
    ),
    printed(
      tex`The second line of equation 51, as far as it can be read, is a product of Kronecker factors that begins with $(I_d\otimes(W_Vx)^T)\,\dot{\mathrm{SM}}(\alpha_a)$.`,
      equals(one.x.rows ** 2, one.x.cols ** 2, {
        what: tex`$d=4$, $T=5$: the columns of $I_d\otimes(W_Vx)^T$ must be as many as the rows of $\dot{\mathrm{SM}}$, the entries of $\alpha$`,
        tolerance: 0,
        counterExample: tex`$(W_Vx)^T\in\mathbb R^{T\times d}$, so $d^2=16$ columns meet the $T^2=25$ entries of $\alpha$: not defined for $T\ne d$.`,
      }),
    ),
    corrected(
      tex`Its first line, the chain rule, holds; in matrices, for a scalar $f$ with $G=\partial f/\partial x_{attn}$: $d\alpha=G^TV$, $dS=\alpha\odot(d\alpha-(\alpha\odot d\alpha)\mathbf1\mathbf1^T)$, $dW_K=\frac1{\sqrt d}W_Qx\,dS\,x^T$.`,
      ...[x, x2].map((input, i) =>
        equals(k(input).data, gradientByDifferences(outputOf(instance, input, "k"), weights.k).data, {
          what: tex`the example, ${i ? "second" : "first"} input: $\partial f/\partial W_K$ against differences, $f=\mathrm{tr}\,x_{attn}$`,
          claims: ["A-B-2"],
          tolerance: 1e-9,
        })
      ),
      atMost(largest(many.map((each) => gradientGap(each, "k"))), 1e-9, {
        what: tex`five draws with $d=4$, $T=5$: largest distance of $\partial f/\partial W_K$ from differences`,
        claims: ["A-B-2"],
      }),
      equals([...k(x).data, ...k(x2).data], [...expected.gradWK_x.flat(), ...expected.gradWK_x2.flat()], { what: "the example's values" }),
    ),
    shared(
      tex`The other projections: $dW_Q=\frac1{\sqrt d}W_Kx\,dS^Tx^T$, $dW_V=G\alpha x^T$; with an output matrix, $dW_O=C(V\alpha^T)^T$, $G=W_O^TC$.`,
      ...(["q", "v", "o"] as const).map((name) =>
        atMost(largest(many.map((each) => gradientGap(each, name))), 1e-9, {
          what: tex`five draws: largest distance of $\partial f/\partial W_${name.toUpperCase()}$ from differences`,
        })
      ),
    ),
    shared(
      tex`With one token $\alpha=1$ whatever $W_Q$ and $W_K$ are: they have no gradient.`,
      equals(attentionGradients(one.weights, single, { ...single, data: single.data.map(() => 1) }).k.data, new Float64Array(16), {
        what: tex`$T=1$: $\partial f/\partial W_K$`,
        tolerance: 1e-12,
      }),
    ),
  ];
});

const gradientGap = (instance: Instance, name: Projection): number =>
  furthest(
    attentionGradients(instance.weights, instance.x, instance.C)[name],
    gradientByDifferences(outputOf(instance, instance.x, name), instance.weights[name]),
  );

/** The kernel of A and B at B = 0 for W = W_0 + s B A, from differences by both: the explicit Jacobian of the adapted head. */
function explicitLora(instance: Instance, name: Projection, A: Matrix, scale: number): number {
  const base = instance.weights[name], zero = zeros(base.rows, A.rows);
  const merged = (B: Matrix, factor: Matrix) => plus(base, scaled(multiply(B, factor), scale));
  const [g, g2] = [instance.x, instance.x2].map((x) => {
    const f = outputOf(instance, x, name);
    return [gradientByDifferences((B) => f(merged(B, A)), zero).data, gradientByDifferences((moved) => f(merged(zero, moved)), A).data];
  });
  return dot(g[0], g2[0]) + dot(g[1], g2[1]);
}

/** <G A^T, G' A^T> with the gradients of one projection. */
function formula(instance: Instance, name: Projection, A: Matrix): number {
  const [g, g2] = [instance.x, instance.x2].map((x) => multiply(attentionGradients(instance.weights, x, instance.C)[name], transpose(A)).data);
  return dot(g, g2);
}

export const kernels = theoremCell({
  id: "A-52",
  section: "B",
  title: "Kernel of self-attention with LoRA, equations 52-54",
  statement:
    "$K_{attn;ff}=V^TV'+K_{others}$ and, with LoRA on $W_K$, $K_{attn;LoRA}=V^TA^TAV'+K_{others}$, where $V$ is said to be the factor of the gradient " +
    "that faces the input. The same is said to hold for $W_Q$ and $W_V$.",
}, () => {
  const { A, expected, ...instance } = given(), many = Array.from({ length: 5 }, (_, i) => drawn(i));
  const factors = many.map((_, i) => drawA({ rank: 2, init: "kaiming-uniform", initVariance: 1 / 3 }, 4, theoryRng.fork("A-53").fork(i)));
  const [G, G2] = [instance.x, instance.x2].map((x) => attentionGradients(instance.weights, x, instance.C));
  const inner = (name: Projection) => dot(G[name].data, G2[name].data), ff = inner("k"), lora = formula(instance, "k", A);
  const full = (name: Projection) => {
    const [g, g2] = [instance.x, instance.x2].map((x) => gradientByDifferences(outputOf(instance, x, name), instance.weights[name]).data);
    return dot(g, g2);
  };
  const withA = [G, G2].map((gradients) => multiply(A, transpose(gradients.k))); // V as printed, for a scalar f: [r, d]
  const gap = (name: Projection, scale: number, factor: number) =>
    largest(many.map((each, i) => Math.abs(explicitLora(each, name, factors[i], scale) - factor * formula(each, name, factors[i]))));
  return [
    shared(
      tex`Equation 52: the kernel is the sum of $\langle G,G'\rangle$ over the projections, $G=\partial f/\partial W$.`,
      equals(projections.slice(0, 3).map(inner), projections.slice(0, 3).map(full), {
        what: "the example: the terms of $W_Q$, $W_K$, $W_V$ against differences",
        tolerance: 1e-9,
      }),
      equals(ff, expected.kernelFF, { what: "the term of $W_K$", tolerance: 1e-9 }),
    ),
    printed(
      tex`Equation 54's $V$, as far as it can be read, has $A$ in it: $V=A_{W_K}x\otimes\dots$, and full fine-tuning's term is $V^TV'$, LoRA's $V^TA^TAV'$.`,
      equals(dot(withA[0].data, withA[1].data), ff, {
        what: tex`the example, a scalar $f$ and so $V=AG^T$: $\mathrm{tr}\,V^TV'$ against full fine-tuning's term`,
        tolerance: 1e-9,
        counterExample: tex`The example: $0.000372557$, which is LoRA's term, against $0.000136970$: full fine-tuning knows no $A$.`,
      }),
      equals(withA[0].rows, A.cols, {
        what: tex`the example, $r=1$, $d=2$: for $AV$ the rows of $V$ must be as many as the columns of $A$`,
        tolerance: 0,
        counterExample: tex`$Ax$ has $r$ rows, $A$ has $d$ columns: $AV$ is not defined for $r\ne d$.`,
      }),
    ),
    corrected(
      tex`Without it, $V=x\otimes\dots$: for a scalar $f$ that is $V=G^T$, and $\mathrm{tr}\,V^TV'=\langle G,G'\rangle$ is full fine-tuning's term.`,
      equals(dot(G.k.data, G2.k.data), full("k"), { what: "the example against differences", tolerance: 1e-9 }),
    ),
    shared(
      tex`Equations 53 and 54 with that $V$, at $s=1$: $W_K=W_{K0}+BA$ at $B=0$ has $\partial f/\partial B=GA^T$ and $\partial f/\partial A=0$, so the term is $\langle GA^T,G'A^T\rangle=\mathrm{tr}(GA^TAG'^T)$.`,
      equals(explicitLora(instance, "k", A, 1), lora, {
        what: tex`the example, $s=1$: explicit Jacobian against $\langle GA^T,G'A^T\rangle$`,
        claims: ["A-B-3"],
        tolerance: 1e-9,
      }),
      atMost(gap("k", 1, 1), 1e-9, { what: "five draws, $d=4$, $T=5$, $r=2$, $s=1$: largest distance", claims: ["A-B-3"] }),
      equals(lora, expected.kernelLoRA, { what: "the example's value", tolerance: 1e-9 }),
    ),
    printed(
      tex`The same without $s$ where $\alpha\ne r$.`,
      equals(explicitLora(instance, "k", A, 2), lora, {
        what: tex`the example, $s=2$: explicit Jacobian against $\langle GA^T,G'A^T\rangle$`,
        claims: ["A-B-3"],
        tolerance: 1e-9,
        counterExample: tex`The example with $s=\alpha/r=2$: $0.00149023=4\cdot0.000372557$.`,
      }),
    ),
    corrected(
      tex`The term is $s^2\langle GA^T,G'A^T\rangle$.`,
      equals(explicitLora(instance, "k", A, 2), 4 * lora, { what: "the example, $s=2$", tolerance: 1e-9 }),
      atMost(gap("k", 2, 4), 1e-9, { what: "five draws, $s=2$: largest distance" }),
    ),
    shared(
      "Closing remark: what holds for $W_K$ holds for $W_Q$ and $W_V$ (and $W_O$), with their own $G$ and the same $s^2$.",
      ...(["q", "v", "o"] as const).flatMap((name) =>
        [1, 2].map((scale) =>
          atMost(gap(name, scale, scale ** 2), 1e-9, {
            what: tex`LoRA on $W_${name.toUpperCase()}$, five draws, $s=${scale}$: largest distance from $s^2\langle GA^T,G'A^T\rangle$`,
            claims: ["A-B-4"],
          })
        )
      ),
    ),
    corrected(
      tex`A negative semi-definite $A^TA-I$ orders the terms at $x=x'$ only: at $x\ne x'$ LoRA's may be the larger.`,
      atLeast(lora, ff, { what: tex`the example, $x\ne x'$, $A=(0.5,-0.4)$, $\lVert A\rVert^2=0.41<1$: LoRA's term against full fine-tuning's` }),
      atMost(dot(...pair(multiply(G.k, transpose(A)).data)), dot(...pair(G.k.data)), { what: "the example at $x=x'$" }),
    ),
  ];
});

const pair = (v: Float64Array): [Float64Array, Float64Array] => [v, v];
