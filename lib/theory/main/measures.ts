/** Section 2.4: information bits and Renyi entropy of a spectrum (paper A, equations 9 and 10). */
import { informationBits, renyiEntropy, shannonEntropy } from "../../ntk/information.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { fixture } from "../fixtures.ts";

const tex = String.raw;
const spectrum = (values: readonly number[]) => Float64Array.from(values);

export const bits = theoremCell({
  id: "A-9",
  section: "2.4",
  title: "Equation 9: information bits",
  statement:
    tex`$\mathbf{IB}=\frac12\log\det_{pseudo}\mathcal I_\Theta=\frac12\sum_{\lambda_i>0}\lambda_i$ over the eigenvalues of the Fisher matrix.`,
}, () => {
  const { inputs, expected } = fixture("A-9"), counter = fixture("A-9c");
  const eigenvalues = spectrum(inputs.eigenvalues), [ff, lora] = [spectrum(counter.inputs.FF), spectrum(counter.inputs.LoRA)];
  const [log, trace] = [informationBits(eigenvalues, "log"), informationBits(eigenvalues, "trace")];
  return [
    printed(
      tex`$\frac12\log\det_{pseudo}\mathcal I=\frac12\sum_{\lambda_i>0}\lambda_i$.`,
      equals(log, trace, {
        what: tex`the two sides for $\lambda=(2,0.5,0.25,0)$`,
        claims: ["A-2.4-2"],
        counterExample: tex`$\lambda=(2,0.5,0.25,0)$: $-0.693147$ on the left, $1.375$ on the right.`,
      }),
    ),
    corrected(
      tex`The pseudo-determinant is the product of the positive eigenvalues, so its logarithm is $\sum\log\lambda_i$: $\mathbf{IB}_{log}=\frac12\sum\log\lambda_i$.`,
      equals(log, expected.IBlog, { what: tex`$\mathbf{IB}_{log}$` }),
      equals(log, Math.log(2 * .5 * .25) / 2, { what: tex`half the logarithm of the product` }),
    ),
    corrected(
      tex`The right side is half the trace, $\mathbf{IB}_{tr}=\frac12\sum\lambda_i$: what the proof of Theorem 3.6 uses.`,
      equals(trace, expected.IBtr, { what: tex`$\mathbf{IB}_{tr}$` }),
    ),
    corrected(
      tex`The trace keeps the order of matrices. The logarithm keeps it between matrices of one rank and may lose it with an eigenvalue: $\mathrm{diag}(1,0)\preceq\mathrm{diag}(1,0.005)\preceq\mathrm{diag}(1,0.01)$.`,
      equals([informationBits(ff, "log"), informationBits(lora, "log")], [counter.expected.IBlogFF, counter.expected.IBlogLoRA], {
        what: tex`$\mathbf{IB}_{log}$ of $\mathrm{diag}(1,0.01)$ and of the smaller $\mathrm{diag}(1,0)$, which has more`,
      }),
      atMost(informationBits(spectrum([1, .005]), "log"), informationBits(ff, "log"), {
        what: tex`$\mathbf{IB}_{log}$ of $\mathrm{diag}(1,0.005)$, which has the same rank, against that of $\mathrm{diag}(1,0.01)$`,
      }),
      atMost([lora, spectrum([1, .005])].map((one) => informationBits(one, "trace")), [ff, ff].map((one) => informationBits(one, "trace")), {
        what: tex`$\mathbf{IB}_{tr}$ of the two smaller ones against that of the largest`,
      }),
    ),
  ];
});

export const entropy = theoremCell({
  id: "A-10",
  section: "2.4",
  title: "Equation 10: Renyi entropy of the spectrum",
  statement:
    tex`$H_\alpha=\frac1{1-\alpha}\log\sum_i\lambda_i^\alpha$ for $\alpha\ge0$; $H_1$ is Shannon's entropy and $H_\infty=\max_i\lambda_i$. The paper does not normalise the $\lambda_i$.`,
}, () => {
  const { inputs, expected } = fixture("A-10");
  const [large, small] = (inputs.spectra as number[][]).map(spectrum), both = [large, small];
  const raw = (alpha: number, of = large) => renyiEntropy(of, alpha, "raw");
  return [
    shared(
      tex`The sum of powers, its logarithm, the factor.`,
      equals(both.flatMap((one) => inputs.alphas.map((alpha: number) => raw(alpha, one))), expected.raw.flat(), {
        what: tex`$H_{0.5}$ and $H_2$ of $(2,1,0.5)$ and of $(1.5,0.5,0)$`,
      }),
    ),
    printed(
      tex`$H_1$ is the limit $\alpha\to1$ and Shannon's entropy.`,
      equals([raw(1 - 1e-6), raw(1 + 1e-6)], [shannonEntropy(large), shannonEntropy(large)], {
        what: tex`$H_{1\mp10^{-6}}$ of $(2,1,0.5)$ against Shannon's entropy`,
        claims: ["A-2.4-3"],
        tolerance: 1e-3,
        counterExample: tex`$\lambda=(2,1,0.5)$: $H_{1-10^{-6}}\approx1.25\cdot10^6$ and $H_{1+10^{-6}}\approx-1.25\cdot10^6$.`,
      }),
    ),
    corrected(
      tex`Near 1 the numerator is $\log\sum\lambda$, not 0: $(1-\alpha)H_\alpha\to\log\sum\lambda_i$, and $H_\alpha$ diverges.`,
      equals([1e-6 * raw(1 - 1e-6), -1e-6 * raw(1 + 1e-6)], [Math.log(3.5), Math.log(3.5)], {
        what: tex`$(1-\alpha)H_\alpha$ at $1\mp10^{-6}$`,
        tolerance: 1e-5,
      }),
      equals([raw(1 - 1e-6), raw(1 + 1e-6)], [1252762.671396, -1252763.265662], { what: tex`$H_{1\mp10^{-6}}$`, tolerance: 1e-2 }),
    ),
    printed(
      tex`$H_\infty=\max_i\lambda_i$.`,
      equals([raw(50), raw(500)], [2, 2], {
        what: tex`$H_{50}$ and $H_{500}$ of $(2,1,0.5)$ against $\lambda_{max}=2$`,
        claims: ["A-2.4-3"],
        tolerance: 1e-2,
        counterExample: tex`$\lambda=(2,1,0.5)$: $H_{50}=-0.707293$, $H_{500}=-0.694536$.`,
      }),
    ),
    corrected(
      tex`For large $\alpha$ the largest term is left: $H_\alpha\to\frac{\alpha}{1-\alpha}\log\lambda_{max}\to-\log\lambda_{max}$.`,
      equals([raw(50), raw(Infinity)], [-.707293, -Math.LN2], { what: tex`$H_{50}$ and its limit` }),
    ),
    corrected(
      tex`With $p_i=\lambda_i/\sum\lambda$ both limits are what the paper says of entropies: $H_1=-\sum p_i\log p_i$, $H_\infty=-\log p_{max}$.`,
      equals(
        both.flatMap((one) => expected.normalised.alphas.map((alpha: number) => renyiEntropy(one, alpha, "normalised"))),
        expected.normalised.values.flat(),
        {
          what: tex`normalised $H_{0.5},H_1,H_2$ of both spectra`,
        },
      ),
      equals([renyiEntropy(large, 1 - 1e-6, "normalised"), renyiEntropy(large, 1 + 1e-6, "normalised")], [
        shannonEntropy(large),
        shannonEntropy(large),
      ], {
        what: tex`normalised $H_{1\mp10^{-6}}$ against Shannon's entropy`,
      }),
    ),
    corrected(
      tex`Normalised, it no longer sees the scale, nor which of two matrices is larger: $(10,0.1,0.1)\succeq(0.1,0.1,0.1)$.`,
      equals([[10, .1, .1], [.1, .1, .1]].map((values) => shannonEntropy(spectrum(values))), [.1101, 1.098612], {
        what: "Shannon's entropy of the larger and of the smaller",
      }),
    ),
    corrected(
      tex`For $\alpha>1$ the factor $1/(1-\alpha)$ is negative: the smaller spectrum has the larger $H_\alpha$; for $\alpha<1$ the smaller.`,
      atLeast(raw(2, small), raw(2, large), { what: tex`$H_2$ of $(1.5,0.5,0)$ against that of $(2,1,0.5)$` }),
      atMost(raw(.5, small), raw(.5, large), { what: tex`$H_{0.5}$ of the two` }),
    ),
  ];
});
