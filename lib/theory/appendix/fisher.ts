/** Appendix A.1: the Fisher information through the kernel, for cross-entropy and squared error (paper A, equations 19-26). */
import { times } from "../../math/matrix.ts";
import { dot, forward, jacobian, kernelByJacobian, kernelByRecursion, type Layer, lossGradient, networkN } from "../../ntk/network.ts";
import { atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { gradientByDifferences } from "../differences.ts";
import { drawNet, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { crossEntropy, fisherSpectrum, largest, quadraticForm, type Sample } from "../quantities.ts";
import { randomSamples } from "./instances.ts";

const tex = String.raw;

/** J grad_F: the chain rule with the explicit Jacobian. */
function parameterGradient(layers: readonly Layer[], { x, label }: Sample): Float64Array {
  return times(jacobian(layers, x), lossGradient(forward(layers, x).output, label));
}

const row = (values: ArrayLike<number>) => ({ rows: 1, cols: values.length, data: Float64Array.from(values) });

/** The gradient of the loss by every weight of a fully trained net, without the chain rule. */
function gradientByWeights(layers: readonly Layer[], { x, label }: Sample): number[] {
  return layers.flatMap(({ weight }, l) => {
    const loss = (moved: typeof weight) => crossEntropy(forward(layers.with(l, { ...layers[l], weight: moved }), x).output, label);
    return [...gradientByDifferences(loss, weight).data];
  });
}

export const chainRule = theoremCell({
  id: "A-19",
  section: "A.1",
  title: "Proof of Theorem 2.2, equations 19-21",
  statement:
    tex`By the chain rule the expected squared norm of the loss gradient is a quadratic form of the kernel: $\mathcal I_\theta=\mathbb E_x[\nabla_\theta\mathcal L^T\nabla_\theta\mathcal L]=\mathbb E_x[\nabla_F\mathcal L^TK_{ntk}(x,x)\nabla_F\mathcal L]$.`,
}, () => {
  const { layers, x, x2 } = networkN(), samples = [{ x, label: 0 }, { x: x2, label: 1 }], [sample] = samples;
  const gradient = parameterGradient(layers, sample), delta = lossGradient(forward(layers, x).output, 0);
  const sides = (net: readonly Layer[], one: Sample) => {
    const g = parameterGradient(net, one), d = lossGradient(forward(net, one.x).output, one.label);
    return [dot(g, g), quadraticForm(d, kernelByRecursion(net, one.x, one.x))];
  };
  const both = samples.map((one) => sides(layers, one)), spectrum = fisherSpectrum(layers, samples);
  const rng = theoryRng.fork("A-19");
  const drawn = Array.from({ length: 200 }, (_, i) => {
    const stream = rng.fork(i), [left, right] = sides(drawNet([4, 6, 5, 3], stream), randomSamples(1, 4, 3, stream.fork("x"))[0]);
    return Math.abs(left - right) / Math.max(1, left);
  });
  return [
    shared(
      tex`Equation 20: $\nabla_\theta\mathcal L=\nabla_\theta F\,\nabla_F\mathcal L$, with $\nabla_\theta F\in\mathbb R^{P\times n_L}$.`,
      equals(gradient, gradientByWeights(layers, sample), {
        what: tex`network N, every entry of $\nabla_\theta F\,\nabla_F\mathcal L$ against differences of the loss`,
        tolerance: 1e-9,
      }),
    ),
    shared(
      tex`Equation 21: put into $\nabla_\theta\mathcal L^T\nabla_\theta\mathcal L$, this gives $\nabla_F\mathcal L^T(\nabla_\theta F^T\nabla_\theta F)\nabla_F\mathcal L$, and the bracket is $K_{ntk}(x,x)$. Exact at every width.`,
      equals(both.map(([left]) => left), both.map(([, right]) => right), {
        what: "network N, both sides at $(x,0)$ and $(x',1)$",
        claims: ["A-A.1-1"],
        tolerance: 1e-9,
      }),
      equals(quadraticForm(delta, kernelByJacobian(layers, x, x)), fixture("A-8").expected.scalar, { what: "network N, the value at $(x,0)$" }),
      atMost(largest(drawn), 1e-9, {
        what: "200 random nets of three layers: largest relative difference of both sides",
        claims: ["A-A.1-1"],
      }),
    ),
    corrected(
      tex`Equation 19 is a number. What has eigenvalues is the matrix $\mathbb E[\nabla_\theta\mathcal L\,\nabla_\theta\mathcal L^T]\in\mathbb R^{P\times P}$, whose trace it is; with the labels of the data it is the empirical Fisher matrix.`,
      equals(spectrum, fixture("A-8b").expected.ff, { what: "network N, its nonzero eigenvalues over $(x,0)$ and $(x',1)$" }),
      equals(spectrum.reduce((a, b) => a + b), (both[0][0] + both[1][0]) / 2, { what: "their sum against equation 19" }),
    ),
  ];
});

export const crossEntropyGradient = theoremCell({
  id: "A-22",
  section: "A.1",
  title: "Cross-entropy, equations 22-24",
  statement:
    tex`For $\mathcal L=-\log Z[y]$, $Z=\mathrm{softmax}(F)$, the paper has $\nabla_F\mathcal L=Z[y]-1$ and $\mathcal I_\theta=\mathbb E[(Z[y]-1)^TK_{ntk}(x,x)(Z[y]-1)]$.`,
}, () => {
  const { inputs: { logits, label }, expected } = fixture("A-23"), one = fixture("A-1");
  const slopes = gradientByDifferences(({ data }) => crossEntropy(data, label), row(logits)).data;
  const { layers, x } = networkN(), kernel = kernelByJacobian(layers, x, x), delta = lossGradient(forward(layers, x).output, 0);
  const fisher = dot(...twice(parameterGradient(layers, { x, label: 0 })));
  return [
    shared(
      tex`Equation 22: $\mathcal L=-\sum\log Z[y]$, a sum over the examples.`,
      equals(
        one.inputs.logits.reduce((sum: number, values: number[], i: number) => sum + crossEntropy(values, one.inputs.labels[i]), 0),
        one.expected.sum,
        { what: "logits $(2,0)$ and $(0,1)$, labels 0" },
      ),
    ),
    shared(
      tex`The target's own component: $Z_y(1-Z_y)\cdot(-1/Z_y)=Z_y-1$.`,
      equals(slopes[label], lossGradient(logits, label)[label], {
        what: tex`logits $(2,0,-1)$, $y=1$: $\partial\mathcal L/\partial F_y$ by differences against $Z_y-1$`,
        tolerance: 1e-9,
      }),
    ),
    printed(
      tex`Equation 23: $\nabla_F\mathcal L=Z[y]-1$, as if that component were all.`,
      equals(dot(slopes, slopes), lossGradient(logits, label)[label] ** 2, {
        what: "squared norm of the gradient by differences against $(Z_y-1)^2$",
        claims: ["A-A.1-2"],
        tolerance: 1e-9,
        counterExample: "Logits $(2,0,-1)$, $y=1$: the other components are $Z_0=0.844$ and $Z_2=0.042$, not 0.",
      }),
    ),
    printed(
      tex`Equation 24: $\mathcal I_\theta=(Z[y]-1)^TK_{ntk}(x,x)(Z[y]-1)$, which reads one entry of $K$.`,
      equals(fisher, delta[0] ** 2 * kernel.data[0], {
        what: tex`network N, $x$, label 0: $\lVert\nabla_\theta\mathcal L\rVert^2$ against $(Z_0-1)^2K_{00}$`,
        claims: ["A-A.1-2"],
        tolerance: 1e-9,
        counterExample: "Network N, $x$, label 0: 0.313598, but $(Z_0-1)^2K_{00}=0.130006$.",
      }),
    ),
    corrected(
      tex`$\nabla_F\mathcal L=Z-e_y\in\mathbb R^{n_L}$, for $\partial Z_y/\partial F_j=-Z_yZ_j$ where $j\ne y$.`,
      equals(slopes, lossGradient(logits, label), { what: "the gradient by differences against $Z-e_y$", tolerance: 1e-9 }),
      equals(lossGradient(logits, label), expected.grad, { what: "its values" }),
      equals(dot(...twice(lossGradient(logits, label))), expected.norm2, { what: "its squared norm" }),
    ),
    corrected(
      tex`$\mathcal I_\theta=\mathbb E[(Z-e_y)^TK_{ntk}(x,x)(Z-e_y)]$.`,
      equals(fisher, quadraticForm(delta, kernel), { what: "network N, $x$, label 0", tolerance: 1e-9 }),
    ),
  ];
});

export const squaredErrorGradient = theoremCell({
  id: "A-25",
  section: "A.1",
  title: "Squared error, equations 25 and 26",
  statement: tex`For $\mathcal L=-\sum\frac12(y-F)^2$ (as printed) the paper has $\nabla_F\mathcal L=F-y$.`,
}, () => {
  const F = [.2, .9], y = [1, 0], residual = F.map((value, k) => value - y[k]);
  const loss = (sign: number) => ({ data }: { data: Float64Array }) => sign * data.reduce((sum, value, k) => sum + (y[k] - value) ** 2, 0) / 2;
  const slopes = (sign: number) => gradientByDifferences(loss(sign), row(F)).data;
  return [
    printed(
      "Equation 25 with its leading minus, differentiated, should give equation 26.",
      equals(slopes(-1), residual, {
        what: "gradient of the printed loss by differences against $F-y$",
        claims: ["A-A.1-3"],
        tolerance: 1e-9,
        counterExample:
          "$F=(0.2,0.9)$, $y=(1,0)$: the printed loss has the gradient $(0.8,-0.9)=y-F$. Only equation 25's sign fails: equation 26 holds for the usual loss.",
      }),
    ),
    corrected(
      tex`Without the minus, $\mathcal L=\sum\frac12(y-F)^2$ and $\nabla_F\mathcal L=F-y$: equation 26 is right for the usual loss.`,
      equals(slopes(1), residual, { what: "gradient of the loss without the minus against $F-y$", tolerance: 1e-9 }),
      equals(residual, [-.8, .9], { what: "its values at $F=(0.2,0.9)$, $y=(1,0)$" }),
    ),
  ];
});

const twice = (v: Float64Array): [Float64Array, Float64Array] => [v, v];
