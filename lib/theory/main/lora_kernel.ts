/** Section 3.1: the kernel of LoRA (paper A, Lemma 3.1, equation 14). */
import { identity, type Matrix, matrixOf, multiply, transpose, zeros } from "../../math/matrix.ts";
import { dot, effectiveWeight, forward, frozen, kernelByJacobian, kernelByRecursion, type Layer, networkN, withAdapter } from "../../ntk/network.ts";
import { corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { drawMatrix, drawNet, drawVector, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { projected } from "../quantities.ts";

const tex = String.raw;

export const loraKernel = theoremCell({
  id: "A-14",
  section: "3.1",
  title: "Lemma 3.1, equation 14: the kernel of LoRA",
  statement:
    tex`$K_{LoRA}^{(1)}=K_{ff}^{(1)}$ and $K_{LoRA}^{(l)}=K_{LoRA}^{(l-1)}\dot\Sigma^{(l)}+\Sigma_{LoRA}^{(l)}$ with $\Sigma_{LoRA}^{(l)}=\sigma(y^{(l-1)}(x))^TA^{(l)T}A^{(l)}\sigma(y^{(l-1)}(x'))$.`,
}, () => {
  const { expected } = fixture("A-14"), { layers: [first, second], A1, A2, x, x2 } = networkN();
  const B = matrixOf(expected.B_for_last), zero = withAdapter(second, A2, 1).adapter!.B;
  const [u, u2] = [x, x2].map((input) => forward([first, second], input).post[0]), own = dot(u, u2), uAAu = projected(A2, u, u2);
  /** The part of layer 2 alone, by its Jacobian. */
  const layerTerm = (scale: number, B: Matrix) => kernelByJacobian([frozen(first), withAdapter(second, A2, scale, B)], x, x2).data;
  /** The same where the factors change places: $A$ is 0 and $B$ is drawn. */
  const startedAtA = (scale: number) => kernelByJacobian([frozen(first), withAdapter(second, zeros(2, 4), scale, B)], x, x2).data;
  const kernel = (scale: number, B: Matrix) => kernelByJacobian([first, withAdapter(second, A2, scale, B)], x, x2).data;
  const both = [withAdapter(first, A1, 2), withAdapter(second, A2, 2)];
  const BB = multiply(B, transpose(B)).data;
  const instances = drawnInstances();
  return [
    shared(
      tex`Trained are $B$, $A$ and what lies below: $K=\langle\nabla_B,\nabla_B\rangle+\langle\nabla_A,\nabla_A\rangle+\langle\nabla_{\theta(<l)},\nabla_{\theta(<l)}\rangle$.`,
      equals(
        layerTerm(2, B).map((value, at) =>
          value + kernelByJacobian([first, { weight: effectiveWeight(withAdapter(second, A2, 2, B)), trained: false }], x, x2).data[at]
        ),
        kernel(2, B),
        {
          what: tex`layer 2's part plus that of $W_1$ against the whole, $s=2$, $B\ne0$`,
          tolerance: 1e-14,
        },
      ),
    ),
    shared(
      tex`$\partial y_k/\partial B_{iq}=s\,\delta_{ki}(Au)_q$: the part of $B$ is $s^2\,u^TA^TAu'$ on the diagonal. Printed with $s=1$.`,
      equals(uAAu, expected.uAAu, { what: tex`$u^TA_2^TA_2u'$` }),
      equals(layerTerm(1, zero), identity(2, uAAu).data, {
        what: tex`layer 2's kernel by its Jacobian at $s=1$, $B=0$`,
        claims: ["A-3.1-4"],
        tolerance: 1e-9,
      }),
      equals(worst(instances, 1, 1), 0, {
        what: tex`largest difference over 200 random layers at $s=1$, $B=0$`,
        claims: ["A-3.1-4"],
        tolerance: 1e-9,
      }),
    ),
    printed(
      tex`The layer's part is $u^TA^TAu'$ whatever $\alpha$ and $r$ are.`,
      equals(layerTerm(2, zero), identity(2, uAAu).data, {
        what: tex`layer 2's kernel at the paper's default $s=2$, $B=0$`,
        claims: ["A-3.1-4"],
        tolerance: 1e-9,
        counterExample: tex`Network N, $s=2$: $0.247060$, four times $u^TA^TAu'=0.061765$.`,
      }),
    ),
    corrected(
      tex`It is $s^2\,u^TA^TAu'$ with $s=\alpha/r$.`,
      equals(layerTerm(2, zero), identity(2, 4 * uAAu).data, { what: tex`layer 2's kernel at $s=2$`, tolerance: 1e-12 }),
      equals(worst(instances, 2, 4), 0, { what: tex`largest difference over 200 random layers at $s=2$, $B=0$`, tolerance: 1e-9 }),
    ),
    shared(
      tex`$\partial y_k/\partial A_{qj}=s\,B_{kq}u_j$: the part of $A$ is $s^2(B_k\cdot B_m)\,u^Tu'$, which is 0 while $B=0$.`,
      equals(layerTerm(2, B), BB.map((value, at) => 4 * (value * own + (at % 3 ? 0 : uAAu))), {
        what: tex`layer 2's kernel at $s=2$, $B\ne0$`,
        tolerance: 1e-12,
      }),
    ),
    printed(
      tex`Started with $A=0$ in place of $B=0$, the layer's kernel degenerates (appendix C).`,
      equals(startedAtA(1), identity(2, 0).data, {
        what: tex`layer 2's kernel at $s=1$, $A=0$, $B=(0.1,-0.3;0.2,0.4)$`,
        claims: ["A-C-2"],
        tolerance: 1e-9,
        counterExample: tex`Network N with $A=0$ and $B=(0.1,-0.3;0.2,0.4)$, $s=1$: $K_{00}=0.0178$, not 0.`,
      }),
    ),
    corrected(
      tex`The part of $B$ is 0 then; that of $A$ is not: $s^2(B_k\cdot B_m)\,u^Tu'$, which is full fine-tuning's $u^Tu'$ times a matrix that $B$ alone decides.`,
      equals(startedAtA(2), BB.map((value) => 4 * value * own), { what: tex`layer 2's kernel at $s=2$, $A=0$`, tolerance: 1e-12 }),
    ),
    printed(
      tex`The kernel is that of $B=0$ during training too (Theorem 2.1).`,
      equals(layerTerm(1, B), identity(2, uAAu).data, {
        what: tex`layer 2's kernel at $s=1$, $B\ne0$`,
        claims: ["A-3.1-4"],
        tolerance: 1e-9,
        counterExample: tex`Network N with $B=(0.1,-0.3;0.2,0.4)$, $s=1$: the part of $A$ adds $0.0178$ to $K_{00}$, a third of what was there.`,
      }),
    ),
    shared(
      tex`What lies below comes through $(W+sBA)D$, at $B=0$ as in full fine-tuning.`,
      equals(kernel(1, zero), expected.K_s1.flat(), { what: tex`$K(x,x')$, $W_1$ trained, LoRA on layer 2, $s=1$` }),
      equals(kernel(2, zero), expected.K_s2.flat(), { what: tex`the same at $s=2$` }),
      equals(kernel(2, B), expected.K_s2_withB.flat(), { what: tex`the same at $s=2$ with $B\ne0$` }),
    ),
    printed(
      tex`The first layer's kernel is that of full fine-tuning.`,
      equals(kernelByJacobian([both[0]], x, x2).data, identity(4, dot(x, x2)).data, {
        what: tex`first layer of network N with LoRA, $s=2$: Jacobian against $x^Tx'$`,
        claims: ["A-3.1-5"],
        tolerance: 1e-9,
        counterExample: tex`Any $A$ with $A^TA\ne I$. Smallest: $A=(a)$, $x=x'=1$: $s^2a^2$ against 1.`,
      }),
    ),
    corrected(
      tex`That holds where layer 1 is trained in full. Adapted, it has $s^2x^TA^{(1)T}A^{(1)}x'$.`,
      equals(kernelByJacobian([both[0]], x, x2).data, identity(4, projected(A1, x, x2, 2)).data, {
        what: "first layer of network N with LoRA",
        tolerance: 1e-12,
      }),
      equals(kernelByJacobian(both, x, x2).data, expected.K_bothLayers_s2.flat(), { what: tex`LoRA on both layers, $s=2$` }),
    ),
    corrected(
      tex`Together: $K_{km}=s^2\left[\delta_{km}u^TA^TAu'+(B_k\cdot B_m)u^Tu'\right]+\left[(W+sBA)D\,K^{(l-1)}D'(W+sBA)^T\right]_{km}$.`,
      equals(recursionErrors(), 0, {
        what: "largest difference from the Jacobian's over 200 random nets of 2 to 4 layers, each layer trained, frozen or adapted",
        tolerance: 1e-9,
      }),
    ),
  ];
});

interface Instance {
  readonly layer: Layer;
  readonly A: Matrix;
  readonly u: Float64Array;
  readonly u2: Float64Array;
}

function drawnInstances(): Instance[] {
  return Array.from({ length: 200 }, (_, i) => {
    const rng = theoryRng.fork("A-14").fork(i), n = 2 + rng.integer(7), r = 1 + rng.integer(n);
    return {
      layer: drawNet([n, 3], rng.fork("W"))[0],
      A: drawMatrix(r, n, 1 / n, rng.fork("A")),
      u: drawVector(n, rng.fork("u")),
      u2: drawVector(n, rng.fork("u2")),
    };
  });
}

/** Largest difference between the layer's kernel and factor * u^T A^T A u' on the diagonal. */
function worst(instances: readonly Instance[], scale: number, factor: number): number {
  return Math.max(...instances.map(({ layer, A, u, u2 }) => {
    const expected = identity(3, factor * projected(A, u, u2)).data;
    return Math.max(...kernelByJacobian([withAdapter(layer, A, scale)], u, u2).data.map((value, at) => Math.abs(value - expected[at])));
  }));
}

function recursionErrors(): number {
  return Math.max(...Array.from({ length: 200 }, (_, i) => {
    const rng = theoryRng.fork("A-14/nets").fork(i), widths = [4, ...Array.from({ length: 1 + i % 3 }, () => 2 + rng.integer(6)), 3];
    const net = drawNet(widths, rng.fork("net")).map((layer, l): Layer => {
      const { rows, cols } = layer.weight, kind = rng.integer(3), own = rng.fork(`adapter${l}`);
      return kind === 0
        ? layer
        : kind === 1
        ? frozen(layer)
        : withAdapter(layer, drawMatrix(2, cols, 1 / cols, own.fork("A")), 2, drawMatrix(rows, 2, .25, own.fork("B")));
    });
    const [x, x2] = [drawVector(4, rng.fork("x")), drawVector(4, rng.fork("x2"))], explicit = kernelByJacobian(net, x, x2).data;
    return Math.max(...kernelByRecursion(net, x, x2).data.map((value, at) => Math.abs(value - explicit[at])));
  }));
}
