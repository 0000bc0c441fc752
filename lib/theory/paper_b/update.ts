/** Section 4.1: LoRA's weight, and the poisoned part of a pretrained one (paper B, equations 1 and 2). */
import { type Matrix, matrixOf, minus, multiply, plus, scaled, times } from "../../math/matrix.ts";
import { smallSvd } from "../../spectral/small_svd.ts";
import { corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { drawMatrix, theoryRng } from "../draws.ts";
import { matricesM } from "./instances.ts";

const tex = String.raw;
const trainable = (out: number, width: number, rank: number): number => [[out, rank], [rank, width]].reduce((sum, [m, n]) => sum + m * n, 0);

export const loraWeight = theoremCell({
  id: "B-1",
  section: "4.1",
  title: "Equation 1: LoRA's weight",
  statement: tex`$W'=W_{pre}+s\Delta W$ with $s=\alpha/r$ and $\Delta W=BA$, $A\in\mathbb R^{r\times d}$, $B\in\mathbb R^{d\times r}$, $r\ll d$.`,
}, () => {
  const { W, B, A } = matricesM(), x = [1, -1, .5], s = 2, merged = plus(W, scaled(multiply(B, A), s));
  const inner = times(B, times(A, x)), [d, r] = [1024, 8], count = trainable(d, d, r);
  return [
    shared(
      tex`Applied to an input, the merged weight and the two paths agree: $W'x=W_{pre}x+sB(Ax)$.`,
      equals(times(merged, x), times(W, x).map((value, i) => value + s * inner[i]), { what: "matrices M, $s=2$", tolerance: 1e-12 }),
    ),
    shared(
      tex`Trained are $2dr$ numbers instead of $d^2$.`,
      equals([count, d * d, 100 * count / (d * d)], [16384, 1048576, 1.5625], {
        what: tex`$d=1024$, $r=8$: numbers in $A$ and $B$, numbers in $W$, per cent`,
        claims: ["B-4.1-2"],
        tolerance: 0,
      }),
    ),
    shared(
      tex`A matrix that is not square has $r(d_{in}+d_{out})$; at $r=d/2$ a square one saves nothing.`,
      equals([trainable(4096, 1024, 8), trainable(d, d, d / 2)], [8 * 5120, d * d], {
        what: tex`$4096\times1024$ at $r=8$; $1024\times1024$ at $r=512$`,
        tolerance: 0,
      }),
    ),
  ];
});

export const decomposition = theoremCell({
  id: "B-2",
  section: "4.1",
  title: "Equation 2: a clean and a poisoned part",
  statement: tex`$W'=W_{clean}+W_{pois}+s\Delta W$: the pretrained weight as the sum of a clean and a backdoor part.`,
}, () => {
  const rng = theoryRng.fork("B-2"), twin = drawMatrix(6, 6, 1, rng), poison = multiply(drawMatrix(6, 1, 1, rng), drawMatrix(1, 6, 1, rng));
  const pre = plus(twin, poison), found = minus(pre, twin);
  const split = (clean: Matrix) => minus(matrixOf([[1]]), clean).data;
  return [
    printed(
      tex`$W_{pre}$ has its part $W_{pois}$, which carries the backdoor.`,
      equals(split(matrixOf([[.2]])), split(matrixOf([[.7]])), {
        what: tex`$W_{pois}$ of two splits of $W_{pre}=1$, with $W_{clean}=0.2$ and with $0.7$`,
        counterExample: tex`$1=0.2+0.8=0.7+0.3$: every $W_{clean}$ gives a $W_{pois}=W_{pre}-W_{clean}$.`,
      }),
    ),
    corrected(
      tex`With a twin, trained alike on the same rows without the trigger, the split is a definition: $W_{clean}=W_{twin}$, $W_{pois}=W_{pre}-W_{twin}$.`,
      equals(found.data, poison.data, { what: "a drawn part of rank 1 on a drawn $6\\times6$ twin, found again", tolerance: 1e-12 }),
      equals(smallSvd(found).values.slice(1), [0, 0, 0, 0, 0], { what: "all its singular values but the largest", tolerance: 1e-12 }),
    ),
  ];
});
