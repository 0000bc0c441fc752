/** Section 3.3: inner products of gradients as the aim of an attack (paper A, equations 16 and 17). */
import { linearRegression } from "simple-statistics";
import { times } from "../../math/matrix.ts";
import { mean, standardDeviation } from "../../math/statistics.ts";
import { drawA } from "../../ntk/lora_spectrum.ts";
import { dot, forward, gradient, type Layer, lossGradient, networkN, withAdapter } from "../../ntk/network.ts";
import { atLeast, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { bulkRng, drawMatrix, drawNet, drawVector, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { projected } from "../quantities.ts";

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
      tex`A random $A$ keeps the cosine on average and spreads it by $O(r^{-1/2})$, to both sides.`,
      equals(linearRegression(spread.map(({ r, sd }) => [Math.log(r), Math.log(sd)])).m, -.5, {
        what: tex`slope of $\log\mathrm{sd}\cos(Au,Au')$ in $\log r$, $r=4,16,64$, 400 draws each, $n=256$`,
        tolerance: .1,
      }),
      equals(spread[2].mean, spread[2].exact, { what: tex`its mean at $r=64$ against $\cos(u,u')$`, tolerance: .03 }),
    ),
  ];
});

/** Entries of p q^T. */
const outer = (p: ArrayLike<number>, q: ArrayLike<number>): number[] => Array.from(p).flatMap((a) => Array.from(q, (b) => a * b));

function cosines() {
  const n = 256, u = drawVector(n, theoryRng.fork("A-16/u")), u2 = drawVector(n, theoryRng.fork("A-16/u2")).map((value, i) => value + u[i]);
  return [4, 16, 64].map((r) => {
    const values = Array.from({ length: 400 }, (_, i) => {
      const A = drawA({ rank: r, init: "kaiming-uniform", initVariance: 1 / 3 }, n, bulkRng(theoryRng.fork("A-16").fork(r).fork(i)));
      return projected(A, u, u2) / Math.sqrt(projected(A, u, u) * projected(A, u2, u2));
    });
    return { r, mean: mean(values), sd: standardDeviation(values)!, exact: cosine(u, u2) };
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
