/** Reference values: SciPy 1.16.3 where a comment says so, else by hand. */
import assert from "node:assert/strict";
import { claimsOf } from "../../lib/claims/claim.ts";
import { flatUnless } from "../../lib/claims/measures.ts";
import { correlation, partialSpearman, spearman } from "../../lib/claims/rules/correlation.ts";
import { direction, flat, leavesRoom, pair, summed, tally, trend, vote, voting } from "../../lib/claims/rules/cell.ts";
import { namedRules, rulesNamedIn } from "../../lib/claims/rules/named.ts";
import { fisherExact, mantelHaenszel, mcNemar } from "../../lib/claims/rules/counts.ts";
import { distanceToInteger, fitsTruncated, isConstant } from "../../lib/claims/rules/integer.ts";
import { etaSquared } from "../../lib/claims/rules/share.ts";
import { withinSize } from "../../lib/claims/rules/size.ts";
import { brownForsythe } from "../../lib/claims/rules/spread.ts";
import { aggregate, counted, lowered } from "../../lib/claims/verdict.ts";
import { createRng } from "../../lib/math/random.ts";

const near = (actual: number | null, expected: number, tolerance = 1e-9) =>
  assert.ok(actual !== null && Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
const votes = (...all: ("supports" | "opposes" | "open")[]) => vote(all.map((one) => ({ vote: one })));
const five = [0.1, 0.4, 0.35, 0.8, 0.2];

Deno.test("pair() supports, opposes or leaves open by the 95 % interval and delta", () => {
  const cell = pair(five, 1, 0.005); // SciPy: t.interval(.95, 4)
  near(cell.low, 0.03682658737626415);
  near(cell.high, 0.7031734126237359);
  assert.equal(cell.vote, "supports");
  assert.equal(pair(five, -1, 0.005).vote, "opposes");
  assert.equal(pair(five, 1, 0.5).vote, "open", "smaller than delta");
  assert.equal(pair([-0.1, 0.3, 0.1], 1, 0.005).vote, "open", "interval over 0");
  assert.deepEqual(pair([0.3], 1, 0.005), { vote: "open", mean: 0.3, low: null, high: null, seeds: 1, direction: 0.3 });
  assert.equal(pair([0.2, 0.2], -1, 0.005).direction, -0.2);
});

Deno.test("flat() takes two one-sided tests: the 90 % interval", () => {
  const cell = flat(five, 0.7); // SciPy: t.interval(.9, 4)
  near(cell.low, 0.11417838564080202);
  near(cell.high, 0.6258216143591979);
  assert.equal(cell.vote, "supports");
  assert.equal(flat(five, 0.6).vote, "open");
  assert.equal(flat(five, 0.1).vote, "opposes");
  assert.equal(flat([0], 0.1).vote, "open", "one seed shows nothing");
});

Deno.test("trend() asks for |tau| of at least 0.4", () => {
  assert.equal(trend([0.5, 0.6, 0.4], 1).vote, "supports");
  assert.equal(trend([0.5, 0.6, 0.4], -1).vote, "opposes");
  assert.equal(trend([0.3, 0.31, 0.29], 1).vote, "open");
});

Deno.test("vote() takes two thirds and no opposition, or a quarter and more support than opposition", () => {
  assert.equal(votes("supports", "supports", "open"), "reproduced");
  assert.equal(votes("supports", "supports", "opposes"), "partly");
  assert.equal(votes("supports", "open", "open", "open"), "partly");
  assert.equal(votes("supports", "open", "open", "open", "open"), "not reproduced");
  assert.equal(votes("supports", "opposes", "open"), "not reproduced");
  assert.equal(votes("open"), "not reproduced");
  assert.equal(votes(), "not run yet");
  assert.equal(vote([{ vote: "supports" }, { vote: "opposes" }], { universal: true }), "refuted by counter-example");
});

Deno.test("an open pair() says when its interval has no effect of the claimed size in it", () => {
  assert.equal(pair([-0.1, 0.3, 0.1], 1, 0.005).excluded, undefined);
  assert.equal(pair([0, 0, 0], 1, 0.05).excluded, true, "alike in every seed");
  assert.equal(pair([0.01, 0.02, 0.01], 1, 0.05).excluded, true, "above 0, and smaller than delta by the whole interval");
  assert.equal(pair([0.01, 0.02, 0.01], 1, 0.02).excluded, undefined, "the interval reaches delta");
  assert.equal(pair([0.02, -0.01, -0.02], -1, 0.1).excluded, true);
  assert.equal(pair([0], 1, 0.05).excluded, undefined, "one seed excludes nothing");
  assert.equal(pair([0.3, 0.31], -1, 0.05).excluded, undefined, "it opposes, it is not open");
});

Deno.test("leavesRoom(): whether the open cells could still carry the vote", () => {
  const open = { vote: "open" }, excluded = { vote: "open", excluded: true }, opposes = { vote: "opposes" }, supports = { vote: "supports" };
  const room = (...all: { vote: string; excluded?: boolean }[]) => leavesRoom(tally(all as Parameters<typeof tally>[0]));
  assert.ok(room(open) && room(open, open, opposes) && room(supports, open, open, open, open));
  assert.ok(!room(excluded) && !room(opposes) && !room(open, opposes) && !room(open, excluded, excluded, excluded, excluded));
  assert.deepEqual(summed([tally([{ vote: "open" }]), tally([{ vote: "opposes" }, { vote: "supports" }])]), {
    supports: 1,
    opposes: 1,
    open: 1,
    room: 1,
    cells: 3,
  });
});

Deno.test("voting() leaves out cells below five seeds where others have them, and direction() averages", () => {
  const few = { ...pair([1, 2], 1, 0), seeds: 3 }, many = { ...pair([3, 4], -1, 0), seeds: 5 };
  assert.deepEqual(voting([few, many]), [many]);
  assert.deepEqual(voting([few]), [few]);
  assert.equal(direction([few, many]), (1.5 - 3.5) / 2);
});

Deno.test("spearman() and partialSpearman() use mid-ranks", () => {
  near(spearman([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 6]), 0.8696565534786727); // SciPy: spearmanr
  const [x, y, z] = [[3, 1, 4, 1, 5, 9, 2, 6], [2, 7, 1, 8, 2, 8, 1, 8], [1, 2, 3, 4, 5, 6, 7, 9]];
  near(partialSpearman(x, y, z), 0.089040355497297); // from SciPy's three correlations
  assert.equal(partialSpearman(x, x.map((value) => -value), x), 0, "nothing is left of x when x is held fixed");
  assert.equal(spearman([1, 2], [3, 3]), 0);
});

Deno.test("correlation() takes twelve configurations, the threshold and an interval on the claimed side", () => {
  const x = Array.from({ length: 12 }, (_, i) => i), y = x.map((value, i) => -value + (i % 3) / 2);
  const found = correlation(x, y, { sign: -1, threshold: 0.5, rng: createRng(1) });
  assert.equal(found.vote, "supports");
  assert.ok(found.low <= found.rho && found.rho <= found.high && found.high < 0);
  assert.deepEqual(correlation(x, y, { sign: -1, threshold: 0.5, rng: createRng(1) }), found, "the seed decides");
  assert.equal(correlation(x, y, { sign: 1, threshold: 0.5, rng: createRng(1) }).vote, "opposes");
  const noisy = x.map((value, i) => -value + (i * 5) % 12),
    at = (level?: number) => correlation(x, noisy, { sign: -1, threshold: 0.5, rng: createRng(1), level });
  assert.deepEqual([at().vote, at(0.99).vote], ["supports", "open"], "p < 0.05 and no p < 0.01");
  assert.equal(correlation(x.slice(1), y.slice(1), { sign: -1, threshold: 0.5, rng: createRng(1) }).vote, "open", "eleven");
  assert.equal(correlation(x, y, { sign: -1, threshold: 0.5, rng: createRng(1), z: x }).vote, "open", "explained by z");
});

Deno.test("fisherExact() agrees with SciPy, and with the p values beside the paper's Table 3", () => {
  const of = (a: number, b: number, n: number, m = n) => fisherExact({ hits: [a, b], trials: [n, m] });
  near(of(90, 84, 99), 0.27611552618305607, 1e-10);
  near(of(92, 88, 99), 0.45925106895177736, 1e-10);
  near(of(86, 84, 99), 0.83874913290895, 1e-10);
  near(of(268, 256, 297), 0.1612000502066386, 1e-10);
  near(of(8, 1, 10, 6), 0.034965034965034975, 1e-10);
  near(of(0, 0, 5), 1);
});

Deno.test("mantelHaenszel() adds strata", () => {
  const strata = ([[90, 84], [92, 88], [86, 84]] as const).map((hits) => ({ hits, trials: [99, 99] as const }));
  const { p, excess } = mantelHaenszel(strata); // chi2.sf of SciPy on the same sums
  near(excess, 6);
  near(p, 0.12691580445536763, 1e-9);
  assert.equal(mantelHaenszel([{ hits: [0, 0], trials: [5, 5] }]).p, 1);
});

Deno.test("mcNemar() is the exact binomial test on pairs that differ", () => {
  near(mcNemar(10, 2), 2 * (1 + 12 + 66) / 4096);
  assert.equal(mcNemar(2, 10), mcNemar(10, 2));
  assert.equal(mcNemar(0, 0), 1);
  assert.equal(mcNemar(5, 5), 1);
});

Deno.test("brownForsythe() is Levene's test around medians", () => {
  const { p, ratio } = brownForsythe([five], [[0.5, -0.9, 1.6, 2.2, -1.4]]); // SciPy: levene(center="median")
  near(p, 0.016306289818273288, 1e-8);
  near(ratio, 5.779513628133234);
  assert.throws(() => brownForsythe([[1]], [[1, 2]]), { message: "Cannot compare spreads as each group must have 2 values: 1, 2" });
});

Deno.test("etaSquared() is the ANOVA's in a balanced design, and credits nobody twice", () => {
  const observation = (a: string, b: string, value: number) => ({ levels: { a, b }, value });
  const both = etaSquared([observation("1", "1", 0), observation("1", "2", 1), observation("2", "1", 3), observation("2", "2", 4)]);
  near(both.a, 0.9);
  near(both.b, 0.1);
  const together = etaSquared([observation("1", "1", 0), observation("1", "1", 1), observation("2", "2", 5), observation("2", "2", 6)]);
  near(together.a, 0);
  near(together.b, 0);
});

Deno.test("distanceToInteger(), fitsTruncated() and isConstant() read published numbers", () => {
  near(distanceToInteger(0.924083, 5, 872), 0.0018, 1e-4);
  assert.ok(distanceToInteger(0.5123, 5, 872) > 0.3);
  assert.equal(fitsTruncated(82.91, 2616), true); // 2169 of 2616
  assert.equal(fitsTruncated(82.92, 100), false);
  assert.equal(fitsTruncated(93.0, 4360), true); // 4055 of 4360
  const run = { rows: 100, positives: 60 };
  assert.equal(isConstant({ ...run, right: 60, truePositives: 60 }), true);
  assert.equal(isConstant({ ...run, right: 40, truePositives: 0 }), true);
  assert.equal(isConstant({ ...run, right: 80, truePositives: 50 }), false);
});

Deno.test("withinSize() allows 2 points or two combined standard deviations", () => {
  assert.equal(withinSize([0.5, 0.5], { value: 0.519 }), true);
  assert.equal(withinSize([0.5, 0.5], { value: 0.53 }), false);
  assert.equal(withinSize([0.5, 0.5], { value: 0.53, sd: 0.02 }), true);
  assert.equal(withinSize([0.5, 0.5], { value: 0.59 }, 0.1), true);
});

Deno.test("lowered(), aggregate() and counted() combine verdicts", () => {
  assert.deepEqual((["reproduced", "partly", "not reproduced", "refuted by counter-example"] as const).map(lowered), [
    "partly",
    "not reproduced",
    "not reproduced",
    "refuted by counter-example",
  ]);
  assert.equal(aggregate(["reproduced", "reproduced"]), "reproduced");
  assert.equal(aggregate(["partly", "not reproduced"]), "partly");
  assert.equal(aggregate(["reproduced", "not run yet"]), "partly", "what is open cannot make it worse, and all would be needed");
  assert.equal(aggregate(["not reproduced", "refuted by counter-example"]), "not reproduced");
  assert.equal(aggregate(["not reproduced", "not run yet"]), "not run yet");
  assert.equal(aggregate(["not reproduced", "untestable here"]), "not reproduced");
  assert.deepEqual([counted(3, 3), counted(1, 3), counted(0, 3)], ["reproduced", "partly", "not reproduced"]);
});

Deno.test("flatUnless() opposes beyond its bound where the 95 % interval excludes 0", () => {
  const { low, vote } = flatUnless([0.014, 0.03, 0.055, 0.007], 0.01, 0.02); // mean .0265; from .0014 at 90 %, from -.0074 at 95 %
  near(low, 0.0014369, 1e-6);
  assert.equal(vote, "open", "the 90 % interval of R-FLAT is not enough");
  assert.equal(flatUnless([0.02, 0.03, 0.04], 0.02, 0.025).vote, "opposes");
  assert.equal(flatUnless([-0.001, 0.001, 0.002], 0.01, 0.02).vote, "supports");
});

Deno.test("every name of a rule that claims use is explained, and no other", () => {
  const used = claimsOf().flatMap(({ test: { rule } }) => rule.match(/\bR-[A-Z]+/g) ?? []);
  assert.deepEqual([...new Set(used)].sort(), Object.keys(namedRules).sort());
  assert.deepEqual(rulesNamedIn("per cell R-PAIR(0.05), R-VOTE; R-PAIR; R-NO"), ["R-PAIR", "R-VOTE"]);
});
