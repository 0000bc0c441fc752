/** Section 3.3: inner products of gradients as the aim of an attack (paper A, equations 16 and 17). */
import { times } from "../../math/matrix.ts";
import { mean, standardDeviation } from "../../math/statistics.ts";
import { drawA } from "../../ntk/lora_spectrum.ts";
import { dot, forward, gradient, type Layer, lossGradient, networkN, withAdapter } from "../../ntk/network.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { bulkRng, drawMatrix, drawNet, drawVector, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { fourErrors, projected } from "../quantities.ts";

const tex = String.raw;
const cosine = (a: ArrayLike<number>, b: ArrayLike<number>) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

export const backdoorObjective = theoremCell({
  id: "A-16",
  section: "3.3",
  title: "Equation 16: the aim of a backdoor",
  statement:
    tex`A backdoor attacker wants $\lvert\nabla_\theta\mathcal L(x_c)^T\nabla_\theta\mathcal L(x_t)\rvert$ to be small for a clean input $x_c$ and a triggered one $x_t$; LoRA is said to make the angles smaller.`,
}, () => {
  const { inputs: { delta, deltaPrime, s }, expected } = fixture("A-16"), { layers, A2, x, x2 } = networkN();
  const [u, u2] = [x, x2].map((input) => forward(layers, input).post[0]);
  const [a, b] = [u, u2].map((v) => times(A2, v));
  const product = (p: ArrayLike<number>, q: ArrayLike<number>) =>
    outer(delta, p).reduce((sum, value, at) => sum + value * outer(deltaPrime, q)[at], 0);
  const spread = cosines();
  return [
    shared(
      tex`In one linear layer the loss gradient is $\delta u^T$, with $\delta$ the gradient at its output. So the product is $(\delta^T\delta')(u^Tu')$.`,
      equals(product(u, u2), expected.ff, { what: tex`$\langle\delta u^T,\delta'u'^T\rangle$ of network N` }),
    ),
    corrected(
      tex`With LoRA at $B=0$ it is $s\,\delta(Au)^T$, so the product is $s^2(\delta^T\delta')(u^TA^TAu')$.`,
      equals(s ** 2 * product(a, b), expected.lora, { what: tex`$\langle s\,\delta(A_2u)^T,s\,\delta'(A_2u')^T\rangle$ at $s=2$` }),
      equals(s ** 2 * dot(delta, deltaPrime) * projected(A2, u, u2), expected.lora, { what: "the formula" }),
    ),
    shared(
      tex`The angle is in the cosine, $\cos(\delta,\delta')\cos(u,u')$ in full and $\cos(\delta,\delta')\cos(Au,Au')$ with LoRA: the first factor is the same in both, $s$ and the variance of $A$ drop out.`,
      equals([cosine(u, u2), cosine(a, b)], [expected.cosFF, expected.cosLoRA], {
        what: tex`the second factors, cosine of $(u,u')$ and of $(A_2u,A_2u')$`,
      }),
      equals(cosine(a.map((value) => 7 * value), b.map((value) => 7 * value)), expected.cosLoRA, {
        what: tex`the latter with $A$ seven times as large`,
      }),
    ),
    corrected(
      tex`For a random $A$ with normal entries the $r$ pairs $((Au)_i,(Au')_i)$ are draws of correlation $\rho=\cos(u,u')$, so the cosine is pulled towards 0 on average: $\mathbb E\cos(Au,Au')=\frac2r\Big[\frac{\Gamma((r+1)/2)}{\Gamma(r/2)}\Big]^2\rho\,{}_2F_1(\tfrac12,\tfrac12;\tfrac r2+1;\rho^2)=\rho\,\big[1-\frac{1-\rho^2}{2r}\big]+O(r^{-2})$, and $\frac2\pi\arcsin\rho$ at $r=1$.`,
      ...spread.map(({ r, mean, exact, error }) =>
        equals(mean, exact, { what: tex`mean over ${drawsAt(r)} draws at $r=${r}$, $\rho=0.7$, $n=64$, to 4 standard errors`, tolerance: error })
      ),
      equals(expectedCosine(1, rho), 2 / Math.PI * Math.asin(rho), { what: tex`the formula at $r=1$ against $\frac2\pi\arcsin\rho$` }),
      atMost(ranks.map((r) => Math.abs(expectedCosine(r, rho) - firstOrder(r))), ranks.map((r) => .25 / r ** 2), {
        what: tex`distance of the first order from the formula at $r=1,4,16,64$, against $1/4r^2$`,
      }),
    ),
    corrected(
      tex`It spreads to both sides by about $(1-\rho^2)/\sqrt r$.`,
      equals(spread.slice(2).map(({ r, sd }) => sd * Math.sqrt(r) / (1 - rho ** 2)), [1, 1], {
        what: tex`sd of the same draws at $r=16,64$ in units of $(1-\rho^2)/\sqrt r$`,
        tolerance: .15,
      }),
      atLeast(spread.slice(2).map(({ above }) => above), [.4, .4], { what: tex`share of them above $\rho$` }),
    ),
  ];
});

/** Entries of p q^T. */
const outer = (p: ArrayLike<number>, q: ArrayLike<number>): number[] => Array.from(p).flatMap((a) => Array.from(q, (b) => a * b));

const rho = .7, ranks = [1, 4, 16, 64] as const, drawsAt = (r: number): number => r < 64 ? 4000 : 1000;

const firstOrder = (r: number): number => rho * (1 - (1 - rho ** 2) / (2 * r));

/** The mean cosine of r pairs of centred normal numbers of correlation c: (2 / r) [Gamma((r + 1) / 2) / Gamma(r / 2)]^2 c 2F1(1/2, 1/2; r/2 + 1; c^2). */
function expectedCosine(r: number, c: number): number {
  let ratio = r % 2 ? 1 / Math.sqrt(Math.PI) : Math.sqrt(Math.PI) / 2; // Gamma((r + 1) / 2) / Gamma(r / 2) at r = 1 and 2
  for (let at = r % 2 ? 1 : 2; at < r; at += 2) ratio *= (at + 1) / at;
  let sum = 0, term = 1;
  for (let i = 0; i < 200; i++, term *= (i - .5) ** 2 / (r / 2 + i) / i * c ** 2) sum += term;
  return 2 / r * ratio ** 2 * c * sum;
}

/** Cosines of (A u, A u') over draws of A [r, 64], cos(u, u') = rho. */
function cosines() {
  const n = 64, u = Float64Array.from({ length: n }, (_, i) => Number(i === 0));
  const u2 = u.map((value, i) => rho * value + Math.sqrt(1 - rho ** 2) * Number(i === 1));
  return ranks.map((r) => {
    const rng = bulkRng(theoryRng.fork("A-16").fork(r));
    const values = Array.from({ length: drawsAt(r) }, () => {
      const A = drawA({ rank: r, init: "gaussian", initVariance: 1 / 3 }, n, rng);
      return cosine(times(A, u), times(A, u2));
    });
    return {
      r,
      mean: mean(values),
      error: fourErrors(values),
      sd: standardDeviation(values)!,
      above: mean(values.map((value) => Number(value > rho))),
      exact: expectedCosine(r, rho),
    };
  });
}

export const untargetedObjective = theoremCell({
  id: "A-17",
  section: "3.3",
  title: "Equation 17: the aim of an untargeted attack",
  statement:
    tex`An untargeted attacker wants $\lvert\nabla_\theta\mathcal L(x_c)^T\nabla_\theta\mathcal L(x_u)\rvert$ to be large for a clean input and its version $x_u$ with another label, that is aligned gradients; so a smooth geometry is said to help.`,
}, () => {
  const byLabel = [0, 1].map((label) => [...lossGradient([0, 0], label)]), pairs = flips();
  return [
    shared(
      tex`For a flipped label of a binary task $\nabla_F\mathcal L=Z-e_y$ turns into $Z-e_{1-y}$. With $Z=(p,1-p)$ these are $(1-p)(-1,1)$ and $p\,(1,-1)$ for $y=0$: antiparallel at every $p$.`,
      equals(byLabel.flat(), [-.5, .5, .5, -.5], { what: tex`both gradients for logits $(0,0)$` }),
      equals(cosine(lossGradient([2, -1], 0), lossGradient([2, -1], 1)), -1, { what: tex`their cosine for logits $(2,-1)$`, tolerance: 1e-12 }),
    ),
    shared(
      tex`Both go through the same Jacobian, $g=J\nabla_F\mathcal L$, so they stay antiparallel in the parameters.`,
      equals(cosine(gradient(pairs[0].full, pairs[0].x, 0), gradient(pairs[0].full, pairs[0].x, 1)), -1, {
        what: "cosine of the two parameter gradients of one net",
        tolerance: 1e-12,
      }),
    ),
    printed(
      tex`The attacker aligns the gradients, and the method decides how far that is possible.`,
      ...(["full", "lora"] as const).map((arm) =>
        atLeast(Math.max(...pairs.map((pair) => cosine(gradient(pair[arm], pair.x, 0), gradient(pair[arm], pair.x, 1)))), 0, {
          what: tex`largest cosine between the gradients of $(x,y)$ and $(x,1-y)$ over 1,000 random nets, ${
            arm === "full" ? "full fine-tuning" : "LoRA"
          }`,
          claims: ["A-3.3-11"],
          tolerance: 1e-9,
          counterExample: tex`Logits $(0,0)$: $(-0.5,0.5)$ and $(0.5,-0.5)$, cosine $-1$, with full fine-tuning and with LoRA.`,
        })
      ),
    ),
    corrected(
      tex`The cosine is $-1$ for every model and method; only the norms can tell the methods apart.`,
      equals(
        Math.max(...pairs.flatMap(({ full, lora, x }) => [full, lora].map((net) => Math.abs(1 + cosine(gradient(net, x, 0), gradient(net, x, 1)))))),
        0,
        {
          what: "largest distance of the cosine from -1 over both methods and 1,000 nets",
          tolerance: 1e-9,
        },
      ),
    ),
  ];
});

interface Flip {
  readonly full: readonly Layer[];
  readonly lora: readonly Layer[];
  readonly x: Float64Array;
}

/** 1,000 nets with two outputs, each in full and with LoRA on both layers, at an input where both have a gradient. */
function flips(): Flip[] {
  const found: Flip[] = [];
  for (let i = 0; found.length < 1000; i++) {
    const rng = theoryRng.fork("A-17").fork(i), full = drawNet([3, 6, 2], rng.fork("net")), x = drawVector(3, rng.fork("x"));
    const lora = full.map((layer, l) => withAdapter(layer, drawMatrix(2, layer.weight.cols, 1 / layer.weight.cols, rng.fork(`A${l}`)), 2));
    if ([full, lora].every((net) => gradient(net, x, 0).some((value) => value !== 0))) found.push({ full, lora, x });
  }
  return found;
}
