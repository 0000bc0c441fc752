import assert from "node:assert/strict";
import { createRng } from "../../lib/math/random.ts";
import { mean, standardDeviation, tInterval } from "../../lib/math/statistics.ts";

const close = (actual: number | null, expected: number, tolerance = 1e-9) =>
  assert.ok(actual !== null && Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

Deno.test("mean() and standardDeviation() take the sample's, ddof 1", () => {
  close(mean([1, 2, 3, 4, 5]), 3);
  close(standardDeviation([1, 2, 3, 4, 5]), Math.sqrt(2.5));
  assert.equal(standardDeviation([7]), null);
});

Deno.test("tInterval() agrees with the t table", () => {
  const interval = tInterval([1, 2, 3, 4, 5]); // t(.975, 4) = 2.776445105197794
  close(interval.low, 3 - 2.776445105197794 * Math.sqrt(0.5));
  close(interval.high, 3 + 2.776445105197794 * Math.sqrt(0.5));
  assert.equal(interval.count, 5);
  close(tInterval([0, 2], 0.5).high, 1 + 1); // one degree of freedom is Cauchy: t(.75) = 1
});

Deno.test("tInterval() has no width for equal values, and none at all for one", () => {
  assert.deepEqual(tInterval([0.5, 0.5, 0.5]), { mean: 0.5, low: 0.5, high: 0.5, standardDeviation: 0, count: 3 });
  assert.deepEqual(tInterval([0.5]), { mean: 0.5, low: null, high: null, standardDeviation: null, count: 1 });
});

Deno.test("tInterval() covers the true mean about as often as it says", () => {
  const rng = createRng("coverage"), trials = 1000;
  let covered = 0;
  for (let trial = 0; trial < trials; trial++) {
    const { low, high } = tInterval([rng.normal(), rng.normal(), rng.normal()]);
    if (low! <= 0 && 0 <= high!) covered++;
  }
  close(covered / trials, 0.95, 4 * Math.sqrt(0.95 * 0.05 / trials));
});

Deno.test("intervals refuse no values, unbounded values and a level outside (0, 1)", () => {
  assert.throws(() => tInterval([]), { message: "Cannot take a mean as the number of values must be a whole number, at least 1: 0" });
  assert.throws(() => tInterval([1, NaN]), { message: "Cannot take a mean as every value must be finite: NaN" });
  for (const level of [0, 1, 95, NaN]) {
    assert.throws(() => tInterval([1, 2], level), { message: `Cannot compute an interval as level must be in (0, 1): ${level}` });
  }
});
