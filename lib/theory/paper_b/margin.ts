/** Section 4.2: logits and margin of a linear classifier (paper B, equations 3 and 4). */
import { plus, scaled, times } from "../../math/matrix.ts";
import { margins } from "../../spectral/margin.ts";
import { dot } from "../../spectral/small_svd.ts";
import { atMost, equals, printed, shared, theoremCell } from "../check.ts";
import { fixture } from "../fixtures.ts";
import { instanceL, norm, triggeredMargin } from "./instances.ts";

const tex = String.raw;
const constants = ["rhoBackdoor", "rhoClean", "rhoTrigger", "sufficientScale"] as const;

export const logits = theoremCell({
  id: "B-3",
  section: "4.2",
  title: "Equation 3: logits",
  statement: tex`$z_s(x)=(W_{pre}+s\Delta W)x$ with $W_{pre},\Delta W\in\mathbb R^{C\times d}$ and $\lVert x\rVert_2=\lVert x^{trig}\rVert_2=1$.`,
}, () => {
  const { pre, delta, row, margin } = instanceL(),
    { z0 } = fixture("B-P4.2").expected,
    at = (s: number) => times(plus(pre, scaled(delta, s)), row.triggered);
  const longer = margins(pre, delta, [{ ...row, x: scaledVector(row.x, 7), triggered: scaledVector(row.triggered, 7) }])[0];
  const bare = -longer.triggered.pretrained / norm(row.direction) / instanceL().sigmaPre;
  return [
    shared(
      tex`At $s=0$ it is the pretrained classifier.`,
      equals(at(0), z0, { what: tex`$z_0(x^{trig})$ of instance L: class 1 wins, class 0 is right` }),
    ),
    shared(
      tex`It is affine in $s$.`,
      equals(at(5), at(2).map((value, i) => value + 3 * times(delta, row.triggered)[i]), {
        what: tex`$z_5-z_2$ against $3\Delta Wx^{trig}$`,
        tolerance: 1e-12,
      }),
    ),
    printed(
      tex`Inputs have length 1, so the $\rho$ of what follows are at most 1.`,
      atMost(bare, 1, {
        what: tex`$\rho_{bd}$ of instance L with inputs of length 7, by the printed formula`,
        counterExample: tex`Features of a network are not normalised: at length 7 the printed $\rho_{bd}$ is 4.778137.`,
      }),
    ),
    shared(
      tex`With $\lVert x\rVert$ and $\lVert x^{trig}\rVert$ in the bounds nothing else changes: $\rho_{bd}$, $\rho_{cl}$, $\rho_{tr}$ and $s^*$ are those of the normalised inputs, if both have one length.`,
      equals(constants.map((name) => longer[name]!), constants.map((name) => margin[name]!), {
        what: "instance L at length 7 and at length 1",
        tolerance: 1e-12,
      }),
    ),
  ];
});

const scaledVector = (x: ArrayLike<number>, factor: number): number[] => Array.from(x, (value) => factor * value);

export const marginCell = theoremCell({
  id: "B-4",
  section: "4.2",
  title: "Equation 4: margin",
  statement: tex`$M_s(x)=z_s(x)_y-z_s(x)_{y_{bd}}=\langle c,z_s(x)\rangle$ with $c=e_y-e_{y_{bd}}$, for an arbitrary pair $(x,y)$.`,
}, () => {
  const one = instanceL(), { M0 } = fixture("B-P4.2").expected, z = [1, 0, 2], [y, target] = [0, 1];
  const zero = scaledVector(one.row.direction, 0);
  return [
    shared(
      tex`$c$ picks the two logits; its length is $\sqrt2$.`,
      equals([triggeredMargin(one, 0), norm(one.row.direction)], [M0, Math.SQRT2], { what: tex`instance L: $M_0(x^{trig})$ and $\lVert c\rVert_2$` }),
    ),
    printed(
      tex`The pair is arbitrary, so $y=y_{bd}$ is among them, and (A1) asks for $\langle c,W_{pre}x^{trig}\rangle<0$.`,
      atMost(dot(zero, times(one.pre, one.row.triggered)), -1e-9, {
        what: tex`$\langle c,W_{pre}x^{trig}\rangle$ for $c=e_y-e_y$, instance L`,
        counterExample: tex`$y=y_{bd}$: $c=0$ and the product is 0 for every $W_{pre}$. Rows of the target class must be left out.`,
      }),
    ),
    shared(
      tex`$M>0$ says that the target does not win. With more than two classes it does not say that $y$ does.`,
      equals([z[y] - z[target], z.indexOf(Math.max(...z))], [1, 2], {
        what: tex`$z=(1,0,2)$, $y=0$, $y_{bd}=1$: margin, predicted class`,
        tolerance: 0,
      }),
    ),
  ];
});
