/** Appendix A.2, second half: LoRA's kernel split by its factors (paper A, equations 29 and 30; partly lost in print). */
import { identity, matrixOf, multiply, transpose } from "../../math/matrix.ts";
import { dot, forward, jacobian, kernelByJacobian, networkN, withAdapter } from "../../ntk/network.ts";
import { type Check, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { fixture } from "../fixtures.ts";
import { projected } from "../quantities.ts";

const tex = String.raw;

/** Network N with LoRA on layer 2 and W_1 trained. */
function adaptedN(scale: number, B = fixture("A-14").expected.B_for_last as number[][]) {
  const { layers: [first, second], A2, x, x2 } = networkN(), layers = [first, withAdapter(second, A2, scale, matrixOf(B))];
  const [one, two] = [forward(layers, x), forward(layers, x2)], [u, u2] = [one.post[0], two.post[0]];
  const slopes = [one, two].map(({ pre }) => pre[0].map((y) => Number(y > 0)));
  return { layers, A2, B: matrixOf(B), x, x2, u, u2, slopes };
}

const zeroB = [[0, 0], [0, 0]];

/** The parts of the kernel of network N's Jacobian that come from W_1 (12 numbers), A_2 (8) and B_2 (4): each [2, 2]. */
function parts(net: ReturnType<typeof adaptedN>): Record<"W1" | "A" | "B", Float64Array> {
  const [J, J2] = [jacobian(net.layers, net.x), jacobian(net.layers, net.x2)];
  const part = (from: number, to: number) => {
    const [a, b] = [J, J2].map(({ cols, data }) => ({ rows: to - from, cols, data: data.slice(from * cols, to * cols) }));
    return multiply(transpose(a), b).data;
  };
  return { W1: part(0, 12), A: part(12, 20), B: part(20, 24) };
}

/** W D K D' W^T with the weight that layer 2 computes with; K = x.x' I. */
function carried({ layers: [, second], A2, B, x, x2, slopes: [d, d2] }: ReturnType<typeof adaptedN>): number[] {
  const change = multiply(B, A2).data, { scale } = second.adapter!;
  const W = second.weight.data.map((value, at) => value + scale * change[at]), row = (k: number) => W.subarray(4 * k, 4 * k + 4);
  const inner = (k: number, m: number) => dot(row(k).map((value, j) => value * d[j]), row(m).map((value, j) => value * d2[j]));
  return [0, 1].flatMap((k) => [0, 1].map((m) => inner(k, m) * dot(x, x2)));
}

export const threeTerms = theoremCell({
  id: "A-29",
  section: "A.2",
  title: "Kernel of LoRA, equation 29",
  statement:
    tex`The gradient by $\theta=(B,A,\theta(<l))$ splits the kernel into three products, $K_{LoRA}=\nabla_By^T\nabla_By'+\nabla_Ay^T\nabla_Ay'+\nabla_{\theta(<l)}y^T\nabla_{\theta(<l)}y'$. Here with $B\ne0$.`,
}, () => {
  const nets = { 1: adaptedN(1), 2: adaptedN(2) }, { u, u2, A2, B } = nets[2];
  const uu = dot(u, u2), BBt = multiply(B, transpose(B)).data, uAAu = projected(A2, u, u2);
  const two = parts(nets[2]), one = parts(nets[1]);
  return [
    shared(
      "The three parts add to the whole.",
      equals(two.W1.map((value, at) => value + two.A[at] + two.B[at]), fixture("A-14").expected.K_s2_withB.flat(), {
        what: tex`network N, LoRA on layer 2, $s=2$, $B\ne0$: sum of the parts of the explicit Jacobian`,
      }),
    ),
    printed(
      tex`$\nabla_By^T\nabla_By'=u^TA^TAu'$.`,
      equals(one.B, identity(2, uAAu).data, { what: "network N, $s=1$", tolerance: 1e-9 }),
      equals(two.B, identity(2, uAAu).data, {
        what: "network N, $s=2$",
        tolerance: 1e-9,
        counterExample: tex`Network N, $s=\alpha/r=2$: the part is $0.24706=4\cdot0.061765$.`,
      }),
    ),
    corrected(
      tex`$y=(W_0+sBA)u$, so $\partial y_k/\partial B_k=sAu$ and the part is $s^2\,u^TA^TAu'\,I$.`,
      equals(two.B, identity(2, 4 * uAAu).data, { what: "network N, $s=2$", tolerance: 1e-9 }),
    ),
    printed(
      tex`The $\nabla_A$ part carries the factor $\dot\Sigma^{(l)}$.`,
      equals(one.A[0] / BBt[0], dot(nets[1].slopes[0], nets[1].slopes[1]), {
        what: tex`network N, output 0, $s=1$: the part over $B_kB_k^T$ against $\dot\sigma^T\dot\sigma'$`,
        tolerance: 1e-9,
        counterExample: tex`Network N, output 0: the factor is $\sigma^T\sigma'=u^Tu'$, not $\dot\sigma^T\dot\sigma'=2$.`,
      }),
    ),
    corrected(
      tex`$\partial y_k/\partial A=sB_k^Tu^T$, so the part between outputs $k$ and $m$ is $s^2(B_k\cdot B_m)\,u^Tu'$.`,
      equals(two.A, BBt.map((value) => 4 * value * uu), { what: "network N, $s=2$", tolerance: 1e-9 }),
    ),
    corrected(
      tex`The part from below passes through the weight in use, $W_0+sBA$: $(W_k\odot\dot\sigma)K^{(l-1)}(W_m\odot\dot\sigma')^T$.`,
      equals(two.W1, carried(nets[2]), { what: "network N, $s=2$", tolerance: 1e-9 }),
    ),
  ];
});

export const atZero = theoremCell({
  id: "A-30",
  section: "A.2",
  title: "Kernel of LoRA at the start, equation 30",
  statement:
    tex`At $B=0$ two terms are left: $K_{LoRA}^{(l,k)}=\Sigma_{LoRA}^{(l)}+K_{LoRA}^{(l-1,k)}\dot\Sigma^{(l)}$ with $\Sigma_{LoRA}^{(l)}=u^TA^TAu'$.`,
}, () => {
  const { expected } = fixture("A-14"), nets = { 1: adaptedN(1, zeroB), 2: adaptedN(2, zeroB) }, { u, u2, A2, slopes: [d, d2] } = nets[1];
  const uAAu = projected(A2, u, u2);
  const explicit = (scale: 1 | 2) => kernelByJacobian(nets[scale].layers, nets[scale].x, nets[scale].x2).data;
  const formula = (scale: 1 | 2, factor: number) => carried(nets[scale]).map((value, at) => value + identity(2, factor * uAAu).data[at]);
  const decided = (scale: 1 | 2): Check =>
    equals(explicit(scale), formula(scale, scale ** 2), {
      what: `network N, $s=${scale}$: explicit Jacobian against $s^2u^TA^TAu'I$ plus the carried part`,
      claims: ["A-A.2-2"],
      tolerance: 1e-9,
    });
  const dots = dot(d, d2), weight = carried(nets[1])[0];
  return [
    shared(tex`$B=0$ takes the $\nabla_A$ part away.`, equals(parts(nets[2]).A, [0, 0, 0, 0], { what: "network N, $s=2$, $B=0$", tolerance: 0 })),
    printed(
      "$K_{LoRA}=u^TA^TAu'+$ the carried part, without $s$.",
      equals(explicit(1), formula(1, 1), { what: "network N, $s=1$", tolerance: 1e-9 }),
      equals(explicit(2), formula(2, 1), {
        what: "network N, $s=2$",
        tolerance: 1e-9,
        counterExample: "Network N, $s=2$: $K_{00}=0.37206$, the formula without $s$ gives 0.186765.",
      }),
    ),
    printed(
      tex`The last line, as far as it can be read, carries a second factor $\dot\Sigma^{(l)}$.`,
      equals(explicit(1)[0], uAAu + weight * dots, {
        what: tex`network N, output 0, $s=1$, with $\dot\Sigma=\dot\sigma^T\dot\sigma'$ once more`,
        tolerance: 1e-9,
        counterExample: "Network N, output 0, $s=1$: 0.186765, with the second factor 0.311765.",
      }),
    ),
    corrected(
      tex`$K_{LoRA}=s^2u^TA^TAu'\,I+(W_k\odot\dot\sigma)K^{(l-1)}(W_m\odot\dot\sigma')^T$.`,
      decided(1),
      decided(2),
      equals([uAAu, ...explicit(1), ...explicit(2)], [expected.uAAu, ...expected.K_s1.flat(), ...expected.K_s2.flat()], { what: "the values" }),
    ),
  ];
});
