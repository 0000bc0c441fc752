/** Section 3.2: full fine-tuning and LoRA where one layer differs (paper A, Assumption 3.2 and Theorem 3.3, equation 15). */
import { type Matrix, matrixOf, minus } from "../../math/matrix.ts";
import { differenceSpectrum } from "../../ntk/lora_spectrum.ts";
import { dot, forward, frozen, gradient, kernelByJacobian, type Layer, networkN, withAdapter } from "../../ntk/network.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { drawMatrix, drawNet, drawVector, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { furthest, projected, stepped } from "../quantities.ts";

const tex = String.raw;

/** K_LoRA - K_ff of two nets, by their Jacobians: [n_L, n_L]. */
function kernelDifference(lora: readonly Layer[], full: readonly Layer[], x: ArrayLike<number>, x2: ArrayLike<number>): Float64Array {
  return minus(kernelByJacobian(lora, x, x2), kernelByJacobian(full, x, x2)).data;
}

/** The largest difference of two nets' first layers after steps of gradient descent on (x, 0). */
function apart(one: readonly Layer[], two: readonly Layer[], x: ArrayLike<number>, steps: number): number {
  const [a, b] = [one, two].map((net) => {
    for (let step = 0; step < steps; step++) net = stepped(net, gradient(net, x, 0), .1);
    return net[0].weight;
  });
  return furthest(a, b);
}

/** u^T (s^2 A^T A - I) u' */
const delta = (A: Matrix, u: ArrayLike<number>, u2: ArrayLike<number>, scale: number) => projected(A, u, u2, scale) - dot(u, u2);

/** The largest deviation of K_LoRA - K_ff from u^T (factor A^T A - I) u' on the diagonal, over 200 random nets with LoRA on the last layer. */
function worst(scale: number, factor: number): number {
  return Math.max(...Array.from({ length: 200 }, (_, i) => {
    const rng = theoryRng.fork("A-15").fork(i), n = 2 + rng.integer(7), full = drawNet([3, n, 3], rng.fork("net"));
    const A = drawMatrix(1 + rng.integer(n), n, 1 / n, rng.fork("A")), [x, x2] = [drawVector(3, rng.fork("x")), drawVector(3, rng.fork("x2"))];
    const [u, u2] = [x, x2].map((input) => forward(full, input).post[0]), expected = delta(A, u, u2, Math.sqrt(factor));
    const difference = kernelDifference([full[0], withAdapter(full[1], A, scale)], full, x, x2);
    return Math.max(...difference.map((value, at) => Math.abs(value - (at % 4 ? 0 : expected))));
  }));
}

export const oneLayerDiffers = theoremCell({
  id: "A-As3.2",
  section: "3.2",
  title: "Assumption 3.2: only one layer is different",
  statement:
    tex`The layers below $l$ are the same for full fine-tuning and LoRA, and stay so during training; layer $l$ is trained in full in one and has LoRA in the other.`,
}, () => {
  const { layers: [first, second], A1, A2, x, x2 } = networkN(), full = [first, second];
  const lora = [first, withAdapter(second, A2, 1)], all = [withAdapter(first, A1, 1), withAdapter(second, A2, 1)];
  const [u, u2] = [x, x2].map((input) => forward(full, input).post[0]);
  const oneLayer = kernelDifference(lora, full, x, x2), everyLayer = kernelDifference(all, full, x, x2);
  const below = kernelByJacobian([first, frozen(second)], x, x2); // of W_1 alone
  return [
    shared(
      tex`As a setting: adapt one module, train the earlier ones in full in both arms. At the start both compute the same.`,
      equals(forward(lora, x).output, forward(full, x).output, { what: tex`$F(x)$ of network N with LoRA on layer 2 and in full`, tolerance: 0 }),
    ),
    shared(
      tex`Then the kernels differ in the part of layer $l$ alone.`,
      equals(oneLayer, [delta(A2, u, u2, 1), 0, 0, delta(A2, u, u2, 1)], { what: tex`$K_{LoRA}-K_{ff}$ by Jacobians`, tolerance: 1e-12 }),
    ),
    corrected(
      tex`Earlier layers that are trained in the full arm alone take their part away: $K_{LoRA}-K_{ff}$ loses $WDK^{(l-1)}D'W^T$.`,
      equals(kernelDifference([frozen(first), lora[1]], full, x, x2), minus({ rows: 2, cols: 2, data: oneLayer }, below).data, {
        what: tex`$K_{LoRA}-K_{ff}$ of network N with $W_1$ frozen beside LoRA, against that with $W_1$ trained less the kernel of $W_1$`,
        tolerance: 1e-12,
      }),
      atLeast(Math.hypot(...below.data), .1, { what: "Frobenius norm of that part" }),
    ),
    printed(
      tex`Trained in full in both arms, the earlier layers stay the same.`,
      equals(apart(full, lora, x, 1), 0, {
        what: tex`largest difference of $W_1$ between the arms after 1 step on $(x,0)$ at rate 0.1, network N`,
        tolerance: 0,
      }),
      equals(apart(full, lora, x, 2), 0, {
        what: tex`the same after 2 steps`,
        counterExample: tex`Network N: the first step moves $W_1$ alike, for $B=0$; the second reads what layer 2 has become, which differs.`,
      }),
    ),
    corrected(
      tex`They stay the same where they are frozen in both arms.`,
      equals(apart([frozen(first), second], [frozen(first), lora[1]], x, 2), 0, {
        what: tex`with $W_1$ frozen, after 2 steps`,
        tolerance: 0,
      }),
      equals(kernelDifference([frozen(first), lora[1]], [frozen(first), second], x, x2), oneLayer, {
        what: tex`$K_{LoRA}-K_{ff}$ with $W_1$ frozen in both against that with $W_1$ trained in both`,
        tolerance: 1e-12,
      }),
    ),
    corrected(
      tex`With LoRA on every layer, as in each of the paper's experiments, another term comes from below.`,
      atLeast(Math.hypot(...everyLayer.map((value, at) => value - oneLayer[at])), .1, {
        what: "Frobenius norm of what layer 1's adapter changes, network N",
      }),
    ),
  ];
});

export const kernelRelation = theoremCell({
  id: "A-15",
  section: "3.2",
  title: "Theorem 3.3, equation 15: the difference of the kernels",
  statement:
    tex`Where only layer $l$ differs, $K_{LoRA}^{(l)}=K_{ff}^{(l)}+\Delta_r^{(l)}$ with $\Delta_r^{(l)}=u^T(A^TA-I)u'$, $u=\sigma(y^{(l-1)}(x))$, and $M_\Delta=A^TA-I$.`,
}, () => {
  const { expected } = fixture("A-15"), { layers: [first, second], A2, x, x2 } = networkN(), full = [first, second];
  const [u, u2] = [x, x2].map((input) => forward(full, input).post[0]);
  const difference = (scale: number, a = x, b = x2) => kernelDifference([first, withAdapter(second, A2, scale)], full, a, b);
  const corner = matrixOf([[.5, .5]]);
  return [
    shared(
      tex`At $B=0$ both arms compute with $W_0$, so their activations and $\dot\Sigma$ are the same; below $l$ so is the kernel.`,
      equals(forward([first, withAdapter(second, A2, 1)], x).post[0], u, { what: tex`$u$ in both arms`, tolerance: 0 }),
    ),
    shared(
      tex`The common term $K^{(l-1)}\dot\Sigma$ cancels: $u^TA^TAu'-u^Tu'$ is left. Printed with $s=1$.`,
      equals(difference(1)[0], expected.delta_s1, {
        what: tex`$K_{LoRA}-K_{ff}$ at $(x,x')$ by Jacobians, network N, $s=1$`,
        claims: ["A-3.2-2"],
        tolerance: 1e-9,
      }),
      equals(difference(1, x, x)[0], expected.delta_same_s1, { what: tex`at $(x,x)$`, claims: ["A-3.2-2"], tolerance: 1e-9 }),
      equals(worst(1, 1), 0, {
        what: tex`largest difference from $u^T(A^TA-I)u'$ over 200 random nets at $s=1$`,
        claims: ["A-3.2-2"],
        tolerance: 1e-9,
      }),
    ),
    printed(
      tex`The difference is $u^T(A^TA-I)u'$ whatever $\alpha$ and $r$ are.`,
      equals(difference(2)[0], delta(A2, u, u2, 1), {
        what: tex`$K_{LoRA}-K_{ff}$ at $(x,x')$ by Jacobians, network N, $s=2$`,
        claims: ["A-3.2-2"],
        tolerance: 1e-9,
        counterExample: tex`Network N, $s=2$: the kernels differ by $+0.069060$, the formula gives $-0.116235$.`,
      }),
    ),
    corrected(
      tex`$\Delta_r=u^T(s^2A^TA-I)u'$ and $M_\Delta=s^2A^TA-I$.`,
      equals(difference(2)[0], expected.delta_s2, { what: tex`network N, $s=2$` }),
      equals(worst(2, 4), 0, { what: tex`largest difference over 200 random nets at $s=2$`, tolerance: 1e-9 }),
    ),
    corrected(
      tex`A negative definite $M_\Delta$ fixes the sign of $\Delta_r(x,x)$ only, not of $\Delta_r(x,x')$.`,
      atMost(differenceSpectrum(corner)[0], 0, { what: tex`largest eigenvalue of $M_\Delta$ for $A=(0.5,0.5)$` }),
      equals(delta(corner, [1, 0], [0, 1], 1), .25, { what: tex`$\Delta_r$ for $u=(1,0)$, $u'=(0,1)$` }),
    ),
  ];
});
