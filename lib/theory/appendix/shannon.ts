/** Appendices C.1 and D: from Rényi's entropy to Shannon's, and the kernel's definition once more (paper A, equations 55-57). */
import { shannonEntropy } from "../../ntk/information.ts";
import { dot, forward, jacobian, kernelByJacobian, networkN } from "../../ntk/network.ts";
import { corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { jacobianByDifferences } from "../differences.ts";
import { fixture } from "../fixtures.ts";

const tex = String.raw;

const powerSum = (P: readonly number[], alpha: number): number => P.reduce((sum, p) => sum + p ** alpha, 0);

/** log(sum P^alpha) / (1 - alpha), as printed, for any positive P. */
const renyi = (P: readonly number[], alpha: number): number => Math.log(powerSum(P, alpha)) / (1 - alpha);

const shannon = (P: readonly number[]): number => -P.reduce((sum, p) => sum + p * Math.log(p), 0);

export const limit = theoremCell({
  id: "A-55",
  section: "C.1",
  title: "Shannon's entropy as a limit, equations 55 and 56",
  statement: tex`For $\sum P_i=1$, $\lim_{\alpha\to1}\frac1{1-\alpha}\log\sum P_i^\alpha=-\sum P_i\log P_i$ by L'Hôpital's rule.`,
}, () => {
  const { inputs: { P, alphas }, expected } = fixture("A-56"), spectrum: number[] = fixture("A-10").inputs.spectra[0];
  const row = (value: number) => ({ rows: 1, cols: 1, data: Float64Array.of(value) });
  const slope = (alpha: number) => jacobianByDifferences(({ data: [at] }) => [Math.log(powerSum(P, at))], row(alpha)).data[0];
  const derived = (alpha: number) => P.reduce((sum: number, p: number) => sum + p ** alpha * Math.log(p), 0) / powerSum(P, alpha);
  const points = [.5, 1, 2];
  return [
    shared(
      tex`At $\alpha=1$ both $\log\sum P_i^\alpha$ and $1-\alpha$ are 0, because $\sum P_i=1$.`,
      equals(Math.log(powerSum(P, 1)), 0, { what: tex`$P=(0.5,0.3,0.2)$: $\log\sum P_i$`, tolerance: 1e-12 }),
    ),
    shared(
      tex`Equation 55: $\frac{d}{d\alpha}\log\sum P_i^\alpha=\sum P_i^\alpha\log P_i/\sum P_i^\alpha$ and $\frac{d}{d\alpha}(1-\alpha)=-1$.`,
      equals(points.map(slope), points.map(derived), { what: tex`$\alpha=0.5,1,2$: by differences against the formula`, tolerance: 1e-9 }),
    ),
    shared(
      tex`Equation 56: their quotient at $\alpha=1$ is $-\sum P_i\log P_i$.`,
      equals(alphas.map((alpha: number) => renyi(P, alpha)), [shannon(P), shannon(P)], {
        what: "$H_{0.999}$ and $H_{1.001}$ against Shannon's entropy",
        claims: ["A-C.1-1"],
        tolerance: 1e-3,
      }),
      equals([.99999, 1.00001].map((alpha) => renyi(P, alpha)), [shannon(P), shannon(P)], {
        what: "$H_{0.99999}$ and $H_{1.00001}$",
        claims: ["A-C.1-1"],
        tolerance: 1e-5,
      }),
      equals([...alphas.map((alpha: number) => renyi(P, alpha)), shannonEntropy(Float64Array.from(P))], [...expected.H, expected.shannon], {
        what: "the values",
      }),
    ),
    printed(
      "The eigenvalues of equations 10 and 18 take the place of $P$ as they are.",
      equals([1 - 1e-6, 1 + 1e-6].map((alpha) => renyi(spectrum, alpha)), [shannon(spectrum), shannon(spectrum)], {
        what: tex`$\lambda=(2,1,0.5)$, $\alpha=1\mp10^{-6}$ against $-\sum\lambda\log\lambda$`,
        tolerance: 1e-3,
        counterExample:
          tex`$\lambda=(2,1,0.5)$: $\log\sum\lambda=\log3.5\ne0$, so $H$ is $1.25\cdot10^6$ on the one side and $-1.25\cdot10^6$ on the other.`,
      }),
    ),
    corrected(
      tex`With $p_i=\lambda_i/\sum\lambda$ the limit exists.`,
      equals(renyi(spectrum.map((value) => value / 3.5), 1 - 1e-6), shannonEntropy(Float64Array.from(spectrum)), {
        what: tex`$\lambda=(2,1,0.5)$ divided by its sum, $\alpha=1-10^{-6}$`,
        tolerance: 1e-5,
      }),
    ),
  ];
});

export const kernel = theoremCell({
  id: "A-57",
  section: "D",
  title: "Neural tangent kernel, equation 57",
  statement:
    tex`$K_{ntk}(x,x')=\nabla_\theta F(x;\theta)^T\nabla_\theta F(x';\theta)$, equation 6 once more; for $n_L$ outputs a matrix, $n_L\times n_L$.`,
}, () => {
  const { layers, x, x2 } = networkN(), { expected } = fixture("A-6");
  const byDifferences = [x, x2].map((one) =>
    layers.map(({ weight }, l) => jacobianByDifferences((moved) => forward(layers.with(l, { ...layers[l], weight: moved }), one).output, weight).data)
  );
  const inner = (k: number, m: number) =>
    layers.reduce((sum, _, l) => {
      const [a, b] = [byDifferences[0][l].filter((_, at) => at % 2 === k), byDifferences[1][l].filter((_, at) => at % 2 === m)];
      return sum + dot(a, b);
    }, 0);
  return [
    shared(
      tex`The product of two Jacobians $\nabla_\theta F\in\mathbb R^{P\times n_L}$.`,
      equals(kernelByJacobian(layers, x, x2).data, expected.K_ff_x_xPrime.flat(), { what: "network N, $K(x,x')$" }),
      equals(kernelByJacobian(layers, x, x).data, expected.K_ff_x_x.flat(), { what: "network N, $K(x,x)$" }),
      equals([0, 1].flatMap((k) => [0, 1].map((m) => inner(k, m))), kernelByJacobian(layers, x, x2).data, {
        what: "$K(x,x')$ from differences of the outputs",
        tolerance: 1e-9,
      }),
      equals([jacobian(layers, x).rows, jacobian(layers, x).cols], [20, 2], {
        what: "the Jacobian's shape: 12 + 8 weights, 2 outputs",
        tolerance: 0,
      }),
    ),
  ];
});
