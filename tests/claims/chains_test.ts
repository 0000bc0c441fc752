/** Paper B's deciders on made-up runs: a planted effect is found, its opposite is not, nothing is null. */
import assert from "node:assert/strict";
import { type Chain, retrainedStarts } from "../../lib/claims/chains.ts";
import { decide, type Decided } from "../../lib/claims/outcome.ts";
import { deciders } from "../../lib/claims/paper_b/deciders.ts";
import { sweepOf, table } from "./fake_chains.ts";
import { apart, both, falling, family, main, onion, overwritten, rates, table2, table4, table5, translated } from "./chain_sketches.ts";
import { planted, refuted } from "./planted_chains.ts";

function found(id: string, chains: readonly Chain[]): Decided<Chain> | null {
  const decider = deciders[id];
  assert.equal(decider.from, "chains", id);
  return decider.from === "chains" ? decide(decider.rule, chains) : null;
}
const verdict = (id: string, chains: readonly Chain[]) => found(id, chains)?.verdict ?? null;

Deno.test("every claim that chains decide has its effect planted here", () => {
  assert.deepEqual(planted.map(([id]) => id).sort(), Object.keys(deciders).filter((id) => deciders[id].from === "chains").sort());
});

for (const [id, effect, expected, said, opposite, other, saidOther] of planted) {
  Deno.test(`${id}: ${expected} where its effect is planted, ${other} where the opposite is, missing without runs`, () => {
    const [one, two] = [found(id, effect)!, found(id, opposite)!];
    assert.deepEqual([one.verdict, two.verdict, verdict(id, [])], [expected, other, null], `${one.effect} | ${two.effect}`);
    assert.match(one.ours, said);
    assert.match(two.ours, saidOther);
    assert.ok(one.direction > 0, `direction ${one.direction}`);
    assert.ok(two.direction < one.direction, `direction ${two.direction} against ${one.direction}`);
    assert.equal(one.provisional, false);
    assert.ok(one.used.length > 0 && one.used.every((used) => effect.includes(used)));
  });
}

Deno.test("B-6.1-3: no fall anywhere refutes it, and a fall to little everywhere is more than sometimes", () => {
  const at = (first: number, second: number) =>
    table({ LoRA: () => ({ defended: [[null, 0.95, 0.85], [onion, first, 0.8], [translated, second, 0.8]] }) });
  assert.deepEqual([at(0.95, 0.96), at(0.1, 0.1), at(0.1, 0.95)].map((runs) => verdict("B-6.1-3", runs)), ["not reproduced", "partly", "reproduced"]);
});

Deno.test("where both methods keep the backdoor a difference is open, and the means say so", () => {
  const kept = found("B-4.1-1", table({ full: 0.99, LoRA: 0.99 }))!;
  assert.equal(kept.verdict, "not reproduced");
  assert.match(kept.effect, /4 cells, 0 for, 0 against, 4 open/);
  assert.ok(kept.remarks!.some((remark) => /^mean ASR: FF 9[89]\.\d %, LoRA 9[89]\.\d %$/.test(remark)));
});

Deno.test("an ASR stands beside that of encoders never poisoned, or says that there is none", () => {
  const poisoned = table2(0.1), never = table({ full: 0.2, LoRA: 0.1, "LoRA CI+Tr+Pt": 0.15 }, { poisonRate: 0 });
  const last = (runs: readonly Chain[]) => found("B-6.1-1", runs)!.remarks!.at(-1)!;
  assert.match(
    last([...poisoned, ...never]),
    /^ASR of encoders never poisoned, same triggers: FF (19|20)\.\d %, LoRA (9|10)\.\d %, RoRA 1[45]\.\d %$/,
  );
  assert.equal(last(poisoned), "no encoder that was never poisoned at hand");
  assert.equal(found("B-6.1-1", [...poisoned, ...never])!.ours, found("B-6.1-1", poisoned)!.ours, "the null is no setting of its own");
});

Deno.test("three seeds are provisional, one decides nothing", () => {
  const few = (of: number) => table({ full: 0.3, LoRA: 0.9 }, { of });
  assert.deepEqual([found("B-4.1-1", few(3))!.verdict, found("B-4.1-1", few(3))!.provisional], ["reproduced", true]);
  assert.equal(found("B-4.1-1", few(1)), null);
});

Deno.test("runs are paired by the encoder that they start from", () => {
  const runs = table({ full: 0.3, LoRA: 0.9 }).map((one) => one.method.name === "full" && one.seed > 3 ? { ...one, start: "another" } : one);
  assert.match(found("B-4.1-1", runs)!.effect, /at least 3 seeds/);
});

Deno.test("runs that differ only in what they were evaluated with are one run", () => {
  const twice = [...table({ full: 0.3, LoRA: 0.9 }, { of: 3 }), ...table({ LoRA: () => ({ asr: 0.9, atScales: falling }) }, { of: 3 })];
  const { effect, provisional } = found("B-6.1-1", twice)!;
  assert.ok(provisional, effect);
  assert.match(found("B-5.4-3", twice)!.effect, /at least 3 seeds/);
});

Deno.test("other settings than the profile's stay out of the main comparison", () => {
  const slow = table({ full: 0.9, LoRA: 0.3 }, { where: main, epochs: 6, differs: ["epochs"], loss: 0.1 });
  const { verdict, remarks } = found("B-4.1-1", [...table({ full: 0.3, LoRA: 0.9 }, { where: main }), ...slow])!;
  assert.equal(verdict, "reproduced");
  assert.ok(remarks!.some((remark) => /^at 6 epochs: not reproduced \(ASR, LoRA − FF: −(59|60)\.\d points/.test(remark)));
});

Deno.test("B-4.1-1 tells the lengths of fine-tuning at which the methods fit clean rows alike", () => {
  const at = (epochs: number, full: number, lora: number) =>
    table({ full: () => ({ asr: 0.3, loss: full }), LoRA: () => ({ asr: epochs === 6 ? 0.2 : 0.9, loss: lora }) }, {
      where: main,
      epochs,
      differs: epochs === 2 ? [] : ["epochs"],
    });
  const { remarks } = found("B-4.1-1", [...at(2, 0.3, 0.5), ...at(6, 0.05, 0.29)])!;
  assert.ok(
    remarks!.some((remark) =>
      /^not reproduced at matched clean loss \(mr -> product-reviews, badnet: FF 2 epochs \(0\.300\), LoRA 6 \(0\.290\)\)/.test(remark)
    ),
    remarks!.join("\n"),
  );
});

Deno.test("a dose of its own is a setting of its own, beside the same encoders that were never poisoned", () => {
  const usual = sweepOf("lambda", 10, { 1: 0.95, 10: 0.95 });
  const fewer = sweepOf("lambda", 10, { 1: 0.1, 10: 0.1 }).map((one) => ({
    ...one,
    start: `${one.start} fewer`,
    poisonRate: 0.15,
    differs: [...one.differs, "poisonRate"],
  }));
  const unvaried = fewer.filter(({ differs }) => differs.length === 1).map((one) => ({ ...one, start: `${one.start} still`, poisonRate: 0.05 }));
  const never = table({ "LoRA CI+Tr+Pt": 0.05 }, { where: main, poisonRate: 0 });
  const { effect, remarks } = found("B-6.2-8", [...usual, ...fewer, ...unvaried, ...never])!;
  assert.match(effect, /2 cells, 2 for, .* \(mr -> product-reviews, badnet .*; mr -> product-reviews, badnet, 15 % of the target class /);
  assert.ok(remarks!.some((remark) => /^ASR of encoders never poisoned, same triggers: RoRA \d/.test(remark)), String(remarks));
});

Deno.test("B-6.2-8 and B-A.3-1 say a low ASR: one that is high whatever is set is flat, and half of it", () => {
  assert.equal(verdict("B-6.2-8", sweepOf("lambda", 10, { 1: 0.95, 10: 0.95 })), "partly");
  assert.equal(verdict("B-A.3-1", sweepOf("rank", 8, { 4: 0.95, 8: 0.95 })), "partly");
});

Deno.test("B-A.1-4 is untestable where the backdoor is whole at every learning rate", () => {
  const found_ = found("B-A.1-4", rates([0.99, 0.99, 0.99]))!;
  assert.deepEqual([found_.verdict, found_.ours], ["untestable here", "mean ASR above 0.95 at every learning rate"]);
});

Deno.test("a verdict that changes sign without collapsed runs says so", () => {
  const runs = table({ full: 0.9, LoRA: 0.85 }).map((one) =>
    one.method.name === "full" && one.seed <= 3 ? { ...one, attackSuccessRate: 0.005 * one.seed, collapsed: true } : one
  );
  const { remarks, effect } = found("B-4.1-1", runs)!;
  assert.match(effect, /; without 12 collapsed runs: ASR, LoRA − FF/);
  assert.ok(remarks!.includes("the sign changes without collapsed runs"), "and nothing is lowered that is not reproduced anyway");
});

Deno.test("universal claims are refuted by one cell that opposes", () => {
  assert.equal(
    verdict(
      "B-6.1-15",
      table4({ PiSSA: [1, 0.85] }).map((one) => one.method.name === "pissa" && !one.pieces ? { ...one, attackSuccessRate: 0.5 } : one),
    ),
    refuted,
  );
  assert.equal(verdict("B-6.2-1", table5({ Tr: 1 }).map((one) => one.pieces === "Tr" ? { ...one, margin: -0.4 } : one)), refuted);
});

Deno.test("where ASR does not vary over LoRA's runs, nothing can be explained", () => {
  const saturated = family(apart, () => 0.98);
  assert.deepEqual(["B-0-2", "B-4.1-3", "B-4.3-3"].map((id) => verdict(id, saturated)), new Array(3).fill("untestable here"));
  assert.equal(verdict("B-4.3-7", saturated), "partly", "the trigger alignment does vary");
  assert.match(found("B-0-2", saturated)!.effect, /^nothing to explain: over 30 runs of LoRA the ASR varies by [01]\.\d % at most$/);
  assert.equal(verdict("B-4.3-3", table({ LoRA: 0.9 })), null, "too few runs in any setting");
});

Deno.test("a number between its condition and what refutes it is partly so", () => {
  assert.deepEqual([0.95, 0.75, 0.5].map((asr) => verdict("B-6.1-1", table({ LoRA: asr }))), ["reproduced", "partly", "not reproduced"]);
});

Deno.test("differences that go either way by seed are open: neither for nor against", () => {
  const torn = ({ seed }: { seed: number }) => ({ asr: seed % 2 ? 0.2 : 0.8, ca: seed % 2 ? 0.8 : 0.9 }),
    arms = ["CI", "Tr", "Pt", "CI+Tr", "CI+Pt", "Tr+Pt"];
  const methods = Object.fromEntries(["PiSSA", "DoRA", "OLoRA", "LoRA"].flatMap((name) => [[name, 0.5], [`${name} CI+Tr+Pt`, torn]]));
  const runs = table({ full: torn, ...methods, ...Object.fromEntries(arms.map((pieces) => [`LoRA ${pieces}`, torn])) }, { of: 6 });
  for (const id of ["B-4.1-1", "B-6.1-15", "B-6.1-16", "B-6.2-1", "B-6.2-2"]) {
    const { verdict, effect } = found(id, runs)!;
    assert.equal(verdict, "not reproduced", id);
    assert.match(effect, /: (\d+) cells, 0 for, 0 against, \1 open/, id);
  }
  const swept = [0.05, 0.1, 0.3].flatMap((rate) =>
    table({ "LoRA CI+Tr+Pt": rate === 0.1 ? 0.5 : torn }, { where: main, of: 6, rate, differs: rate === 0.1 ? [] : ["rate"] })
  );
  assert.match(found("B-6.2-12", swept)!.effect, /1 cell, 0 for, 0 against, 1 open/);
  const scales = table({ LoRA: ({ seed }) => ({ atScales: [[8, seed % 2 ? 0.9 : 0.99], [128, seed % 2 ? 0.8 : 1, seed % 2 ? 0.7 : 1]] }) }, {
    where: main,
    of: 6,
  });
  assert.match(found("B-5.4-3", scales)!.effect, /1 cell, 0 for, 0 against, 1 open/);
});

Deno.test("a setting that was not swept is no part of a sweep's rule", () => {
  const elsewhere = table({ "LoRA CI+Tr+Pt": 0.9 }, { where: both.slice(1) }), swept = sweepOf("alpha", 16, { 16: 0.05, 64: 0.1 });
  assert.deepEqual([verdict("B-A.3-3", [...swept, ...elsewhere]), verdict("B-A.3-3", elsewhere)], ["reproduced", null]);
});

Deno.test("B-1-1: query and value alone that forget as little as LoRA speak against it: then it is where, not how much", () => {
  assert.equal(verdict("B-1-1", overwritten(0.3, 0.9, 0.9)), "not reproduced");
  assert.equal(found("B-1-1", overwritten(0.3, 0.9, 0.9))!.votes!.opposes, 2);
  assert.match(found("B-1-1", overwritten(0.3, 0.9, 0.9))!.remarks![0], /^counted against, as query and value alone forget as little as LoRA: .*; /);
  assert.equal(found("B-1-1", overwritten(0.9, 0.9, 0.9))!.votes!.opposes, 0, "where full fine-tuning forgets no more, nothing is said");
});

Deno.test("retrainedStarts() tells of encoders that were trained more than once, and of nothing where each was trained once", () => {
  const [one, two] = table({ full: 0.3, LoRA: 0.9 }, { of: 2 }).filter(({ method }) => method.name === "lora");
  assert.deepEqual(retrainedStarts([one, two]), []);
  const again = { ...one, key: "other", startDigest: "b" };
  assert.match(retrainedStarts([one, two, again])[0], /^1 of 2 encoders were trained anew on another processor for some of these runs: /);
});
