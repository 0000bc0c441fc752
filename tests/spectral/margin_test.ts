import assert from "node:assert/strict";
import { type Matrix, matrixOf, multiply } from "../../lib/math/matrix.ts";
import { createRng } from "../../lib/math/random.ts";
import { marginDirection, margins, sufficientScale } from "../../lib/spectral/margin.ts";
import { matchedScale, spectralRatio } from "../../lib/spectral/ratio.ts";
import { assumptionShares, sweepScale } from "../../lib/spectral/scale_sweep.ts";
import { assertClose } from "../support/close.ts";

const pre = matrixOf([[-.8, .1, .3], [.6, -.2, .1]]), delta = matrixOf([[.2, .05, -.1], [-.1, .02, .05]]);
const row = { x: [.8, .6, 0], triggered: [.8, 0, .6], direction: marginDirection(2, 0, 1) };

Deno.test("margins() gives the constants and scales of an instance by hand", () => {
  const [found] = margins(pre, delta, [row]);
  assertClose([found.rhoBackdoor, found.rhoClean, found.rhoTrigger, found.rhoEffective], [.682591, .722186, .30231, .419875], 1e-6);
  assertClose([found.sufficientScale!, found.exactScale!, found.certainScale!], [6.666667, 6.666667, 9.766707], 1e-6);
  assertClose(found.necessaryScale, .682591 * 1.035916 / .252613, 1e-5);
  assertClose([found.triggered.pretrained, found.triggered.update], [-1, .15], 1e-12);
});

const random = (rows: number, cols: number, name: string): Matrix => {
  const rng = createRng(name);
  return { rows, cols, data: Float64Array.from({ length: rows * cols }, () => rng.normal()) };
};
const times = (a: Matrix, x: ArrayLike<number>) => multiply(a, { rows: a.cols, cols: 1, data: Float64Array.from(x) }).data;
const inner = (x: ArrayLike<number>, y: ArrayLike<number>) => Array.from(x).reduce((sum, value, i) => sum + value * y[i], 0);

Deno.test("margins() orders the scales for inputs of any length: necessary, exact, sufficient, certain", () => {
  const [W, D] = [random(3, 6, "W"), random(3, 6, "D")], rng = createRng("rows");
  const rows = Array.from({ length: 400 }, () => {
    const x = Array.from({ length: 6 }, () => 3 * rng.normal());
    return { x, triggered: x.map((value) => value + .3 * rng.normal()), direction: marginDirection(3, rng.integer(2), 2) };
  });
  const found = margins(W, D, rows), effective = found.filter(({ rhoEffective, rhoBackdoor }) => rhoEffective > 0 && rhoBackdoor > 0);
  assert(effective.length > 20);
  for (const { necessaryScale, exactScale, sufficientScale, certainScale } of effective) {
    assert(necessaryScale <= exactScale! * (1 + 1e-12) && exactScale! <= sufficientScale! * (1 + 1e-12) && sufficientScale! <= certainScale!);
  }
  found.forEach(({ triggered, clean }, i) => {
    assertClose(triggered.pretrained, inner(rows[i].direction, times(W, rows[i].triggered)), 1e-12);
    assertClose(clean.update, inner(rows[i].direction, times(D, rows[i].x)), 1e-12);
  });
});

Deno.test("sufficientScale() is s* by the paper's formula, with lengths and singular values cancelled", () => {
  const [found] = margins(pre, delta, [row]), [sigmaPre, sigmaDelta] = [1.035916, 0.252613];
  assertClose(sufficientScale(found.clean, found.triggered)!, found.rhoBackdoor * sigmaPre / (found.rhoEffective * sigmaDelta), 1e-4);
  assertClose(sufficientScale({ pretrained: 1, update: 3 }, { pretrained: -4, update: 1 })!, 4, 1e-12); // 3 - |1 - 3| = 1
  assertClose(sufficientScale({ pretrained: 1, update: 3 }, { pretrained: -4, update: 5 })!, 4, 1e-12); // what helps the triggered row counts against it
  assert.equal(sufficientScale({ pretrained: 1, update: 3 }, { pretrained: -4, update: 6 }), null, "rho_eff = 0");
});

Deno.test("margins() does not change with the length of both inputs, nor with that of c", () => {
  const [one] = margins(pre, delta, [row]);
  const [longer] = margins(pre, delta, [{
    x: row.x.map((x) => 7 * x),
    triggered: row.triggered.map((x) => 7 * x),
    direction: row.direction.map((x) => 3 * x),
  }]);
  for (const name of ["rhoBackdoor", "rhoClean", "rhoTrigger", "sufficientScale", "certainScale", "necessaryScale", "exactScale"] as const) {
    assertClose(longer[name]!, one[name]!, 1e-12, name);
  }
});

Deno.test("margins() has no scale where the update points to the target, and 0 where no backdoor is", () => {
  const backwards = { ...delta, data: delta.data.map((x) => -x) }, [lost] = margins(pre, backwards, [row]);
  assert.deepEqual([lost.exactScale, lost.sufficientScale, lost.certainScale], [null, null, null]);
  const [safe] = margins({ ...pre, data: pre.data.map((x) => -x) }, delta, [row]);
  assert.deepEqual([safe.exactScale, safe.sufficientScale, safe.necessaryScale], [0, 0, 0]);
  const [leaving] = margins({ ...pre, data: pre.data.map((x) => -x) }, backwards, [row]); // above 0 now, not for long
  assert.equal(leaving.exactScale, null);
});

Deno.test("margins() and marginDirection() refuse what has no margin", () => {
  assert.throws(() => marginDirection(2, 1, 1), {
    name: "RangeError",
    message: "Cannot take a margin as label and target must be two classes of 0 to 1: 1, 1",
  });
  assert.throws(() => margins(pre, random(2, 4, "wide"), []), {
    name: "TypeError",
    message: "Cannot measure margins as W and dW must have one shape: 2 x 3, 2 x 4",
  });
  assert.throws(() => margins(pre, { ...delta, data: new Float64Array(6) }, []), {
    name: "RangeError",
    message: /^Cannot measure margins as W and dW must not be zero: largest singular values 1\.03.*, 0$/,
  });
  assert.throws(() => margins(pre, delta, [{ ...row, x: [1] }]), {
    name: "TypeError",
    message: "Cannot measure margins as x, x^trig and c must have 3, 3 and 2 entries: 1, 3, 2",
  });
});

Deno.test("sweepScale() counts rows by the sign of their margins", () => {
  const rows = margins(pre, delta, [row, { ...row, triggered: row.x }]), [start, middle, end] = sweepScale(rows, [0, 5, 7]);
  assert.deepEqual([start.attackSuccessRate, middle.attackSuccessRate, end.attackSuccessRate], [1, .5, 0]);
  assert.deepEqual([start.cleanAccuracy, end.cleanAccuracy], [0, 1]);
  assertClose(end.triggeredMargin, (-1 + 7 * .15 + (-.94 + 7 * .258)) / 2, 1e-12);
  assert.throws(() => sweepScale([], [1]), {
    name: "RangeError",
    message: "Cannot sweep the scale as the number of rows must be a whole number, at least 1: 0",
  });
});

Deno.test("assumptionShares() takes each row's own constants", () => {
  const rows = margins(pre, delta, [row, { ...row, x: row.triggered, triggered: row.x }, { ...row, x: [-1, 0, 0] }]);
  assert.deepEqual(assumptionShares(rows), { backdoor: 1, clean: 2 / 3, trigger: 2 / 3, effective: 2 / 3, update: 2 / 3, matched: 0 });
});

Deno.test("spectralRatio() and matchedScale() divide by what the update has, and not by zero", () => {
  assert.deepEqual(spectralRatio(6, 2, 3), { unscaled: 3, scaled: 1 });
  assert.deepEqual(spectralRatio(6, 0, 3), { unscaled: null, scaled: null });
  assert.equal(matchedScale(6, 2), 3);
  assert.throws(() => matchedScale(6, 0), {
    name: "RangeError",
    message: "Cannot match spectra as the update must have a largest singular value above 0: 0, the weight's: 6",
  });
});
