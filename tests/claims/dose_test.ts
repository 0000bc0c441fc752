import assert from "node:assert/strict";
import { doseAtHalf, doseOverSeeds, logDoseRatio, monotone } from "../../lib/claims/dose.ts";

const series = (...pairs: [number, number][]) => pairs.map(([exposures, attackSuccessRate]) => ({ exposures, attackSuccessRate }));
const inside = (exposures: number) => ({ exposures, beyond: null });

Deno.test("monotone() is isotonic regression", () => {
  assert.deepEqual(monotone([0.1, 0.4, 0.3, 0.2, 0.9, 0.8]).map((value) => Number(value.toFixed(9))), [0.1, 0.3, 0.3, 0.3, 0.85, 0.85]); // SciPy
});

Deno.test("doseAtHalf() interpolates in the logarithm of 1 + exposures, in any order of points", () => {
  const half = doseAtHalf(series([3, 0.9], [0, 0.1], [9, 1]))!; // half way from ln 1 to ln 4: ln 2
  assert.ok(Math.abs(half.exposures - 1) < 1e-12 && half.beyond === null);
  const dose = doseAtHalf(series([0, 0.2], [12, 0.3], [24, 0.25], [48, 0.8]))!;
  assert.ok(24 < dose.exposures && dose.exposures < 48 && dose.beyond === null);
});

Deno.test("doseAtHalf() says which end of the grid the dose lies beyond", () => {
  assert.deepEqual(doseAtHalf(series([12, 0.1], [96, 0.4])), { exposures: 96, beyond: "high" });
  assert.deepEqual(doseAtHalf(series([12, 0.6], [96, 0.9])), { exposures: 12, beyond: "low" });
  assert.equal(doseAtHalf(series([12, 0.6])), null);
  assert.equal(doseAtHalf(series([0, 0.1], [12, 0.6])), null, "one dose beside 0 says no more than its own ASR");
});

Deno.test("doseOverSeeds() is a geometric mean with an interval, and counts what lies beyond", () => {
  const { exposures, low, high, seeds, beyond } = doseOverSeeds([inside(9), inside(39), { exposures: 19, beyond: "high" }]);
  assert.ok(Math.abs(exposures - 19) < 1e-9); // (10 x 40 x 20)^(1/3) - 1
  assert.ok(low! < 19 && 19 < high! && low! >= 0);
  assert.deepEqual([seeds, beyond], [3, { low: 0, high: 1 }]);
  assert.equal(doseOverSeeds([inside(9)]).low, null);
});

Deno.test("logDoseRatio() is unknown where both doses lie beyond one end", () => {
  assert.equal(logDoseRatio(inside(10), inside(20)), Math.log(2));
  assert.equal(logDoseRatio(inside(10), { exposures: 96, beyond: "high" }), Math.log(9.6));
  assert.equal(logDoseRatio({ exposures: 96, beyond: "high" }, { exposures: 96, beyond: "high" }), null);
});
