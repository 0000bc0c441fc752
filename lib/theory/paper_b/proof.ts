/** Appendix A.2, proof of Proposition 4.2 line by line (paper B, equations 13 to 16). */
import { times } from "../../math/matrix.ts";
import { dot } from "../../spectral/small_svd.ts";
import { atLeast, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { counterExample, type Instance, instanceL, norm, randomInstances, triggeredMargin } from "./instances.ts";

const tex = String.raw;
const every = "10,000 random instances";

/** <c, dW (x^trig - x)> */
const triggerPart = ({ delta, row }: Instance): number =>
  dot(row.direction, times(delta, Float64Array.from(row.triggered, (value, i) => value - row.x[i])));
/** |c| sigma_delta */
const size = ({ row, sigmaDelta }: Instance): number => norm(row.direction) * sigmaDelta;
const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

export const marginSplit = theoremCell({
  id: "B-13",
  section: "A.2",
  title: "Proof of Proposition 4.2, equation 13",
  statement: tex`$M_s(x^{trig})=\langle c,W_{pre}x^{trig}\rangle+s\langle c,\Delta Wx^{trig}\rangle$.`,
}, () => {
  const errors = (one: Instance) =>
    [0, 2, 20 / 3].map((s) => triggeredMargin(one, s) - one.margin.triggered.pretrained - s * one.margin.triggered.update);
  return [
    shared(
      "The inner product and the layer are linear: a straight line in $s$.",
      equals(errors(instanceL()), [0, 0, 0], {
        what: tex`instance L at $s=0,2,20/3$: merged weights against the two parts`,
        claims: ["B-A.2-1"],
        tolerance: 1e-12,
      }),
      equals(largest(randomInstances().flatMap(errors)), 0, { what: `largest difference of ${every}`, claims: ["B-A.2-1"], tolerance: 1e-12 }),
    ),
  ];
});

export const updateBound = theoremCell({
  id: "B-14",
  section: "A.2",
  title: "Proof of Proposition 4.2, equation 14",
  statement: tex`$\langle c,\Delta Wx^{trig}\rangle\ge(\rho_{cl}-\rho_{tr})\lVert c\rVert_2\sigma_\Delta$.`,
}, () => {
  const all = randomInstances(), one = instanceL(), room = (each: Instance) => each.margin.triggered.update - each.margin.rhoEffective * size(each);
  return [
    shared(
      tex`$\langle c,\Delta Wx^{trig}\rangle=\langle c,\Delta Wx\rangle+\langle c,\Delta W(x^{trig}-x)\rangle$.`,
      equals(largest(all.map((each) => each.margin.triggered.update - each.margin.clean.update - triggerPart(each))), 0, {
        what: `largest difference of the two sides, ${every}`,
        tolerance: 1e-12,
      }),
    ),
    shared(
      tex`(A2): the first part is at least $\rho_{cl}\lVert c\rVert\sigma_\Delta$, the second at least $-\rho_{tr}\lVert c\rVert\sigma_\Delta$.`,
      atLeast(Math.min(...all.map((each) => triggerPart(each) + each.margin.rhoTrigger * size(each))), 0, {
        what: "smallest room in the second",
        tolerance: 1e-12,
      }),
    ),
    shared(
      "Added up.",
      atLeast(Math.min(...all.map(room)), 0, { what: `smallest room, ${every}`, claims: ["B-A.2-2"], tolerance: 1e-12 }),
      equals(room(one), 0, { what: "instance L, where the trigger works against the update: none", claims: ["B-A.2-2"], tolerance: 1e-12 }),
    ),
  ];
});

export const effectiveBound = theoremCell({
  id: "B-15",
  section: "A.2",
  title: "Proof of Proposition 4.2, equation 15",
  statement: tex`$=\rho_{eff}\lVert c\rVert_2\sigma_\Delta$.`,
}, () => {
  const one = instanceL(), { rhoClean, rhoTrigger, rhoEffective, triggered } = one.margin;
  return [
    shared(
      tex`The definition of $\rho_{eff}$; it stays above 0 as long as $\rho_{eff}$ does.`,
      equals([(rhoClean - rhoTrigger) * size(one), triggered.update], [rhoEffective * size(one), .15], {
        what: "instance L",
        claims: ["B-A.2-2"],
        tolerance: 1e-12,
      }),
    ),
  ];
});

export const pretrainedBound = theoremCell({
  id: "B-16",
  section: "A.2",
  title: "Proof of Proposition 4.2, equation 16 and the end",
  statement: tex`By (A1), $\langle c,W_{pre}x^{trig}\rangle\ge-\rho_{bd}\lVert c\rVert_2\sigma_{pre}$.`,
}, () => {
  const small = counterExample(), { margin } = small, rho = .1, scale = norm(small.row.direction), s = .2, one = instanceL();
  const bound = (each: Instance, rhoBd: number, at: number) =>
    norm(each.row.direction) * (-rhoBd * each.sigmaPre + at * each.margin.rhoEffective * each.sigmaDelta);
  const room = (at: number) => Math.min(...randomInstances().map((each) => triggeredMargin(each, at) - bound(each, each.margin.rhoBackdoor, at)));
  return [
    printed(
      tex`(A1) says $\le$ where this line says $\ge$.`,
      atLeast(margin.triggered.pretrained, -rho * scale * small.sigmaPre, {
        what: tex`$W=(-1,1)^T/\sqrt2$, $x^{trig}=1$, $\rho_{bd}=0.1$: both sides`,
        claims: ["B-A.2-3"],
        counterExample: tex`$W=(-1,1)^T/\sqrt2$, $x^{trig}=1$: $-1.414\le-0.141$ satisfies (A1) at $\rho_{bd}=0.1$; $-1.414\ge-0.141$ is false.`,
      }),
    ),
    printed(
      tex`Put in: $M_s(x^{trig})\ge\lVert c\rVert_2(-\rho_{bd}\sigma_{pre}+s\,\rho_{eff}\sigma_\Delta)$.`,
      atLeast(triggeredMargin(small, s), bound(small, rho, s), {
        what: tex`the same with $\Delta W=-W$ at $s=0.2$`,
        counterExample: tex`$s=0.2$: the right side is $+0.141$, the margin $-1.131$.`,
      }),
    ),
    corrected(
      tex`With $\rho_{bd}$ by equality line 16 is an equality, and the rest follows as printed.`,
      equals(margin.triggered.pretrained, -margin.rhoBackdoor * scale * small.sigmaPre, {
        what: tex`the counter-example, where $\rho_{bd}=1$`,
        tolerance: 1e-12,
      }),
      atLeast([room(.5), room(5)], [0, 0], { what: tex`smallest room in the lower bound of $M_s$ at $s=0.5$ and $5$, ${every}`, tolerance: 1e-12 }),
    ),
    corrected(
      tex`The last step divides by $\rho_{eff}\sigma_\Delta>0$: $s>s^*$. At $s^*$ the bound is 0.`,
      equals(bound(one, one.margin.rhoBackdoor, one.margin.sufficientScale!), 0, { what: "instance L", tolerance: 1e-12 }),
    ),
  ];
});
