/** Section 3.1: the kernel of full fine-tuning, layer by layer (paper A, equation 12). */
import { mean } from "../../math/statistics.ts";
import { expectedRelu, expectedReluSlope } from "../../ntk/arc_cosine.ts";
import { dot, forward, jacobian, kernelByJacobian, kernelByRecursion, type Layer, networkN } from "../../ntk/network.ts";
import { corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { drawNet, drawVector, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { fourErrors } from "../quantities.ts";
import { asLayers, drawWideNet, twoInputs, type WideNet, type WideSums, wideSums } from "./wide.ts";
import { deepLayers, type DeepNet, deepSums, drawDeepNet, hexagon } from "./wide_deep.ts";

const tex = String.raw;

export const fullKernel = theoremCell({
  id: "A-12",
  section: "3.1",
  title: "Equation 12: the kernel of full fine-tuning",
  statement: tex`$K_{ff}^{(1)}(x,x')=I\otimes x^Tx'$ and $K_{ff}^{(l)}=K_{ff}^{(l-1)}\dot\Sigma^{(l)}+\Sigma^{(l)}$, for every output alike.`,
}, () => {
  const { layers, x, x2 } = networkN(), [first, second] = layers, { K2 } = fixture("A-11").expected;
  const [one, two] = [forward(layers, x), forward(layers, x2)], own = dot(one.post[0], two.post[0]), inner = dot(x, x2);
  const kernel = kernelByJacobian(layers, x, x2).data, active = one.pre[0].map((y, j) => Number(y > 0 && two.pre[0][j] > 0));
  const only = (trained: readonly boolean[]) => kernelByJacobian(layers.map(({ weight }, l): Layer => ({ weight, trained: trained[l] })), x, x2).data;
  const [a, b] = twoInputs, [{ kernel: limit }, third] = limits(2);
  const nets = Array.from({ length: 64 }, (_, i) => drawWideNet(4096, 2, theoryRng.fork("A-12").fork(i)));
  const deep = Array.from({ length: 800 }, (_, i) => deepSums(drawDeepNet(128, theoryRng.fork("A-12/deep").fork(i))));
  const small = drawDeepNet(16, theoryRng.fork("A-12/small"));
  return [
    shared(
      tex`One layer: $\partial y_k/\partial W_{ij}=\delta_{ki}x_j$, so $K^{(1)}=(x^Tx')I$.`,
      equals(kernelByJacobian([first], x, x2).data, Float64Array.from({ length: 16 }, (_, at) => at % 5 ? 0 : inner), {
        what: "first layer of network N by its Jacobian",
      }),
    ),
    shared(
      tex`Several: the gradient splits into that by $W^{(l)}$ and that by the layers below, and so does the kernel.`,
      equals(only([true, false]).map((value, at) => value + only([false, true])[at]), kernel, {
        what: tex`kernel with $W_1$ trained plus kernel with $W_2$ trained against both`,
        tolerance: 1e-14,
      }),
    ),
    shared(
      tex`The part of $W^{(l)}$ is $u^Tu'$ on the diagonal.`,
      equals(only([false, true]), [own, 0, 0, own], { what: tex`kernel with $W_2$ alone trained against $u^Tu'\,I$`, tolerance: 1e-14 }),
    ),
    shared(
      tex`Below, each output's gradient passes through $W^{(l)}D$ with $D=\mathrm{diag}(\dot\sigma(y))$: the part is $W^{(l)}D\,K^{(l-1)}D'W^{(l)T}$.`,
      equals(only([true, false]), passed(second, active, inner), {
        what: tex`kernel with $W_1$ alone trained against $\sum_jW_{kj}W_{mj}\dot\sigma_j\dot\sigma_j'\,x^Tx'$`,
        tolerance: 1e-14,
      }),
    ),
    printed(
      tex`$W^{(l)T}W^{(l)}\to I$, so the weights drop out: $K^{(l-1)}\,\dot\sigma(y)^T\dot\sigma(y')+\sigma(y)^T\sigma(y')$.`,
      equals(inner * active.reduce((sum, both) => sum + both, 0) + own, kernel[0], {
        what: tex`network N, output 0, with sums in the place of expectations`,
        counterExample: tex`Network N: $0.5\cdot2+0.178=1.178$, the Jacobian gives $0.303$; and $K_{01}=0.03\ne0$.`,
      }),
    ),
    corrected(
      tex`Exact at every width: $K_{km}=\delta_{km}u^Tu'+\sum_{j,i}W_{kj}W_{mi}\dot\sigma_j\dot\sigma_i'K^{(l-1)}_{ji}$.`,
      equals(kernelByRecursion(layers, x, x2).data, kernel, { what: "network N against its Jacobian", claims: ["A-3.1-2"], tolerance: 1e-9 }),
      equals(recursionErrors(), 0, {
        what: "largest difference from the Jacobian's over 200 random nets of 2 to 4 layers",
        claims: ["A-3.1-2"],
        tolerance: 1e-9,
      }),
    ),
    shared(
      tex`In NTK parametrisation the sum over $j$ is a mean, and as the width grows it tends to $\dot\Sigma K^{(l-1)}$: the recursion as printed, with expectations.`,
      equals(limit, K2, { what: tex`$0.5\cdot\dot\Sigma+\Sigma$ for two unit vectors at 60 degrees` }),
      equals(kernelOfWide(nets[0]), wideSums(nets[0], a, b).kernel, {
        what: "explicit Jacobian of one net of width 4,096 against its sums",
        tolerance: 1e-12,
      }),
      equals(mean(nets.map((net) => wideSums(net, a, b).kernel)), limit, {
        what: "mean over 64 nets of width 4,096 against the limit, to 2 %",
        claims: ["A-3.1-2"],
        tolerance: .02 * limit,
      }),
    ),
    shared(
      tex`And again, layer by layer: $\dot\Sigma^{(3)}$ and $\Sigma^{(3)}$ are the expectations under $\Sigma^{(2)}=(\frac12,0.3045;0.3045,\frac12)$, no longer under the inputs' products, and $K^{(3)}=K^{(2)}\dot\Sigma^{(3)}+\Sigma^{(3)}$.`,
      equals([third.values, third.slopes, third.kernel], [.170976, .354214, .33787], {
        what: tex`$\Sigma^{(3)}$, $\dot\Sigma^{(3)}$ and $K^{(3)}$ of the same two vectors against NumPy's`,
      }),
      equals(kernelOfDeep(small), deepSums(small).kernel, {
        what: "explicit Jacobian of one three-layer net of width 16 against its sums, six pairs of unit vectors at 60 degrees",
        tolerance: 1e-12,
      }),
      ...([["values", tex`$\frac1n\sum_j\sigma_j\sigma_j'$ of the second hidden layer against $\Sigma^{(3)}$`], [
        "slopes",
        tex`$\frac1n\sum_j\dot\sigma_j\dot\sigma_j'$ of it against $\dot\Sigma^{(3)}$`,
      ], ["kernel", "the kernel against $K^{(3)}$"]] as const).map(([sum, against]) =>
        equals(mean(deep.map((sums) => sums[sum])), third[sum], {
          what: `mean over 800 nets of width 128 and the six pairs, to 4 standard errors: ${against}`,
          claims: sum === "kernel" ? ["A-3.1-2"] : [],
          tolerance: fourErrors(deep.map((sums) => sums[sum])),
        })
      ),
    ),
  ];
});

/** Sigma, its slopes' and the kernel of two unit vectors at 60 degrees by the recursion, from the second layer on. */
function limits(steps: number): WideSums[] {
  let covariance = { xx: 1, xy: .5, yy: 1 }, kernel = covariance.xy;
  return Array.from({ length: steps }, () => {
    const values = expectedRelu(covariance), slopes = expectedReluSlope(covariance), half = expectedRelu({ xx: 1, xy: 1, yy: 1 });
    kernel = kernel * slopes + values;
    covariance = { xx: half * covariance.xx, xy: values, yy: half * covariance.yy };
    return { values, slopes, kernel };
  });
}

/** inner * sum_j W_kj W_mj over the units active at both inputs: [n_L, n_L]. */
function passed({ weight: { rows, cols, data } }: Layer, active: Float64Array, inner: number): Float64Array {
  return Float64Array.from({ length: rows * rows }, (_, at) => {
    const [k, m] = [Math.floor(at / rows), at % rows];
    return inner * active.reduce((sum, both, j) => sum + both * data[k * cols + j] * data[m * cols + j], 0);
  });
}

/** The kernel by the explicit Jacobian. In NTK parametrisation a gradient by v is 1 / sqrt(m) of that by the layer's weight. */
function kernelOfWide(net: WideNet): number {
  const layers = asLayers(net), m = net.v.length, [J, J2] = twoInputs.map((input) => jacobian(layers, input).data);
  return dot(J.subarray(0, 2 * m), J2.subarray(0, 2 * m)) + dot(J.subarray(2 * m), J2.subarray(2 * m)) / m;
}

/** The same for three layers: the mean over the six pairs. */
function kernelOfDeep(net: DeepNet): number {
  const layers = deepLayers(net), m = net.v.length, jacobians = hexagon.map((input) => jacobian(layers, input).data);
  return mean(jacobians.map((J, i) => {
    const J2 = jacobians[(i + 1) % jacobians.length];
    return dot(J.subarray(0, 2 * m), J2.subarray(0, 2 * m)) + dot(J.subarray(2 * m), J2.subarray(2 * m)) / m;
  }));
}

function recursionErrors(): number {
  const rng = theoryRng.fork("A-12/nets");
  return Math.max(...Array.from({ length: 200 }, (_, i) => {
    const own = rng.fork(i), widths = [4, ...Array.from({ length: 1 + i % 3 }, () => 2 + own.integer(8)), 3];
    const net = drawNet(widths, own.fork("net")), [x, x2] = [drawVector(4, own.fork("x")), drawVector(4, own.fork("x2"))];
    const explicit = kernelByJacobian(net, x, x2).data;
    return Math.max(...kernelByRecursion(net, x, x2).data.map((value, at) => Math.abs(value - explicit[at])));
  }));
}
