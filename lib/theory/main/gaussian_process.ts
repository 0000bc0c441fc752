/** Section 3.1: the covariances of a wide net's layers and of its slopes (paper A, equations 11 and 13). */
import { mean } from "../../math/statistics.ts";
import { expectedRelu, expectedReluSlope } from "../../ntk/arc_cosine.ts";
import { forward, networkN } from "../../ntk/network.ts";
import { atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { fourErrors } from "../quantities.ts";
import { drawWideNet, twoInputs, wideOutput, wideSums } from "./wide.ts";

const tex = String.raw;
const [x, x2] = twoInputs;
const covariance = { xx: 1, xy: .5, yy: 1 }; // Sigma^1 of the two inputs

/** wideSums of `count` nets of one width. */
const sumsOf = (id: string, width: number, count: number) =>
  Array.from({ length: count }, (_, i) => wideSums(drawWideNet(width, 2, theoryRng.fork(id).fork(width).fork(i)), x, x2));

export const gaussianProcess = theoremCell({
  id: "A-11",
  section: "3.1",
  title: "Equation 11: the Gaussian process of a wide net",
  statement:
    tex`$\Sigma^1(x,x')=x^Tx'$ and $\Sigma^l(x,x')=\mathbb E_{f\sim\mathcal N(0,\Sigma^{l-1})}[\sigma(f(x))\sigma(f(x'))]=\sum_j\sigma(y_j^{(l-1)}(x))\,\sigma(y_j^{(l-1)}(x'))$.`,
}, () => {
  const { expected } = fixture("A-11"), closed = expectedRelu(covariance);
  const sums = [64, 4096].map((width) => mean(sumsOf("A-11", width, 200).map(({ values }) => values)));
  const outputs = Array.from({ length: 4000 }, (_, i) => {
    const net = drawWideNet(4096, 2, theoryRng.fork("A-11/outputs").fork(i));
    return [wideOutput(net, x), wideOutput(net, x2)];
  });
  const products = [([f, g]: number[]) => f * g, ([f]: number[]) => f * f, ([, g]: number[]) => g * g].map((of) => outputs.map(of));
  const fourth = outputs.map(([f]) => f ** 4 / .75 - 1); // E f^4 = 3 Var(f)^2, and Var(f) = 1/2
  return [
    shared(
      tex`For ReLU and a Gaussian pair the expectation has a closed form: $\frac{\sqrt{ab}}{2\pi}(\sin\vartheta+(\pi-\vartheta)\cos\vartheta)$.`,
      equals(closed, expected.Esigma, { what: tex`$\mathbb E[\sigma\sigma']$ for $\Sigma=(1,0.5;0.5,1)$, so $\vartheta=\pi/3$` }),
      equals(expectedRelu({ xx: 1, xy: 1, yy: 1 }), .5, { what: tex`and at $x=x'$, where half of $f^2$ is left` }),
    ),
    printed(
      tex`It equals the sum over the units, $\sum_j\sigma_j\sigma_j'$.`,
      equals(sums.map((sum, i) => sum * [64, 4096][i]), [closed, closed], {
        what: tex`mean of the sum over 200 nets of width 64 and 4,096 against the expectation`,
        tolerance: .05,
        counterExample: tex`Width 64: the sum is about 19.5, the expectation 0.3045.`,
      }),
    ),
    corrected(
      tex`The finite form needs $1/n_{l-1}$: $\frac1{n_{l-1}}\sum_j\sigma_j\sigma_j'\to\Sigma^l$. The plain sum $u^Tu'$ is right for a finite net's kernel, where it is the gradient by $W^{(l)}$.`,
      equals(sums, [closed, closed], { what: tex`mean of $\frac1n\sum_j\sigma_j\sigma_j'$ at both widths`, tolerance: .02 }),
    ),
    shared(
      tex`The next layer's output is a sum of $n_{l-1}$ independent terms with variance $1/n_{l-1}$ each: normal in the limit, with covariance $\Sigma^l$.`,
      ...products.map((values, i) =>
        equals(mean(values), [closed, .5, .5][i], {
          what: tex`mean of ${
            ["$F(x)F(x')$", "$F(x)^2$", "$F(x')^2$"][i]
          } over 4,000 nets of width 4,096 against the closed form, to 4 standard errors`,
          claims: ["A-3.1-1"],
          tolerance: fourErrors(values),
        })
      ),
      equals(mean(fourth), 0, {
        what: tex`$\mathbb E F^4/3\,\mathrm{Var}(F)^2-1$, 0 for a normal variable, to 4 standard errors`,
        tolerance: fourErrors(fourth),
      }),
    ),
  ];
});

export const slopeCovariance = theoremCell({
  id: "A-13",
  section: "3.1",
  title: "Equation 13: the covariance of slopes",
  statement: tex`$\dot\Sigma^{(l)}(x,x')=\mathbb E_f[\dot\sigma(f(x))\dot\sigma(f(x'))]=\dot\sigma(y^{(l-1)}(x))^T\dot\sigma(y^{(l-1)}(x'))$.`,
}, () => {
  const { expected } = fixture("A-11"), closed = expectedReluSlope(covariance);
  const slopes = sumsOf("A-13", 4096, 200).map(({ slopes }) => slopes);
  const { layers, x: one, x2: two } = networkN(), [y, y2] = [one, two].map((input) => forward(layers, input).pre[0]);
  const active = y.map((value, j) => Number(value > 0 && y2[j] > 0)), row = layers[1].weight.data;
  return [
    shared(
      tex`ReLU's slope is 1 or 0, so the expectation is the chance that both are active: $(\pi-\vartheta)/2\pi$.`,
      equals(closed, expected.EsigmaDot, { what: tex`at $\vartheta=\pi/3$` }),
      equals(mean(slopes), closed, {
        what: tex`mean of $\frac1n\sum_j\dot\sigma_j\dot\sigma_j'$ over 200 nets of width 4,096 against the closed form, to 4 standard errors`,
        claims: ["A-3.1-3"],
        tolerance: fourErrors(slopes),
      }),
    ),
    printed(
      tex`It equals the plain product $\dot\sigma(y)^T\dot\sigma(y')$.`,
      atMost(active.reduce((a, b) => a + b), 1, {
        what: tex`the product for network N: an expectation of slopes is at most 1`,
        counterExample: tex`Network N has two units active at both inputs: the product is 2.`,
      }),
    ),
    corrected(
      tex`Again $1/n$ is missing; and in a finite net the weights of the upper layer enter: $\sum_jW_{kj}^2\dot\sigma_j\dot\sigma_j'$.`,
      equals(active.reduce((sum, both, j) => sum + row[j] ** 2 * both, 0), .25, { what: "network N, output 0" }),
      atMost(Math.max(...slopes), 1, { what: tex`with $1/n$ it is a share: at most 1` }),
    ),
  ];
});
