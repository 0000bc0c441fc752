/** Section 4.2: from which scale on the update wins (paper B, Proposition 4.2). */
import { margins } from "../../spectral/margin.ts";
import { atLeast, atMost, type Check, corrected, equals, printed, shared, theoremCell } from "../check.ts";
import { theoryRng } from "../draws.ts";
import { fixture } from "../fixtures.ts";
import { counterExample, type Instance, instanceL, norm, randomInstances, triggeredMargin } from "./instances.ts";

const tex = String.raw;
const every = "10,000 random instances", claims = ["B-4.2-3"];

/** M_s(x^trig) / (|c| sigma_pre) at a scale of each instance's own, the smallest and the largest. */
function marginsAt(scaleOf: (one: Instance, at: number) => number): [least: number, most: number] {
  const all = randomInstances().map((one, at) => triggeredMargin(one, scaleOf(one, at)) / norm(one.row.direction) / one.sigmaPre);
  return [Math.min(...all), Math.max(...all)];
}

/** Constants that (A1) as printed admits: drawn between 0 and the measured one. */
function admitted(): (one: Instance, at: number) => number {
  const rng = theoryRng.fork("B-P4.2/admitted");
  return ({ margin }, at) => (1 - rng.uniformAt(at)) * margin.rhoBackdoor;
}

export const threshold = theoremCell({
  id: "B-P4.2",
  section: "4.2",
  title: "Proposition 4.2: the scaling threshold",
  statement:
    tex`Under (A1) and (A2), with $\rho_{eff}=\rho_{cl}-\rho_{tr}>0$, every $s>s^*=\frac{\rho_{bd}}{\rho_{eff}}\frac{\sigma_{pre}}{\sigma_\Delta}$ makes the triggered margin positive: $M_s(x^{trig})>0$.`,
}, () => [
  instanceLine(),
  printedLine(),
  corrected(
    tex`It is true for $\rho_{bd}$ by equality, $\rho_{bd}=-\langle c,W_{pre}x^{trig}\rangle/(\lVert c\rVert\sigma_{pre})$, or any larger one: (A1) turned round.`,
    atLeast(marginsAt(({ margin }) => 1.0001 * margin.sufficientScale!)[0], 0, {
      what: tex`smallest $M_s/(\lVert c\rVert\sigma_{pre})$ at $s=1.0001\,s^*$, ${every}`,
      claims,
    }),
    atLeast(triggeredMargin(counterExample(), 1.1), 0, { what: tex`the counter-example, where then $s^*=1$, at $s=1.1$`, claims }),
    counterExampleAround(),
  ),
  corrected(
    tex`And without (A1) for $s>\frac{\sigma_{pre}}{\rho_{eff}\sigma_\Delta}$, since $\langle c,W_{pre}x^{trig}\rangle\ge-\lVert c\rVert\sigma_{pre}$ always (Cauchy and Schwarz).`,
    ...certainChecks(),
  ),
  corrected(
    tex`What (A1) as printed does prove is the opposite: no $s\le\rho_{bd}\sigma_{pre}/\sigma_\Delta$ is enough, because $\langle c,\Delta Wx^{trig}\rangle\le\lVert c\rVert\sigma_\Delta$.`,
    atMost(survivingMargin(), 0, {
      what: tex`largest $M_s/(\lVert c\rVert\sigma_{pre})$ there, with the $\rho_{bd}$ that violate the proposition`,
      tolerance: 1e-12,
    }),
  ),
  corrected(
    tex`Exact is $s_0=-\langle c,W_{pre}x^{trig}\rangle/\langle c,\Delta Wx^{trig}\rangle$ where the denominator is positive; $s^*$ is enough but not needed.`,
    ...exactChecks(),
  ),
  shared(tex`A larger gap lowers the threshold: $\partial s^*/\partial\rho_{eff}=-s^*/\rho_{eff}<0$.`, ...slopeChecks()),
  corrected(
    tex`For inputs of other lengths, with $\rho$ relative to them, $s^*=\frac{\rho_{bd}}{\rho_{eff}}\frac{\sigma_{pre}\lVert x^{trig}\rVert}{\sigma_\Delta\lVert x\rVert}$.`,
    lengthCheck(),
  ),
]);

function instanceLine() {
  const one = instanceL(), { expected } = fixture("B-P4.2"), { sufficientScale: s, exactScale } = one.margin;
  return shared(
    tex`Instance L, with $\rho_{bd}$ by equality: $s^*$ is where the margin changes its sign.`,
    equals([s!, exactScale!], [expected.sstar, expected.exact], { what: tex`$s^*$ and the exact threshold` }),
    equals([s! / 2, s!, 2 * s!].map((at) => triggeredMargin(one, at)), [expected.Mhalf, expected.Mss, expected.M2], {
      what: tex`$M$ at $s^*/2$, $s^*$ and $2s^*$`,
    }),
  );
}

function printedLine() {
  const { inputs, expected } = fixture("B-P4.2c"), small = counterExample(), rho = admitted(), all = randomInstances();
  const ratio = small.sigmaPre / small.sigmaDelta, s = inputs.rhoBd / (inputs.rhoCl - inputs.rhoTr) * ratio;
  const failing = all.filter((one, at) => triggeredMargin(one, 1.0001 * rho(one, at) * one.margin.certainScale!) <= 0).length;
  return printed(
    tex`The same follows from (A1) as printed, which bounds $\langle c,W_{pre}x^{trig}\rangle$ from above.`,
    equals([s, triggeredMargin(small, 2 * s)], [expected.sStar, expected.M_at_0_2], {
      what: tex`$s^*$ and $M$ at $2s^*$ for $W=(-1,1)^T/\sqrt2$, $\Delta W=-W$, $x=x^{trig}=1$, $\rho_{bd}=0.1$, $\rho_{cl}=1$, $\rho_{tr}=0$`,
    }),
    atLeast(triggeredMargin(small, 2 * s), 0, {
      what: tex`that $M$ at $2s^*$`,
      claims,
      counterExample:
        tex`$C=2$, $d=1$, $x=x^{trig}=1$, $W=(-1,1)^T/\sqrt2$, $\Delta W=-W$, $\rho_{bd}=0.1$ (admitted: $-1.414\le-0.141$): $s^*=0.1$, and $M_{0.2}=-1.131$.`,
    }),
    atMost(failing, 0, {
      what: tex`how many of ${every} have $M\le0$ at $s=1.0001\,s^*$, with a $\rho_{bd}$ drawn from those that (A1) admits`,
      claims,
      counterExample: tex`${failing} of 10,000.`,
    }),
  );
}

/** Where the counter-example's margin, negative up to there, changes its sign. */
function counterExampleAround(): Check {
  const { M_at_1, M_at_1_1 } = fixture("B-P4.2c").expected;
  return equals([1, 1.1].map((s) => triggeredMargin(counterExample(), s)), [M_at_1, M_at_1_1], { what: "its $M$ at $s=1$ and at $s=1.1$" });
}

function certainChecks(): Check[] {
  const one = instanceL(), { expected } = fixture("B-P4.2");
  return [
    equals([one.margin.certainScale!, triggeredMargin(one, one.margin.certainScale!)], [expected.cs, expected.Mcs], {
      what: "instance L: this threshold, and the margin there",
    }),
    atLeast(marginsAt(({ margin }) => 1.0001 * margin.certainScale!)[0], 0, { what: tex`smallest margin just above it, ${every}`, claims }),
  ];
}

function survivingMargin(): number {
  const rho = admitted();
  return marginsAt((one, at) => rho(one, at) * one.sigmaPre / one.sigmaDelta)[1];
}

function exactChecks(): Check[] {
  const all = randomInstances().map(({ margin }) => margin),
    [below, above] = [.999, 1.001].map((factor) => marginsAt(({ margin }) => factor * margin.exactScale!));
  const shares = all.map(({ exactScale, sufficientScale }) => exactScale! / sufficientScale!), needed = shares.filter((share) => share > .5).length;
  return [
    atMost(below[1], 0, { what: tex`largest margin at $0.999\,s_0$, ${every}` }),
    atLeast(above[0], 0, { what: tex`smallest at $1.001\,s_0$` }),
    atMost(Math.max(...shares), 1, { what: tex`largest $s_0/s^*$ of them (above one half in ${needed} of 10,000)`, tolerance: 1e-9 }),
  ];
}

function slopeChecks(): Check[] {
  const { margin: { sufficientScale: s, certainScale, rhoBackdoor, rhoEffective } } = instanceL();
  const at = (rho: number) => rhoBackdoor / rho * certainScale! * rhoEffective, step = 1e-5;
  const slope = (at(rhoEffective + step) - at(rhoEffective - step)) / (2 * step);
  return [
    equals(slope, -s! / rhoEffective, { what: "instance L: central difference against the formula", claims: ["B-4.2-5"], tolerance: 1e-6 }),
    atMost(Math.max(...randomInstances().map(({ margin }) => -margin.sufficientScale! / margin.rhoEffective)), -1e-12, {
      what: tex`largest slope of ${every}`,
      claims: ["B-4.2-5"],
    }),
  ];
}

/** The instances again, x and x^trig longer or shorter by factors of their own. */
function lengthCheck(): Check {
  const rng = theoryRng.fork("B-P4.2/lengths"),
    least = randomInstances().flatMap(({ pre, delta, row, sigmaPre, sigmaDelta }) => {
      const longer = (input: ArrayLike<number>, length: number) => Array.from(input, (value) => length * value);
      const x = longer(row.x, 5), triggered = longer(row.triggered, 5 + rng.uniform());
      const [{ rhoEffective, sufficientScale, triggered: { pretrained, update } }] = margins(pre, delta, [{ ...row, x, triggered }], {
        sigmaPre,
        sigmaDelta,
      });
      return rhoEffective > 0 ? [pretrained + 1.0001 * sufficientScale! * update] : [];
    });
  return atLeast(Math.min(...least), 0, {
    what:
      tex`smallest margin just above it, the same instances with $\lVert x\rVert=5$ and $\lVert x^{trig}\rVert$ drawn between 5 and 6, ${least.length} of which keep $\rho_{eff}>0$`,
  });
}
