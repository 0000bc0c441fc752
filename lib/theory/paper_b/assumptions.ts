/** Section 4.2, Assumption 4.1: what the backdoor does at the start, and what the update does (paper B, equations 5 to 7). */
import { matrixOf } from "../../math/matrix.ts";
import { marginDirection } from "../../spectral/margin.ts";
import { atLeast, atMost, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { fixture } from "../fixtures.ts";
import { instanceL, instanceOf, norm, randomInstances } from "./instances.ts";

const tex = String.raw;
const every = "10,000 random instances";

export const effectiveBackdoor = theoremCell({
  id: "B-5",
  section: "4.2",
  title: "Equation 5, (A1): an effective backdoor",
  statement:
    tex`There is $\rho_{bd}\in(0,1]$ with $\langle c,W_{pre}x^{trig}\rangle\le-\rho_{bd}\lVert c\rVert_2\sigma_{pre}<0$, where $\sigma_{pre}=\lVert W_{pre}\rVert_2$.`,
}, () => {
  const one = instanceL(), { expected } = fixture("B-P4.2"), all = randomInstances(), { pretrained } = one.margin.triggered;
  const bound = (rho: number) => -rho * norm(one.row.direction) * one.sigmaPre, threshold = (rho: number) => rho * one.margin.certainScale!;
  return [
    shared(
      tex`No $\rho_{bd}$ above 1 is possible: $\lvert\langle c,W_{pre}x^{trig}\rangle\rvert\le\lVert c\rVert_2\sigma_{pre}$ (Cauchy and Schwarz).`,
      atMost(Math.max(...all.map(({ margin }) => margin.rhoBackdoor)), 1, {
        what: tex`largest $-\langle c,W_{pre}x^{trig}\rangle/(\lVert c\rVert\sigma_{pre})$ of ${every}`,
        tolerance: 1e-12,
      }),
    ),
    printed(
      tex`(A1) says how strong the backdoor is: its $\rho_{bd}$ enters $s^*$.`,
      atMost([pretrained, pretrained], [bound(.1), bound(.6)], { what: tex`instance L: (A1) at $\rho_{bd}=0.1$ and at $0.6$` }),
      equals(threshold(.1), threshold(.6), {
        what: tex`$s^*$ of the one row with these two`,
        counterExample: tex`An upper bound on a negative number: with $\rho_{bd}$ every smaller one satisfies it, and $s^*$ shrinks with it to 0.`,
      }),
    ),
    corrected(
      tex`By equality, row by row: $\rho_{bd}:=-\langle c,W_{pre}x^{trig}\rangle/(\lVert c\rVert_2\sigma_{pre})$, the largest that (A1) admits, and the smallest for which the proof's inequality 16 holds.`,
      equals([one.sigmaPre, one.margin.rhoBackdoor], [expected.sp, expected.rbd], { what: tex`instance L: $\sigma_{pre}$ and $\rho_{bd}$` }),
      equals(pretrained, bound(one.margin.rhoBackdoor), { what: "both sides", tolerance: 1e-12 }),
    ),
  ];
});

export const cleanAlignment = theoremCell({
  id: "B-6",
  section: "4.2",
  title: "Equation 6, (A2): clean alignment",
  statement:
    tex`There is $\rho_{cl}\in(0,1]$ with $\langle c,\Delta Wx\rangle\ge\rho_{cl}\lVert c\rVert_2\sigma_\Delta$, where $\sigma_\Delta=\lVert\Delta W\rVert_2$.`,
}, () => {
  const one = instanceL(), { expected } = fixture("B-P4.2"), other = instanceOf(one.pre, one.delta, { ...one.row, x: [-1, 0, 0] });
  const mirrored = randomInstances().slice(0, 200).map(({ pre, delta, row }) =>
    instanceOf(pre, delta, { ...row, x: Array.from(row.x, (x) => -x) }).margin
  );
  return [
    shared(
      "A lower bound, as the proof needs it; measured by equality.",
      equals([one.sigmaDelta, one.margin.rhoClean], [expected.sd, expected.rcl], { what: tex`instance L: $\sigma_\Delta$ and $\rho_{cl}$` }),
      atMost(Math.max(...randomInstances().map(({ margin }) => margin.rhoClean)), 1, {
        what: tex`largest $\rho_{cl}$ of ${every}`,
        tolerance: 1e-12,
      }),
    ),
    printed(
      tex`It holds for an arbitrary clean pair.`,
      atLeast(other.margin.rhoClean, 1e-9, {
        what: tex`$\rho_{cl}$ of the row $x=(-1,0,0)$, instance L otherwise`,
        counterExample: tex`$x=(-1,0,0)$, $y=0$: $\langle c,\Delta Wx\rangle=-0.3$. A linear update helps $x$ exactly as much as it hurts $-x$.`,
      }),
    ),
    corrected(
      tex`It holds for some rows. A constant for all of them is the smallest, which $x$ and $-x$ in one class put at 0 or below.`,
      equals(mirrored.map(({ rhoClean }) => rhoClean), randomInstances().slice(0, 200).map(({ margin }) => -margin.rhoClean), {
        what: tex`$\rho_{cl}$ of $-x$ against minus that of $x$, 200 of the instances`,
        tolerance: 1e-12,
      }),
    ),
  ];
});

export const triggerAlignment = theoremCell({
  id: "B-7",
  section: "4.2",
  title: "Equation 7, (A2): trigger alignment",
  statement:
    tex`There is $\rho_{tr}\in[0,1)$ with $\lvert\langle c,\Delta W(x^{trig}-x)\rangle\rvert\le\rho_{tr}\lVert c\rVert_2\sigma_\Delta$. The effective alignment is $\rho_{eff}=\rho_{cl}-\rho_{tr}$.`,
}, () => {
  const one = instanceL(), { expected } = fixture("B-P4.2"), scalar = matrixOf([[1], [-1]]);
  const opposite = instanceOf(scalar, scalar, { x: [1], triggered: [-1], direction: marginDirection(2, 0, 1) });
  return [
    shared(
      "Measured by equality.",
      equals([one.margin.rhoTrigger, one.margin.rhoEffective], [expected.rtr, expected.reff], {
        what: tex`instance L: $\rho_{tr}$ and $\rho_{eff}$`,
      }),
    ),
    printed(
      tex`Some $\rho_{tr}<1$ will do.`,
      atMost(opposite.margin.rhoTrigger, 1, {
        what: tex`$\rho_{tr}$ at $x=1$, $x^{trig}=-1$, $\Delta W=(1,-1)^T$`,
        counterExample: tex`$d=1$, $x=1$, $x^{trig}=-1$, $\Delta W=(1,-1)^T$: $\rho_{tr}=2$. The range is a restriction on the trigger.`,
      }),
    ),
    corrected(
      tex`$\lVert x^{trig}-x\rVert\le2$, so $\rho_{tr}\le2$. Since $\rho_{cl}\le1$, a positive $\rho_{eff}$ already asks for $\rho_{tr}<1$.`,
      atMost(Math.max(...randomInstances().map(({ margin }) => margin.rhoTrigger)), 1, {
        what: tex`largest $\rho_{tr}$ of ${every}, all of which have $\rho_{eff}>0$`,
      }),
      equals(opposite.margin.rhoTrigger, 2, { what: "the extreme case", tolerance: 1e-12 }),
    ),
  ];
});
