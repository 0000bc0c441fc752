/** Appendix A.5: from a negative semi-definite M_Delta to the order of information bits and entropies (paper A, equations 40-43). */
import { informationBits, renyiEntropy } from "../../ntk/information.ts";
import { networkN, withAdapter } from "../../ntk/network.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { fixture } from "../fixtures.ts";
import { eigenvalueExcess, excess, fisherSpectrum, haveOneRank, largest, type Pair } from "../quantities.ts";
import { instances, oneLayerInstances, rawEntropy, traceBits } from "./orderings.ts";

const tex = String.raw;

const nets = `${instances} random nets, LoRA on the second of two layers, $s=1$`;
const neededPairs = (): Pair[] => oneLayerInstances().map(({ spectra }) => spectra);

/** Network N's spectra over (x, 0) and (x', 1): full fine-tuning, and LoRA on layer 2 with W_1 trained. */
function networkPair(scale: number): Pair {
  const { layers: [first, second], A2, x, x2 } = networkN(), samples = [{ x, label: 0 }, { x: x2, label: 1 }];
  return { ff: fisherSpectrum([first, second], samples), lora: fisherSpectrum([first, withAdapter(second, A2, scale)], samples) };
}

export const fisherOrder = theoremCell({
  id: "A-40",
  section: "A.5",
  title: "Order of the Fisher information, equation 40",
  statement:
    tex`If $M_\Delta\preceq0$ then $\nabla_F\mathcal L^T\Delta_r(x,x)\nabla_F\mathcal L\le0$ for every gradient, hence $\mathcal I_{LoRA}\le\mathcal I_{FF}$. Theorem 3.4 is taken to give the premise from $\sigma^2\le1/n$ and $r\le n$.`,
}, () => {
  const all = oneLayerInstances(), violations = all.filter(({ asStated }) => asStated > 1e-9).length;
  return [
    printed(
      tex`With $\sigma^2\le1/n_{l-1}$ and $r\le n_{l-1}$: $\mathcal I_{LoRA}\le\mathcal I_{FF}$ at $x=x'$.`,
      atMost(largest(all.map(({ asStated }) => asStated)), 0, {
        what: tex`${nets}, $r\in\{1..8\}$, $n=8$, $k\in(0,1)$: largest $\mathcal I_{LoRA}-\mathcal I_{FF}$`,
        claims: ["A-A.5-1"],
        tolerance: 1e-9,
        counterExample: `$n=r=1$, $k=0.9$: $A=[1.5]$ lies in $U(-1.64,1.64)$, so $A^TA=2.25>1$. Of the drawn nets ${violations} violate it.`,
      }),
    ),
    corrected(
      tex`With $s^2A^TA\preceq I$: $u^T(s^2A^TA-I)u\le0$ for every $u$, times $\lVert\nabla_F\mathcal L\rVert^2$. The gradients $\nabla_F\mathcal L$ must be the same in both arms, as they are at the start.`,
      atMost(largest(all.map(({ asNeeded }) => asNeeded)), 0, {
        what: tex`${nets}, the same draws with $A$ shrunk to $A^TA\preceq I$: largest $\mathcal I_{LoRA}-\mathcal I_{FF}$`,
        tolerance: 1e-9,
      }),
    ),
  ];
});

export const eigenvalueOrder = theoremCell({
  id: "A-41",
  section: "A.5",
  title: "Order of the eigenvalues, equation 41",
  statement:
    tex`From $\mathcal I_{LoRA}\preceq\mathcal I_{FF}$ the paper takes $\lambda_{LoRA}\le\lambda_{FF}$ for every eigenvalue of the one and every eigenvalue of the other.`,
}, () => {
  const ff = Float64Array.of(2, 1), lora = Float64Array.of(2, 0); // diag(2, 0) <= diag(2, 1)
  return [
    printed(
      tex`$\forall\lambda_{LoRA},\forall\lambda_{FF}:\lambda_{LoRA}\le\lambda_{FF}$.`,
      atMost(largest(lora), -largest(ff.map((value) => -value)), {
        what: tex`$\mathrm{diag}(2,0)\preceq\mathrm{diag}(2,1)$: largest of the first against smallest of the second`,
        claims: ["A-A.5-2"],
        counterExample: tex`$\mathcal I_{LoRA}=\mathrm{diag}(2,0)$, $\mathcal I_{FF}=\mathrm{diag}(2,1)$: $2>1$.`,
      }),
    ),
    corrected(
      "Sorted, the $i$-th of the one is at most the $i$-th of the other (Weyl).",
      atMost(lora, ff, { what: "the same pair, sorted" }),
      atMost(eigenvalueExcess(neededPairs()), 0, {
        what: tex`${nets}, $A^TA\preceq I$, three samples: largest difference of sorted eigenvalues`,
        tolerance: 1e-9,
      }),
    ),
  ];
});

export const bitsOrder = theoremCell({
  id: "A-42",
  section: "A.5",
  title: "Order of the information bits, equation 42",
  statement: tex`Summing equation 41, $\frac12\sum\lambda_{LoRA}\le\frac12\sum\lambda_{FF}$, hence $\mathbf{IB}_{LoRA}\le\mathbf{IB}_{ff}$.`,
}, () => {
  const { ff, lora } = networkPair(1), { expected } = fixture("A-T3.6"), logBits = (s: Float64Array) => informationBits(s, "log");
  const sameRank = neededPairs().filter(haveOneRank);
  const counter = fixture("A-9c"), [one, zero] = [counter.inputs.FF, counter.inputs.LoRA].map((values: number[]) => Float64Array.from(values));
  return [
    shared(
      tex`In the trace form of equation 9, with $A^TA\preceq I$, the sums are ordered as the sorted eigenvalues are.`,
      atMost(traceBits(lora), traceBits(ff), { what: "network N, $s=1$", claims: ["A-A.5-3"] }),
      atMost(excess(neededPairs(), traceBits), 0, {
        what: tex`${nets}, $A^TA\preceq I$, three samples: largest $\mathbf{IB}_{LoRA}-\mathbf{IB}_{ff}$`,
        claims: ["A-A.5-3"],
        tolerance: 1e-9,
      }),
      equals([traceBits(ff), traceBits(lora)], [expected.ff[0], expected.lora1[0]], { what: "network N's values" }),
    ),
    printed(
      "In the logarithmic form, the other side of equation 9, it would follow too.",
      atMost(logBits(zero), logBits(one), {
        what: tex`$\mathrm{diag}(1,0)\preceq\mathrm{diag}(1,0.01)$: $\mathbf{IB}_{log}$ of both`,
        counterExample: tex`$\mathrm{diag}(1,0)$ has 0, the larger $\mathrm{diag}(1,0.01)$ has $-2.302585$: the pseudo-determinant leaves zeros out.`,
      }),
    ),
    corrected(
      "In the logarithmic form it does follow where LoRA keeps the rank: as many logarithms, each at most its counterpart (Weyl).",
      atMost(excess(sameRank, logBits), 0, {
        what:
          tex`${nets}, $A^TA\preceq I$, three samples, those ${sameRank.length} in which both matrices have one rank: largest difference of $\mathbf{IB}_{log}$`,
        tolerance: 1e-9,
      }),
    ),
  ];
});

export const entropyOrder = theoremCell({
  id: "A-43",
  section: "A.5",
  title: "Order of the Rényi entropies, equation 43",
  statement:
    tex`From the same inequality, $\frac1{1-\alpha}\log\sum\lambda_{LoRA}\le\frac1{1-\alpha}\log\sum\lambda_{FF}$, hence $H_{\alpha,LoRA}\le H_{\alpha,ff}$ for every $\alpha$. The exponent $\alpha$ of $\lambda$ is dropped in print.`,
}, () => {
  const { ff, lora } = networkPair(1), { expected } = fixture("A-T3.6"), below = [0, .25, .5, .9], above = [2, 5];
  const [large, small] = fixture("A-10").inputs.spectra.map((values: number[]) => Float64Array.from(values));
  const ordered = (alpha: number) =>
    atMost(renyiEntropy(lora, alpha, "raw"), renyiEntropy(ff, alpha, "raw"), {
      what: tex`network N, $s=1$, $\alpha=${alpha}$, raw`,
      claims: ["A-A.5-4"],
      tolerance: 1e-9,
      counterExample: tex`Spectra $(1.5,0.5,0)\preceq(2,1,0.5)$: $H_2=-0.916291>-1.658228$. Network N: $H_2=3.633506>2.836698$.`,
    });
  return [
    printed(tex`For every $\alpha$, with the exponent put back: $H_{\alpha,LoRA}\le H_{\alpha,ff}$.`, ...[...below, ...above].map(ordered)),
    corrected(
      tex`For $0\le\alpha<1$: $\lambda^\alpha$ rises with $\lambda$ and $1/(1-\alpha)>0$.`,
      ...below.map((alpha) =>
        atMost(excess(neededPairs(), rawEntropy(alpha)), 0, {
          what: tex`${nets}, $A^TA\preceq I$, three samples, $\alpha=${alpha}$: largest $H_{LoRA}-H_{ff}$`,
          tolerance: 1e-9,
        })
      ),
      equals([ff, lora].flatMap((s) => [.5, 2].map((alpha) => renyiEntropy(s, alpha, "raw"))), [
        ...expected.ff.slice(2),
        ...expected.lora1.slice(2),
      ], { what: "network N's $H_{0.5}$ and $H_2$, full fine-tuning and LoRA" }),
    ),
    corrected(
      tex`For $\alpha>1$ the factor $1/(1-\alpha)$ is negative and turns the order round.`,
      ...above.map((alpha) =>
        atLeast([lora, small].map(rawEntropy(alpha)), [ff, large].map(rawEntropy(alpha)), {
          what: tex`network N and $(1.5,0.5,0)\preceq(2,1,0.5)$, $\alpha=${alpha}$`,
        })
      ),
    ),
  ];
});
