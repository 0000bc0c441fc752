/** Rules over quantiles of rows, where quantiles leave room or a rule has more than one part. */
import assert from "node:assert/strict";
import type { Chain } from "../../lib/claims/chains.ts";
import { decide } from "../../lib/claims/outcome.ts";
import { deciders } from "../../lib/claims/paper_b/deciders.ts";
import { shareAboveZero, shareUpTo } from "../../lib/claims/paper_b/rows.ts";
import { chain, table } from "./fake_chains.ts";
import { controls } from "./chain_sketches.ts";
import { assumed, before, built, falling, foretold, inherited, reached, swept } from "./planted_margins.ts";

function found(id: string, chains: readonly Chain[]) {
  const decider = deciders[id];
  return decider.from === "chains" ? decide(decider.rule, chains) : null;
}
const verdict = (id: string, chains: readonly Chain[]) => found(id, chains)?.verdict ?? null;

Deno.test("shareUpTo() reads shares off quantiles by straight lines, and no more than 95 % beyond the last", () => {
  const quantiles = [1, 2, 3, 4, 5] as const;
  const at = [-1, 0, 0.5, 1, 1.5, 3, 5, 9].map((x) => shareUpTo(quantiles, x, 0));
  [0, 0, 0.025, 0.05, 0.15, 0.5, 0.95, 0.95].forEach((share, i) => assert.ok(Math.abs(at[i] - share) < 1e-12, `${at[i]} is not ${share}`));
  assert.equal(shareUpTo([0, 0, 0, 4, 5], 0, 0), 0.5, "equal quantiles");
});

Deno.test("shareAboveZero() is bounded by the signs of the quantiles", () => {
  const bounds = (...quantiles: [number, number, number, number, number]) => shareAboveZero(quantiles);
  assert.deepEqual(bounds(1, 2, 3, 4, 5), { least: 0.95, most: 1 });
  assert.deepEqual(bounds(-1, 0, 3, 4, 5), { least: 0.5, most: 0.75 });
  assert.deepEqual(bounds(-5, -4, -3, -2, 0).least, 0);
  assert.ok(Math.abs(bounds(-5, -4, -3, -2, 0).most - 0.05) < 1e-12);
});

Deno.test("B-0-3: a row is above its threshold only where it is classified so; none turns, none is", () => {
  assert.match(found("B-0-3", reached(0.95, 0.1, 0.1))!.ours, /: mean over settings [45]\.\d %/);
  assert.match(found("B-0-3", reached(0.95, null, null))!.ours, /: mean over settings 0\.0 %/);
  assert.equal(verdict("B-0-3", reached(0.65, 1, 2)), "partly", "35 % of the rows");
});

Deno.test("B-4.2-1: an ASR that the signs of rho_bd cannot give is open, and opposed only where it is above 95 %", () => {
  assert.equal(found("B-4.2-1", before(-0.02, 0.4))!.verdict, "reproduced", "between 25 and 50 %");
  assert.match(found("B-4.2-1", before(-0.02, 0.8))!.effect, /0 for, 0 against, 4 open/);
  assert.match(found("B-4.2-1", before(0.1, 0.99))!.effect, /0 for, 4 against/);
});

Deno.test("B-4.2-2 tells each assumption's share", () => {
  const { verdict, remarks } = found("B-4.2-2", assumed(0.7, 0.7))!;
  assert.equal(verdict, "partly");
  assert.ok(remarks!.includes("RoRA: rho_cl > 0 in 90.0 % of the rows, rho_tr < 1 in 90.0 %, rho_eff > 0 in 70.0 %"));
});

Deno.test("B-4.2-4 leaves out the trained scale, and is untestable where the ASR is never low", () => {
  const { effect, remarks } = found("B-4.2-4", swept(foretold))!;
  assert.equal(effect, "an ASR below 10 % foretold by the median row: balanced accuracy 1.00 over 30 scales of 10 runs");
  assert.equal(remarks![0], "an ASR below 10 % at 10 of 30 scales, clean accuracy within 5 points of that as trained at 10 of them");
  assert.equal(remarks![1], "by the ASR that all rows' lines foretell: balanced accuracy 1.00");
  const high = swept(foretold, 0.2, falling.map(([scale]) => [scale, 0.9] as const));
  assert.equal(found("B-4.2-4", high)!.verdict, "untestable here");
  assert.equal(verdict("B-4.2-4", swept([[32, 0.3], [128, 0.01]])), "not reproduced", "of the two left one is foretold wrongly each time");
});

Deno.test("B-4.3-5 needs both places, and leaves out runs whose clean margin is not positive", () => {
  assert.equal(verdict("B-4.3-5", inherited(0.1, 0.9)), "partly");
  const lost = inherited(0.1, 0.1).map((one) => ({ ...one, network: { ...one.network!, clean: { without: 1, with: -1 } } }));
  assert.equal(found("B-4.3-5", lost), null);
});

Deno.test("B-5-1 is partly so where one sign is open, and not where the spectral ratio rises", () => {
  assert.equal(verdict("B-5-1", built(0.505, 0.3)), "partly");
  assert.equal(verdict("B-5-1", built(0.7, 0.3, 80)), "not reproduced");
  assert.ok(found("B-5-1", built(0.7, 0.3))!.remarks!.includes("s / s_0 of the median row that turns: LoRA 0.25, LoRA + CI 0.50"));
  assert.equal(found("B-5-1", table({ LoRA: () => ({ head: {} }), "LoRA CI": () => ({ head: {} }) })), null, "a piece is missing");
});

Deno.test("B-5.2-4: no better than plain L2 is not reproduced, whatever random directions do", () => {
  const one = { clean: 0.5, trigger: 0.5 };
  assert.equal(verdict("B-5.2-4", controls(0.6, 0.6, 0.95, one)), "not reproduced");
  assert.equal(verdict("B-5.2-4", controls(0.3, 0.6, 0.6, one)), "partly", "ASR alone is better");
});

Deno.test("runs without measured margins decide nothing", () => {
  const bare = ["", "CI", "Tr", "Pt", "CI+Tr", "CI+Tr+Pt"].flatMap((pieces) => [1, 2].map((seed) => chain({ seed, pieces, atScales: falling })));
  for (const id of ["B-0-3", "B-4.2-1", "B-4.2-2", "B-4.2-4", "B-4.3-5", "B-5-1", "B-5.3-2"]) assert.equal(found(id, bare), null, id);
});
