import assert from "node:assert/strict";
import { quantityName } from "../../lib/claims/quantity_names.ts";
import { claimsOf, paperOf, papers, parseClaims, quantitiesInWords } from "../../lib/claims/claim.ts";
import { gaps, ledger, type LedgerRow, verdictText } from "../../lib/claims/ledger.ts";
import { observe } from "../../lib/claims/observe.ts";
import { rules } from "../../lib/claims/papers.ts";
import { verdicts } from "../../lib/claims/verdict.ts";
import { comparison } from "../../lib/experiment/persistence_grids.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { atMost, type Check, equals, type TheoremCell } from "../../lib/theory/check.ts";
import { withRates } from "../support/main_settings.ts";
import { fakeRecord } from "../support/fake_record.ts";
import { counts, makeRecord, makeSweep } from "../support/records.ts";

const nothing = { records: [], theory: [], profile: "standard" };
const rowOf = (rows: readonly LedgerRow[], id: string) => rows.find((row) => row.id === id)!;

Deno.test("claimsOf() reads 141 claims of paper A and 93 of paper B, each with a rule", () => {
  const tiers = (paper: "a" | "b") => [1, 2, 3].map((tier) => claimsOf(paper).filter((claim) => claim.tier === tier).length);
  assert.deepEqual([tiers("a"), tiers("b")], [[27, 49, 65], [22, 50, 21]]);
  assert.deepEqual(claimsOf().map(({ id }) => id), [...claimsOf("a"), ...claimsOf("b")].map(({ id }) => id));
  for (const paper of papers) assert.ok(claimsOf(paper).every(({ id }) => paperOf(id) === paper));
});

Deno.test("parseClaims() names the field that is wrong", () => {
  const [claim] = claimsOf("a");
  assert.throws(() => parseClaims(JSON.stringify({ paper: "p", claims: [{ ...claim, tier: 4 }] })), {
    name: "TypeError",
    message: /^Cannot read the claims as each must have the fields of claim\.ts: claims\.0\.tier: /,
  });
  assert.throws(() => parseClaims(JSON.stringify({ paper: "p", claims: [claim, claim] })), /the list: every id once/);
});

Deno.test("quantityName() reads camel case, and leaves other names alone", () => {
  const said = {
    "gapPointsFFminusLoRA": "gap points FF − LoRA",
    "meanEigenvalueOfAtA": "mean eigenvalue of AᵀA",
    "rate0.40Accuracy": "rate 0.40 accuracy",
    "QNLIclean": "QNLI clean",
    "kASR": "k ASR",
    "above95": "above 95",
    "n1024": "n1024",
    "H0.5": "H0.5",
    "SST-2": "SST-2",
    "CoLA": "CoLA",
    "ONION": "ONION",
    "CI": "CI",
    "Tr": "Tr",
    "Shannon": "Shannon",
    "ownCAonGrid": "own CA on grid",
    "ReLU60deg": "ReLU 60 deg",
    "rank up, BPA": "rank up, BPA",
  };
  assert.deepEqual(Object.fromEntries(Object.keys(said).map((name) => [name, quantityName(name)])), said);
  const broken = claimsOf().map(quantitiesInWords).filter((text) => /(^|[^\w])[A-Z] [A-Z]( |:)|Lo RA|Ro RA/.test(text));
  assert.deepEqual(broken, [], "no acronym is taken apart");
});

Deno.test("quantitiesInWords() flattens the paper's numbers", () => {
  const claim = claimsOf().find(({ id }) => id === "A-0-1")!;
  assert.equal(quantitiesInWords(claim), "figure: 2; max gain points: SST-2 37.4, QQP 41.2, QNLI 13.2, CoLA 1.6");
});

for (const paper of papers) {
  const { deciders, aggregates, told } = rules[paper], claims = claimsOf(paper), ids = new Set(claims.map(({ id }) => id));

  Deno.test(`paper ${paper}: no claim has two ways to its verdict, and no decider is without a claim`, () => {
    assert.deepEqual([...Object.keys(deciders), ...Object.keys(aggregates), ...Object.keys(told)].filter((id) => !ids.has(id)), []);
    const parts = [...Object.values(aggregates), ...claims.map(({ aggregates = [] }) => ({ parts: aggregates }))].flatMap(({ parts }) => parts);
    assert.deepEqual(parts.filter((id) => !ids.has(id)), []);
    assert.deepEqual(Object.keys(aggregates).filter((id) => deciders[id]), []);
  });
}

Deno.test("every claim of paper A that needs runs has a decider", () => {
  const { deciders, aggregates } = rules.a;
  const byTheory = claimsOf("a").filter(({ id, aggregates: parts }) => !deciders[id] && !parts && !aggregates[id]);
  assert.deepEqual(byTheory.filter(({ needs }) => needs !== "theory").map(({ id }) => id), ["A-2.3-2"], "the idealised net decides; runs are told");
});

Deno.test("ledger() without evidence: what published numbers decide is decided, and the rest says what is missing", () => {
  const rows = ledger(nothing);
  assert.deepEqual(rows.map(({ id }) => id), claimsOf().map(({ id }) => id));
  assert.ok(rows.every(({ verdict, effect }) => verdicts.includes(verdict) && effect.length > 0));
  assert.match(rowOf(rows, "A-4.3-1").effect, /^missing, on two seeds or more: label-flip runs of both methods/);
  assert.match(rowOf(rows, "A-1-1").effect, /no run decides it/);
  const later = rows.filter((row) => row.later).map(({ id }) => id);
  assert.deepEqual(later, ["A-3.3-12", "A-E.3-1", "A-E.3-2", "A-E.3-3", "A-E.3-4", "B-6.1-18", "B-6.2-9"]);
  assert.match(rowOf(rows, "A-E.3-1").effect, /published: 90 against 84 of 99, Fisher's exact p 0\.28/);
  assert.equal(rowOf(rows, "B-0-2").verdict, "not run yet");
  assert.match(rowOf(rows, "B-0-2").effect, /^missing, on two seeds or more: at least 12 runs of plain LoRA/);
  assert.equal(rowOf(rows, "B-6.2-8").verdict, "untestable here", "needs the paper's scale");
  assert.match(
    rowOf(rows, "B-6.1-8").effect,
    /^needs the paper's scale: BERT-large.*; published: LoRA ASR 99\.70 in text and table 2; RoRA ASR 7\.48 /,
  );
  assert.ok(gaps(rows).length > 50 && gaps(rows).every(({ later, verdict }) => !later && verdict === "not run yet"));
});

Deno.test("ledger() decides from published numbers as the paper's own data say", () => {
  const rows = ledger(nothing);
  const expected: Record<string, string> = {
    "fails": "not reproduced",
    "holds partly": "partly",
    "holds": "reproduced",
    "no data": "untestable here",
  };
  const audits = rows.filter(({ id }) => rules[paperOf(id)].deciders[id]?.from === "published");
  assert.deepEqual(papers.map((paper) => audits.filter(({ id }) => paperOf(id) === paper).length), [12, 8]);
  for (const { id, verdict } of audits) {
    const { paperData } = claimsOf().find((claim) => claim.id === id)!;
    assert.equal(verdict, expected[paperData.verdict], id);
  }
  assert.match(rowOf(rows, "A-4.1-2").effect, /^7 of 320 runs of Figure 6 predict one class, 4 of them at rates up to 0\.35/);
  assert.match(rowOf(rows, "A-4.1-3").effect, /five runs fit all \d+ accuracies .* 4 of 8 of Table E\.1 \(three runs fit 8\)/);
  assert.equal(rowOf(rows, "A-3.3-14").link, "fig-a3");
  assert.match(rowOf(rows, "A-3.3-14").ours, /off by 3\.06 as labelled, 0\.09 transposed/);
});

const cell = (...checks: Check[]): TheoremCell => ({
  id: "A-9",
  title: "t",
  statement: "s",
  steps: [{ form: "printed", line: "l", checks }],
});

Deno.test("theory decides by the checks that name a claim", () => {
  const claims = ["A-2.4-2", "A-2.4-1"], good = equals(1, 1, { what: "a", claims });
  const bad = atMost(2, 1, { what: "b", claims, counterExample: "the spectrum (2, 1)" });
  const of = (...checks: Check[]) => ledger({ ...nothing, theory: [cell(...checks)] });
  assert.equal(rowOf(of(good), "A-2.4-2").verdict, "reproduced");
  assert.equal(rowOf(of(good, bad), "A-2.4-2").verdict, "refuted by counter-example");
  assert.equal(rowOf(of(good, bad), "A-2.4-2").effect, "1 of 2 checks fail: the spectrum (2, 1)");
  assert.equal(rowOf(of(good, bad), "A-2.4-1").verdict, "partly", "no R-CEX");
  assert.equal(rowOf(of(bad), "A-2.4-1").verdict, "not reproduced");
  assert.equal(rowOf(of(good), "A-2.4-2").link, "A-9");
  assert.equal(rowOf(of(good), "A-2.4-3").verdict, "not run yet");
});

Deno.test("ledger() reads records: five seeds give a verdict, three a provisional one, and the keys lead back", () => {
  const records = makeSweep([1, 2, 3, 4, 5]), row = rowOf(ledger({ ...nothing, records }), "A-4.3-1");
  assert.equal(row.verdict, "reproduced", row.effect);
  assert.equal(row.provisional, false);
  assert.match(row.effect, /, 5 for|, 4 for|, 3 for/);
  assert.ok(row.keys.length > 0 && row.keys.every((key) => records.some((record) => record.key === key)));
  const few = rowOf(ledger({ ...nothing, records: makeSweep([1, 2, 3]) }), "A-4.3-1");
  assert.equal(few.provisional, true);
});

Deno.test("not reproduced is open where the intervals leave room for the claim, and not where they leave none or speak against it", () => {
  /** Accuracy of LoRA below full fine-tuning's, per seed. */
  const rowWith = (...gaps: readonly number[]) => {
    const records = gaps.flatMap((gap, i) =>
      (["full", "lora"] as const).map((method) => {
        const right = method === "full" ? 0.7 : 0.7 - gap;
        return makeRecord({ method, seed: i + 1, attack: "upa", clean: counts(right, right) });
      })
    );
    return rowOf(ledger({ ...nothing, records }), "A-4.3-1");
  };
  const open = rowWith(0.1, -0.06, 0.08, 0.02, -0.03);
  assert.deepEqual([open.open, verdictText(open)], [true, "not reproduced (intervals open)"], open.effect);
  for (const gaps of [[0, 0, 0, 0, 0], [-0.1, -0.11, -0.09, -0.1, -0.1]]) {
    assert.deepEqual([rowWith(...gaps).verdict, rowWith(...gaps).open], ["not reproduced", false], gaps.join());
  }
  assert.equal(rowWith(0.1, 0.11, 0.09, 0.1, 0.1).open, false, "reproduced");
});

Deno.test("a claim that needs the paper's scale gets no verdict at a smaller one, but says what is seen", () => {
  const rows = ledger({ ...nothing, records: makeSweep([1, 2, 3, 4, 5]) }), row = rowOf(rows, "A-4.3-6");
  assert.equal(row.verdict, "untestable here");
  assert.equal(row.scale, "trend seen at small scale");
  assert.match(row.effect, /^largest mean gain of LoRA in triggered accuracy: mr \d+ exposures/);
  assert.equal(rowOf(ledger({ ...nothing, records: makeSweep([1, 2, 3, 4, 5]), profile: "paper" }), "A-4.3-6").verdict, "reproduced");
});

Deno.test("aggregates follow their parts, and are provisional with them", () => {
  const good = [equals(1, 1, { what: "a", claims: ["A-A.6-1", "A-A.6-2"] })], bad = [atMost(2, 1, { what: "b", claims: ["A-A.6-3"] })];
  const rows = ledger({ ...nothing, theory: [cell(...good, ...bad)] });
  assert.deepEqual([rowOf(rows, "A-3.4-1").verdict, rowOf(rows, "A-3.4-1").effect], [
    "partly",
    "A-A.6-1 reproduced, A-A.6-2 reproduced, A-A.6-3 refuted by counter-example",
  ]);
  const runs = ledger({ ...nothing, records: makeSweep([1, 2, 3]) });
  assert.equal(rowOf(runs, "A-0-2").provisional, true);
  assert.match(rowOf(runs, "A-0-1").effect, /^A-4\.3-4 .*, A-E\.3-4 not run yet$/);
});

Deno.test("ledger() keeps runs that start from others out of paper A's verdicts", () => {
  const records = comparison(profileNamed("quick"), [1, 2]).map((config, i) => fakeRecord(config, `key-${i}`));
  assert.deepEqual(ledger({ ...nothing, records }, claimsOf("a")), ledger(nothing, claimsOf("a")));
});

Deno.test("observe() tells the main learning rate from others, and keeps what a comparison holds fixed", () => {
  const records = [1, 2].flatMap((seed) => [makeRecord({ seed }), makeRecord({ seed, method: "full" })]);
  const runs = observe([...records, makeRecord({ learningRate: 5e-4 })]);
  assert.deepEqual(runs.map(({ main }) => main), [true, true, false, true, true]);
  assert.equal(new Set(runs.map(({ setting }) => setting)).size, 1, "methods and learning rates share a setting");
  assert.deepEqual(observe(records, withRates(5e-5, 5e-5)).map(({ method, main }) => [method, main]), [
    ["lora", false],
    ["lora", false],
    ["full", true],
    ["full", true],
  ]);
  const [door] = observe([makeRecord({ attack: "bpa", triggered: counts(0.2, 0.9), clean: counts(0.7, 0.9) })]);
  assert.ok(Math.abs(door.triggered!.asTarget - 0.8) < 1e-12 && Math.abs(door.clean.asTarget - 0.3) < 1e-12);
  assert.equal(door.stated, true);
});
