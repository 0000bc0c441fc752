/** Sections 2.2 and 2.3: training-time robustness as a distance of updates and as a kernel (paper A, equations 5 and 7). */
import { matrixOf, multiply } from "../../math/matrix.ts";
import { dot, gradient, kernelByJacobian, networkN } from "../../ntk/network.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { drawVector, theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import type { Sample } from "../quantities.ts";

const tex = String.raw;
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) => Math.hypot(...Array.from(a, (value, i) => value - b[i]));

export const directRobustness = theoremCell({
  id: "A-5",
  section: "2.2",
  title: "Equation 5: robustness as a distance of updates",
  statement:
    tex`$\mathcal M=\mathbb E_{(\mathcal D,\tilde{\mathcal D})}\mathbb E_t\lVert\Delta\Theta(t)-\Delta\tilde\Theta(t)\rVert$: how far the same training ends from itself when the data are poisoned. Smaller is more robust.`,
}, () => {
  const { inputs: { clean, poisoned }, expected } = fixture("A-5");
  const distances = (clean as number[][]).map((update, t) => distance(update, poisoned[t]));
  const [A, B] = [matrixOf([[.6, -.2]]), matrixOf([[.3], [.1]])], [A2, B2] = [matrixOf([[1.2, -.4]]), matrixOf([[.15], [.05]])];
  const apart = distance([...A.data, ...B.data], [...A2.data, ...B2.data]);
  const weightDistance = distance(multiply(B, A).data, multiply(B2, A2).data);
  return [
    shared(
      tex`At each step the distance of the two updates.`,
      equals(distances, [.1, Math.sqrt(.05)], { what: tex`$\lVert\Delta\Theta(t)-\Delta\tilde\Theta(t)\rVert$ at two steps` }),
    ),
    shared(tex`Averaged over the steps.`, equals((distances[0] + distances[1]) / 2, expected.M, { what: tex`$\mathcal M$, Euclidean norm` })),
    printed(
      tex`$\Theta$ stands for the learnable parameters, so for LoRA the distance is taken between pairs $(A,B)$.`,
      equals(apart, 0, {
        what: tex`distance between $(A,B)$ and $(2A,B/2)$, which are the same network`,
        counterExample: tex`$(A,B)$ and $(2A,B/2)$ compute the same function at distance 0.65.`,
      }),
    ),
    corrected(
      tex`To compare LoRA with full fine-tuning both are taken in weight space, $\Delta W=sBA$.`,
      equals(weightDistance, 0, { what: tex`$\lVert BA-(B/2)(2A)\rVert$`, tolerance: 1e-15 }),
    ),
  ];
});

export const kernelRobustness = theoremCell({
  id: "A-7",
  section: "2.3",
  title: "Equation 7: robustness as a kernel",
  statement:
    tex`$\mathcal M'=\lVert\mathbb E\,K_{ntk}(x_c,\tilde x_c)\rVert$ over clean inputs $x_c$ and their poisoned versions $\tilde x_c$. The paper reads a large value as a strong perturbation, that is as low robustness.`,
}, () => {
  const { inputs: { g, gTilde }, expected } = fixture("A-7");
  const kernels = (gTilde as number[][]).map((other) => dot(g, other)), distances = (gTilde as number[][]).map((other) => distance(g, other));
  const { layers, x } = networkN();
  const kernel = (one: ArrayLike<number>, two: ArrayLike<number>) => kernelByJacobian(layers, one, two).data;
  return [
    shared(
      tex`The kernel is the inner product of two gradients.`,
      equals(kernels, expected.K, { what: tex`$g^T\tilde g$ for $g=(1,0)$ and $\tilde g=(1,0)$ or $(0,1)$` }),
    ),
    shared(
      tex`Expanding the square: $\lVert g-\tilde g\rVert^2=K(x,x)+K(\tilde x,\tilde x)-2K(x,\tilde x)$.`,
      equals(expansionErrors(), 0, { what: "largest difference of the two sides over 1,000 random pairs", tolerance: 1e-12 }),
      equals(distances, expected.distance, { what: tex`$\lVert g-\tilde g\rVert$ of the two pairs` }),
    ),
    printed(
      tex`A larger $K(x_c,\tilde x_c)$ means a larger change of the update.`,
      atLeast(distances[0], distances[1], {
        what: tex`the distance at $K=1$ is at least that at $K=0$`,
        claims: ["A-2.3-4"],
        counterExample: tex`$g=\tilde g=(1,0)$: $K=1$ and distance 0; $g=(1,0)$, $\tilde g=(0,1)$: $K=0$ and distance $\sqrt2$.`,
      }),
    ),
    corrected(
      tex`At fixed norms the distance falls as $K$ grows.`,
      atMost(slopesAtFixedNorms(), 0, { what: tex`largest slope of $\lVert g-\tilde g\rVert$ in $K$ between unit vectors at growing angles` }),
    ),
    shared(
      tex`The kernel sees inputs only. A flipped label leaves $\tilde x_c=x_c$, so that the mean kernel is that of the clean data with itself.`,
      ...[0, 1].map((label) =>
        equals(kernelOf([{ x, label }], flipped), kernel(x, x), {
          what: tex`$K(x_c,\tilde x_c)$ of a row of class ${label} with its flipped version against $K(x,x)$, network N`,
          claims: ["A-2.4-5"],
          tolerance: 0,
        })
      ),
      atLeast(distance(gradient(layers, x, 0), gradient(layers, x, 1)), 1, {
        what: tex`$\lVert\nabla_\theta\mathcal L(x,0)-\nabla_\theta\mathcal L(x,1)\rVert$: the update does change`,
      }),
    ),
    shared(
      tex`A trigger changes the input, and with it the kernel.`,
      atLeast(distance(kernelOf([{ x, label: 0 }], triggered), kernel(x, x)), 1e-9, {
        what: tex`distance of $K(x_c,\tilde x_c)$ of a triggered row from $K(x,x)$`,
        claims: ["A-2.4-5"],
      }),
    ),
  ];
});

const flipped = ({ x, label }: Sample): Sample => ({ x, label: 1 - label });
/** The last input number stands for the trigger. */
const triggered = ({ x }: Sample): Sample => ({ x: Array.from(x, (value, i) => i === x.length - 1 ? value + 1 : value), label: 1 });

/** The mean kernel between rows and their poisoned versions, network N: what equation 7 takes the norm of. */
function kernelOf(rows: readonly Sample[], poison: (row: Sample) => Sample): number[] {
  const { layers } = networkN();
  const kernels = rows.map((row) => kernelByJacobian(layers, row.x, poison(row).x).data);
  return Array.from(kernels[0], (_, at) => kernels.reduce((sum, kernel) => sum + kernel[at], 0) / rows.length);
}

function expansionErrors(): number {
  const rng = theoryRng.fork("A-7");
  let largest = 0;
  for (let i = 0; i < 1000; i++) {
    const [g, h] = [drawVector(5, rng), drawVector(5, rng)];
    largest = Math.max(largest, Math.abs(distance(g, h) ** 2 - (dot(g, g) + dot(h, h) - 2 * dot(g, h))));
  }
  return largest;
}

function slopesAtFixedNorms(): number {
  const points = Array.from({ length: 50 }, (_, i) => {
    const angle = Math.PI * i / 49, other = [Math.cos(angle), Math.sin(angle)];
    return { kernel: dot([1, 0], other), distance: distance([1, 0], other) };
  });
  return Math.max(...points.slice(1).map((point, i) => (point.distance - points[i].distance) / (point.kernel - points[i].kernel)));
}
