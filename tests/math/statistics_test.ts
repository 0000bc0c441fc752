import assert from "node:assert/strict";
import { createRng } from "../../lib/math/random.ts";
import { bootstrapInterval, mean, standardDeviation, tInterval, wilsonInterval } from "../../lib/math/statistics.ts";

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

Deno.test("wilsonInterval() agrees with the formula worked out by hand", () => {
  const { estimate, low, high } = wilsonInterval(8, 10); // z = 1.959963984540054
  close(estimate, 0.8);
  close(low, 0.49016247153664183, 1e-12);
  close(high, 0.9433178485456247, 1e-12);
});

Deno.test("wilsonInterval() has width at 0 and at all successes, and stays in [0, 1]", () => {
  const none = wilsonInterval(0, 20), all = wilsonInterval(20, 20);
  assert.equal(none.low, 0);
  close(none.high, 0.16113, 1e-4); // z^2 / (n + z^2)
  assert.equal(all.high, 1);
  close(all.low, 1 - none.high);
});

Deno.test("wilsonInterval() refuses what is not a count", () => {
  assert.throws(() => wilsonInterval(0, 0), { message: "Cannot compute an interval as total must be a whole number, at least 1: 0" });
  assert.throws(() => wilsonInterval(11, 10), { message: "Cannot compute an interval as successes must be a whole number in [0, 10]: 11" });
  assert.throws(() => wilsonInterval(NaN, 10), RangeError);
});

Deno.test("bootstrapInterval() of the mean is near the t interval on many values", () => {
  const rng = createRng("sample"), values = Array.from({ length: 200 }, () => rng.normal());
  const t = tInterval(values), interval = bootstrapInterval(values, mean, createRng(1), { resamples: 1000 });
  close(interval.estimate, t.mean);
  close(interval.low, t.low!, 0.03);
  close(interval.high, t.high!, 0.03);
});

Deno.test("bootstrapInterval() is a function of its arguments and resamples whatever the values are", () => {
  const pairs = [[1, 2], [2, 4], [3, 5], [4, 9]], rng = createRng(2);
  const slope = (sample: readonly number[][]) => mean(sample.map(([x, y]) => y / x));
  const once = bootstrapInterval(pairs, slope, rng, { resamples: 200 });
  rng.uniform();
  assert.deepEqual(bootstrapInterval(pairs, slope, rng, { resamples: 200 }), once);
  assert.notDeepEqual(bootstrapInterval(pairs, slope, createRng(3), { resamples: 200 }), once);
  assert.ok(once.low <= once.estimate && once.estimate <= once.high);
});

Deno.test("bootstrapInterval() refuses a statistic without a value", () => {
  assert.throws(() => bootstrapInterval([1, 2], () => NaN, createRng(1)), { message: "Cannot bootstrap as every value must be finite: NaN" });
  assert.throws(() => bootstrapInterval([], mean, createRng(1)), {
    message: "Cannot bootstrap as the number of values must be a whole number, at least 1: 0",
  });
});
