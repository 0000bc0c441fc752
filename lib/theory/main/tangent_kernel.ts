/** Section 2.3: the neural tangent kernel and its limit (paper A, equation 6 and Theorem 2.1). */
import { linearRegression } from "simple-statistics";
import { kendallTau } from "../../math/kendall.ts";
import { mean, standardDeviation, tInterval } from "../../math/statistics.ts";
import { expectedRelu, expectedReluSlope } from "../../ntk/arc_cosine.ts";
import { dot, jacobian, kernelByJacobian, kernelByRecursion, networkN } from "../../ntk/network.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { drawNet, drawVector, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { fourErrors } from "../quantities.ts";
import { descend, drawWideNet, twoInputs, type WideNet, wideOutput, wideSums } from "./wide.ts";

const tex = String.raw;
const widths = [64, 256, 1024, 4096] as const;

export const tangentKernel = theoremCell({
  id: "A-6",
  section: "2.3",
  title: "Equation 6: the neural tangent kernel",
  statement: tex`$K_{ntk}(x,x')=\nabla_\theta F(x)^T\nabla_\theta F(x')$.`,
}, () => {
  const { expected } = fixture("A-6"), { layers, x, x2 } = networkN();
  const kernel = kernelByJacobian(layers, x, x2), J = jacobian(layers, x);
  return [
    shared(
      tex`$\nabla_\theta F(x)\in\mathbb R^{P\times n_L}$ has a column per output: here $P=4\cdot3+2\cdot4$ and $n_L=2$.`,
      equals([J.rows, J.cols], [20, 2], { what: tex`shape of the Jacobian of network N`, tolerance: 0 }),
    ),
    shared(
      tex`The product of two of them.`,
      equals(kernel.data, expected.K_ff_x_xPrime.flat(), { what: tex`$K(x,x')$, $W_1$ and $W_2$ trained` }),
      equals(kernelByJacobian(layers, x, x).data, expected.K_ff_x_x.flat(), { what: tex`$K(x,x)$` }),
      equals(kernelByRecursion(layers, x, x2).data, kernel.data, { what: tex`$K(x,x')$ layer by layer against the Jacobian's`, tolerance: 1e-12 }),
    ),
    printed(
      tex`$K\in\mathbb R^{n_L}$, in the place of $\Delta\Theta\in\mathbb R^P$.`,
      equals(kernel.data.length, J.cols, {
        what: tex`numbers in $K(x,x')$ against $n_L$`,
        claims: ["A-2.3-5"],
        tolerance: 0,
        counterExample: tex`Two outputs give four numbers, two of them off the diagonal: network N has $K_{01}(x,x')=0.03$.`,
      }),
    ),
    corrected(
      tex`$K\in\mathbb R^{n_L\times n_L}$.`,
      equals([kernel.rows, kernel.cols], [2, 2], { what: tex`shape of $K(x,x')$`, tolerance: 0 }),
    ),
    shared(
      tex`For one output $K=\lVert g\rVert\lVert g'\rVert\cos\angle(g,g')$: a cosine that is not divided by the norms.`,
      equals(cosineErrors(), 0, {
        what:
          tex`largest difference of the two sides over 1,000 random nets, the cosine from the unit vectors' distance: $1-\frac12\lVert\hat g-\hat g'\rVert^2$`,
        claims: ["A-2.3-3"],
        tolerance: 1e-12,
      }),
    ),
  ];
});

function cosineErrors(): number {
  const rng = theoryRng.fork("A-6");
  return Math.max(...Array.from({ length: 1000 }, (_, i) => {
    const own = rng.fork(i), net = drawNet([3, 5, 1], own.fork("net"));
    const [x, x2] = [drawVector(3, own.fork("x")), drawVector(3, own.fork("x2"))];
    const [g, h] = [jacobian(net, x).data, jacobian(net, x2).data], [a, b] = [Math.sqrt(dot(g, g)), Math.sqrt(dot(h, h))];
    if (a === 0 || b === 0) return 0; // no unit is active at one of the inputs: K = 0 and there is no angle
    const apart = g.map((value, at) => value / a - h[at] / b);
    return Math.abs(kernelByRecursion(net, x, x2).data[0] - a * b * (1 - dot(apart, apart) / 2));
  }));
}

export const tangentLimit = theoremCell({
  id: "A-T2.1",
  section: "2.3",
  title: "Theorem 2.1: the limit of the kernel (cited)",
  statement:
    tex`As the width grows, the kernel at initialisation tends to a fixed one, which the variance of the weights, the architecture and the activation decide, and it stays what it is during training: $K_0\to K_\infty$, $K_t=K_0$.`,
}, () => {
  const [x, x2] = twoInputs, cosine = x[0] * x2[0] + x[1] * x2[1], covariance = { xx: 1, xy: cosine, yy: 1 };
  const kernels = widths.map((width) =>
    Array.from({ length: 64 }, (_, i) => wideSums(drawWideNet(width, 2, theoryRng.fork("A-T2.1").fork(width).fork(i)), x, x2).kernel)
  );
  const spreads = kernels.map((draws) => standardDeviation(draws)!), widest = kernels[kernels.length - 1];
  const slope = linearRegression(widths.map((width, i) => [Math.log(width), Math.log(spreads[i])])).m;
  const limit = expectedRelu(covariance) + cosine * expectedReluSlope(covariance);
  const drifts = Array.from({ length: 8 }, (_, seed) => widths.map((width) => drift(width, seed)));
  const trend = tInterval(drifts.map((byWidth) => kendallTau(widths, byWidth)));
  const largest = drifts.map((byWidth) => byWidth[byWidth.length - 1]);
  return [
    shared(
      tex`In NTK parametrisation $F(x)=\frac1{\sqrt m}\sum_jv_j\,\mathrm{ReLU}(w_j\cdot x)$ the kernel is a mean of $m$ independent terms: $K(x,x')=\frac1m\sum_j\left[\sigma_j\sigma_j'+v_j^2\dot\sigma_j\dot\sigma_j'\,x\cdot x'\right]$.`,
      equals(mean(widest), limit, {
        what: tex`mean of $K(x,x')$ over 64 nets of width 4,096 against the closed form, to 4 standard errors`,
        claims: ["A-2.3-1"],
        tolerance: fourErrors(widest),
      }),
    ),
    shared(
      tex`So its spread over draws falls as $m^{-1/2}$, to nothing.`,
      equals(slope, -.5, {
        what: tex`slope of $\log\mathrm{sd}\,K(x,x')$ in $\log m$ over widths 64, 256, 1,024, 4,096 with 64 draws each`,
        claims: ["A-2.3-1"],
        tolerance: .1,
      }),
    ),
    shared(
      tex`And training to a loss of 0.1 by gradient descent moves it the less, the wider the net is.`,
      atMost(trend.high!, 0, {
        what: tex`upper end of the interval of Kendall's $\tau$ of the drift $\lVert K_T-K_0\rVert_F/\lVert K_0\rVert_F$ with the width, 8 seeds`,
        claims: ["A-2.3-2", "A-2.3-5"],
      }),
      atMost(trend.mean, -.4, { what: tex`mean of $\tau$`, claims: ["A-2.3-2", "A-2.3-5"] }),
      atMost(mean(largest), .05, { what: tex`mean drift at width 4,096`, claims: ["A-2.3-2", "A-2.3-5"] }),
    ),
    corrected(
      tex`The limit is exact; a finite net's kernel does move.`,
      atLeast(mean(drifts.map(([narrow]) => narrow)), .02, { what: "mean drift at width 64" }),
    ),
  ];
});

const rows = [[1, 0, 0], [.5, Math.sqrt(3) / 2, 0], [-.6, 0, .8], [0, -.6, -.8]] as const, targets = [1, -1, 1, -1] as const;

/** How far gradient descent to a loss of 0.1 moves the kernel of the four rows, relative to its Frobenius norm. */
function drift(width: number, seed: number): number {
  const start = drawWideNet(width, 3, theoryRng.fork("drift").fork(width).fork(seed));
  let net = start;
  for (let step = 0; lossOf(net) > .1; step++) {
    if (step === 2000) throw new Error(`Cannot measure the drift as 2000 steps must reach a loss of 0.1: ${lossOf(net)}`);
    net = descend(net, rows, targets, .5);
  }
  const pairs = rows.flatMap((x) => rows.map((x2) => [wideSums(start, x, x2).kernel, wideSums(net, x, x2).kernel]));
  return Math.hypot(...pairs.map(([before, after]) => after - before)) / Math.hypot(...pairs.map(([before]) => before));
}

const lossOf = (net: WideNet): number => mean(rows.map((x, i) => (wideOutput(net, x) - targets[i]) ** 2 / 2));
