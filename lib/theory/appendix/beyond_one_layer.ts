/** Appendix A.6: LoRA on every layer, beyond the assumption that one layer differs (paper A, equation 44). */
import { identity, type Matrix, minus, multiply, plus, transpose } from "../../math/matrix.ts";
import { dot, effectiveWeight, forward, kernelByJacobian, type Layer, networkN, withAdapter } from "../../ntk/network.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { drawNet, drawVector, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { largest, projected } from "../quantities.ts";
import { geluSlope } from "./gelu.ts";
import { adaptFrom, diagonalOf } from "./instances.ts";
import { instances } from "./orderings.ts";

const tex = String.raw;

/** K_LoRA - K_FF of the net that ends with layer `depth`, from explicit Jacobians: [n_l, n_l]. */
export const differenceAt = (depth: number, ff: readonly Layer[], lora: readonly Layer[], x: Float64Array, x2: Float64Array): Matrix =>
  minus(kernelByJacobian(lora.slice(0, depth), x, x2), kernelByJacobian(ff.slice(0, depth), x, x2));

/** Delta_r of layer `depth`: u^T (s^2 A^T A - I) u'. */
function ownDifference(depth: number, ff: readonly Layer[], lora: readonly Layer[], x: Float64Array, x2: Float64Array): number {
  const [u, u2] = [x, x2].map((one) => depth > 1 ? forward(ff, one).post[depth - 2] : one), { A, scale } = lora[depth - 1].adapter!;
  return projected(A, u, u2, scale) - dot(u, u2);
}

/** W D Delta^(l-1) D' W^T + Delta_r I, with D = diag(relu'(y^(l-1)(x))). */
function recursionAt(depth: number, ff: readonly Layer[], lora: readonly Layer[], x: Float64Array, x2: Float64Array): Float64Array {
  const weight = effectiveWeight(ff[depth - 1]), n = weight.rows, below = differenceAt(depth - 1, ff, lora, x, x2);
  const [D, D2] = [x, x2].map((one) => forward(ff, one).pre[depth - 2].map((y) => Number(y > 0)));
  const masked = (d: Float64Array) => ({ ...weight, data: weight.data.map((w, at) => w * d[at % weight.cols]) });
  const carried = multiply(multiply(masked(D), below), transpose(masked(D2)));
  return plus(carried, identity(n, ownDifference(depth, ff, lora, x, x2))).data;
}

/** Three-layer nets with LoRA on every layer and two inputs. */
function drawNets(count: number, widths: readonly number[], rank: number, scale: number, name: string) {
  return Array.from({ length: count }, (_, i) => {
    const rng = theoryRng.fork(name).fork(i), ff = drawNet(widths, rng), draw = rng.fork("x");
    const lora = adaptFrom(0, ff, { rank, initVariance: 1 / 3, scale }, rng.fork("A"));
    return { ff, lora, x: drawVector(widths[0], draw), x2: drawVector(widths[0], draw) };
  });
}

/** The largest distance between explicit Jacobians and the recursion at a layer, at (x, x') and (x, x). */
function gapAt(depth: number, scale: number): number {
  return largest(
    drawNets(100, [5, 6, 6, 3], 2, scale, "A-44").flatMap(({ ff, lora, x, x2 }) =>
      [x2, x].flatMap((other) => {
        const explicit = differenceAt(depth, ff, lora, x, other).data, formula = recursionAt(depth, ff, lora, x, other);
        return [...explicit.map((value, at) => Math.abs(value - formula[at]))];
      })
    ),
  );
}

export const recursion = theoremCell({
  id: "A-44",
  section: "A.6",
  title: "Difference beyond OOLD, equation 44",
  statement:
    tex`With LoRA on all layers: $\Delta^{(1)\prime}=0$, $\Delta^{(l)\prime}=\Delta^{(l-1)\prime}\dot\Sigma^{(l)}+\Delta_r^{(l)}$. The text concludes $\Delta^{(l)\prime}\ge0$ from $\Delta_r\le0$ and $\dot\sigma\ge0$.`,
}, () => {
  const { inputs: { delta2, sigmaDot, deltaR }, expected } = fixture("A-44"), delta3 = delta2 * sigmaDot + deltaR;
  const { layers, A1, A2, x, x2 } = networkN(), both = [withAdapter(layers[0], A1, 1), withAdapter(layers[1], A2, 1)];
  const doubled = [withAdapter(layers[0], A1, 2), withAdapter(layers[1], A2, 2)];
  const outputs = drawNets(instances, [16, 16, 16, 2], 4, 1, "A-44 sign").flatMap(({ ff, lora, x }) => diagonalOf(differenceAt(3, ff, lora, x, x)));
  const scan = minimumOf(geluSlope, -3, 0), rng = theoryRng.fork("GELU");
  const sameInput = Array.from({ length: instances }, (_, i) => drawVector(8, rng.fork(i)).reduce((sum, y) => sum + geluSlope(y) ** 2, 0));
  return [
    printed(
      tex`The start: $\Delta^{(1)\prime}=K_{LoRA}^{(1)}-K_{ff}^{(1)}=0$.`,
      equals(differenceAt(1, layers, both, x, x2).data[0], 0, {
        what: "network N, layer 1 adapted with $A_1$, $s=1$: difference of the explicit Jacobians' kernels at $(x,x')$",
        claims: ["A-A.6-1"],
        tolerance: 1e-9,
        counterExample: tex`One layer with $A=[a]$, $a^2\ne1$: $\Delta^{(1)}=(a^2-1)\,xx'\ne0$.`,
      }),
    ),
    corrected(
      tex`The start is $\Delta^{(1)\prime}=x^T(s^2A^{(1)T}A^{(1)}-I)x'$ where layer 1 is adapted; 0 only where it is trained fully.`,
      equals(differenceAt(1, layers, both, x, x2).data, identity(4, ownDifference(1, layers, both, x, x2)).data, {
        what: "network N, layer 1",
        tolerance: 1e-9,
      }),
    ),
    shared(
      tex`From layer 2 on, in the form that is exact at finite width, $s=1$: $\Delta^{(l)\prime}=W D\,\Delta^{(l-1)\prime}D'W^T+\Delta_r^{(l)}I$ with $D=\mathrm{diag}\,\dot\sigma$.`,
      ...[2, 3].map((depth) =>
        atMost(gapAt(depth, 1), 1e-9, {
          what: `100 three-layer nets, LoRA on all layers, layer ${depth}: largest distance from the explicit Jacobians, at $(x,x')$ and $(x,x)$`,
          claims: ["A-A.6-1"],
        })
      ),
    ),
    corrected(
      tex`With $s\ne1$ the same holds for $\Delta_r=u^T(s^2A^TA-I)u'$.`,
      ...[2, 3].map((depth) => atMost(gapAt(depth, 2), 1e-9, { what: `the same nets, $s=2$, layer ${depth}` })),
      equals(kernelByJacobian(doubled, x, x2).data, fixture("A-14").expected.K_bothLayers_s2.flat(), {
        what: "network N, both layers adapted, $s=2$: $K_{LoRA}(x,x')$",
      }),
    ),
    printed(
      tex`$\dot\sigma(y)\ge0$ for every $y$.`,
      atLeast(geluSlope(-1), 0, {
        what: "derivative of GELU (erf form, BERT's) at $-1$",
        claims: ["A-A.6-3"],
        counterExample: "GELU'$(-1)=-0.083315$; it is negative below $-0.751792$.",
      }),
    ),
    corrected(
      tex`True for ReLU, not for GELU. At $x=x'$ it is not needed: there $\dot\Sigma$ is a sum of squares.`,
      equals(geluSlope(-1), expected.geluPrimeMinus1, { what: "GELU'$(-1)$" }),
      equals(geluSlope(expected.geluPrimeZero), 0, { what: "GELU' at its zero, $-0.751792$" }),
      equals(scan.value, expected.geluPrimeMinimum[1], { what: "smallest GELU' of a scan" }),
      equals(scan.at, expected.geluPrimeMinimum[0], { what: "where the scan has it", tolerance: 1e-5 }),
      atLeast(Math.min(...sameInput), 0, { what: tex`$\sum_j$GELU'$(y_j)^2$ over ${instances} draws of 8 units: the smallest` }),
    ),
    printed(
      tex`Hence $\Delta^{(l)\prime}\ge0$ for $l=3,\dots,L$.`,
      atLeast(delta3, 0, {
        what: tex`$\Delta^{(2)}=-0.3$, $\dot\Sigma=0.5$, $\Delta_r=-0.2$: $\Delta^{(3)\prime}$`,
        claims: ["A-A.6-2"],
        counterExample: tex`The text's own premises: $-0.3\cdot0.5-0.2=-0.35<0$.`,
      }),
      atLeast(Math.min(...outputs), 0, {
        what: tex`${instances} three-layer nets, LoRA on all layers, $s=1$, $k=1/3$: smallest $\Delta^{(3)\prime}_{kk}(x,x)$`,
        claims: ["A-A.6-2"],
        tolerance: 1e-9,
        counterExample: "It is negative in the drawn nets as well.",
      }),
    ),
    corrected(
      tex`From $\Delta^{(l-1)\prime}\le0$, $\Delta_r^{(l)}\le0$ and $\dot\Sigma^{(l)}\ge0$ follows $\Delta^{(l)\prime}\le0$.`,
      equals(delta3, expected.delta3, { what: "the example's value" }),
      atMost(largest(outputs), 0, { what: tex`the same ${instances} nets: largest $\Delta^{(3)\prime}_{kk}(x,x)$`, tolerance: 1e-9 }),
    ),
  ];
});

/** The smallest value and its place, by a scan in two passes. */
function minimumOf(f: (x: number) => number, from: number, to: number): { at: number; value: number } {
  const best = (low: number, high: number) =>
    Array.from({ length: 2001 }, (_, i) => low + (high - low) * i / 2000).reduce((a, b) => f(b) < f(a) ? b : a);
  const coarse = best(from, to), at = best(coarse - .002, coarse + .002);
  return { at, value: f(at) };
}
