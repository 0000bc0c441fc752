import assert from "node:assert/strict";
import { paperBRows } from "../../lib/claims/paper_b/published.ts";
import { chainRows } from "../../lib/experiment/chain_rows.ts";
import { experiments } from "../../lib/experiment/experiments.ts";
import type { Figure } from "../../lib/figure/figure.ts";
import { figuresOfPaperB } from "../../lib/figure/paper_b/figures.ts";
import type { CaseMark } from "../../lib/figure/paper_b/case_study_spec.ts";
import type { Mark } from "../../lib/figure/paper_b/mark.ts";
import { armName } from "../../lib/figure/paper_b/names.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { figures } from "../../lib/figure/registry.ts";
import { optionsTable } from "../../lib/figure/paper_b/options.ts";
import { table4AtLowerRate } from "../../lib/figure/paper_b/tables.ts";
import { compileSpec, renderSvg } from "../../lib/figure/svg.ts";
import { makeChainRecords } from "../support/chain_records.ts";
import { draw, find } from "../support/paper_b_figures.ts";

const { persistence } = profileNamed("standard");
const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);
const middle = (values: number[]): number => values.sort((a, b) => a - b)[1];

Deno.test("paper B's figures are registered, one for each of its experiments with runs, in their order of ids", () => {
  const withRuns = experiments.filter(({ id }) =>
    /^(fig-b\d|fig-b-margins|table-b|proxy-doses|rora-options|defences|acceptability|tuning-rates|lengths)/.test(id)
  )
    .map((
      { id },
    ) => id);
  assert.deepEqual(figuresOfPaperB.map(({ id }) => id).sort(), withRuns.sort());
  assert.ok(figuresOfPaperB.every(({ id }) => figures.filter((figure) => figure.id === id).length === 1));
});

for (const { id, title } of figuresOfPaperB) {
  Deno.test(`draw() of ${id} gives a spec that compiles without warnings, after no run, one run, one seed and all`, async () => {
    const all = makeChainRecords(id), one = makeChainRecords(id, [1]);
    for (const records of [[], one.slice(-1), one]) {
      const figure = draw(id, records), svg = await renderSvg(figure);
      assert.deepEqual([figure.id, figure.title], [id, title]);
      assert.equal(svg.includes("no runs yet"), !figure.rows.some((row) => row.source === "run"));
      assert.doesNotMatch(svg, /NaN|undefined/);
      assert.match(figure.caption, /\.$/);
    }
    assert.ok(compileSpec(draw(id, all).spec));
  });

  Deno.test(`draw() of ${id} does not depend on the order of the records`, () => {
    const records = makeChainRecords(id, [1, 2]);
    assert.deepEqual(draw(id, records.toReversed()), draw(id, records));
  });

  Deno.test(`draw() of ${id} shows CA, ASR and their margin of a run together, and names the records drawn`, () => {
    const records = makeChainRecords(id, [1, 2]), figure = draw(id, records), dots = find(figure, { source: "run" });
    const keys = new Set(records.map(({ key }) => key));
    assert.ok(figure.keys.length > 0 && figure.keys.every((key) => keys.has(key)));
    assert.ok(dots.every(({ key }) => figure.keys.includes(key!)));
    if (["fig-b1", "fig-b2", "fig-b4", "fig-b-margins", "acceptability"].includes(id)) return;
    const [ca, asr, margin] = (["CA", "ASR", "CA − ASR"] as const).map((panel) => dots.filter((dot) => dot.panel === panel));
    assert.deepEqual([asr.length, margin.length], [ca.length, ca.length]);
    ca.forEach(({ value }, i) => close(margin[i].value, value - asr[i].value));
  });
}

Deno.test("draw() of table-b2 keeps the paper's two encoders apart, each beside its own nulls, whatever the order of the records", () => {
  const records = makeChainRecords("table-b2", [1], profileNamed("paper")), figure = draw("table-b2", records);
  assert.match(figure.caption, /^Ours: bert-large-uncased and roberta-large\. /);
  const groups = [...new Set(find(figure, { source: "run" }).map(({ group }) => group))], [first] = groups;
  assert.deepEqual([groups.length, first], [2 * 3 * 2, "IMDB → SST-2, BERT-large, BadNet"]);
  for (const group of groups) assert.equal(find(figure, { group, panel: "ASR", label: "LoRA", source: "run" }).length, 1, group);
  const rows = records.flatMap(chainRows).filter((row) => row.poisonRate === 0 && row.trigger === "badnet" && row.target === "paper-b-sst-2");
  for (const [model, title] of [["bert-large-uncased", "BERT-large"], ["roberta-large", "RoBERTa-large"]]) {
    const own = rows.find((row) => row.model === model && armName(row) === "LoRA")!;
    const [{ value }] = find(figure, { group: `IMDB → SST-2, ${title}, BadNet`, panel: "ASR", label: "LoRA", source: "null" });
    assert.equal(value, own.attackSuccessRate);
  }
  assert.deepEqual(draw("table-b2", records.toReversed()), figure);
});

Deno.test("draw() of rora-options has a line for each choice, whatever is adapted and wherever the classifier begins", () => {
  const records = makeChainRecords("rora-options", [1]), figure = draw("rora-options", records), { lines } = optionsTable;
  const asr = lines.map(({ label }) => find(figure, { panel: "ASR", label, source: "run" }).length);
  assert.deepEqual(asr, lines.map(() => 1));
  const nullOf = (label: string) => find(figure, { panel: "ASR", label, source: "null" })[0].value;
  assert.deepEqual([nullOf("DoRA"), nullOf("PiSSA + Pt")], [nullOf("LoRA"), nullOf("LoRA + Pt")]);
  const rows = records.flatMap(chainRows).filter(({ poisonRate, trigger }) => poisonRate === 0 && trigger === "badnet");
  for (const row of rows.filter(({ method, freshHead }) => freshHead || method.name !== "full" && method.targets === "all")) {
    const label = `${armName(row)}, ${row.freshHead ? "fresh classifier" : "every linear module"}`;
    assert.equal(nullOf(label), row.attackSuccessRate, label);
  }
  assert.match(figure.caption, /PiSSA: rank 8, \$s = \\alpha \/ r = 1 \\text\{ or \} 2\$, query and value, dropout 0 or 0\.1,/);
  assert.match(figure.caption, /LoRA: rank 8, \$s = \\alpha \/ r = 2\$, all linear modules or query and value, dropout 0\.1,/);
});

Deno.test("draw() of table-b4-low has a line for each reading of PiSSA's and OLoRA's weight and its change, each with its own null", () => {
  const records = makeChainRecords("table-b4-low", [1]), figure = draw("table-b4-low", records), { lines } = table4AtLowerRate;
  assert.equal(lines.length, 14);
  const clean = records.flatMap(chainRows).filter(({ poisonRate, trigger, tuned }) => tuned && poisonRate === 0 && trigger === "badnet");
  const values = lines.map(({ label }) => ["run", "null"].map((source) => find(figure, { panel: "ASR", label, source: source as "run" })));
  assert.deepEqual(values.map((own) => own.map(({ length }) => length)), lines.map(() => [1, 1]));
  const nulls = clean.map((row) => [table4AtLowerRate.entriesOf(row)[0].label, row.attackSuccessRate] as const);
  assert.deepEqual(new Map(lines.map(({ label }, i) => [label, values[i][1][0].value])), new Map(nulls));
});

Deno.test("draw() of table-b2 has each method's runs, their median and range, and the null of the same method, else LoRA's", () => {
  const records = makeChainRecords("table-b2"), figure = draw("table-b2", records);
  const asr = (label: string) => ({ group: "MR → product reviews, BadNet", panel: "ASR", label } as const);
  for (const label of ["full fine-tuning", "LoRA", "PiSSA", "DoRA", "OLoRA", "LoRA + RoRA"]) {
    const values = find(figure, { ...asr(label), source: "run" }).map(({ value }) => value),
      [own] = find(figure, { ...asr(label), source: "median" });
    assert.equal(values.length, 3, label);
    assert.deepEqual([own.value, own.low, own.high, own.seeds], [middle(values), Math.min(...values), Math.max(...values), 3]);
  }
  const rows = records.flatMap(chainRows).filter((row) => row.poisonRate === 0 && row.trigger === "badnet" && row.target === "product-reviews");
  const nullOf = (name: string) => middle(rows.filter((row) => armName(row) === name).map(({ attackSuccessRate }) => attackSuccessRate));
  for (const [label, own] of [["full fine-tuning", "full fine-tuning"], ["LoRA + RoRA", "LoRA + RoRA"], ["PiSSA", "LoRA"]]) {
    assert.equal(find(figure, { ...asr(label), source: "null" })[0].value, nullOf(own), label);
  }
  assert.equal(find(figure, { ...asr("LoRA"), source: "run" })[0].testRows, persistence.pairs[0].target.testRows / 2, "rows of the other class");
});

Deno.test("draw() of table-b2 sets LoRA behind each defence beside LoRA, on the rows that were purified, with a null of its own", () => {
  const figure = draw("table-b2", makeChainRecords("table-b2")), where = { group: "MR → product reviews, InSent", panel: "CA" } as const;
  for (const name of ["ONION", "back-translation", "a paraphrase"]) {
    const label = `LoRA behind ${name}`, dots = find(figure, { ...where, label, source: "run" });
    assert.deepEqual(
      [dots.length, dots[0].testRows, find(figure, { ...where, label, source: "null" }).length],
      [3, persistence.defended.rows, 1],
      label,
    );
  }
});

Deno.test("draw() of table-b2 puts the paper's cells beside the pair of the same kind, by its method and model", () => {
  const figure = draw("table-b2", makeChainRecords("table-b2", [1]));
  const cell = { source: "paper", group: "IMDB → MR, BadNet", label: "LoRA + RoRA", series: "published: BERT-large" } as const;
  const printed = paperBRows("2").find((row) => row.model === "BERT" && row.dataset === "SST-2" && row.attack === "BadNet" && row.method === "RoRA")!;
  const values = (["CA", "ASR", "CA − ASR"] as const).map((panel) => find(figure, { ...cell, panel })[0]);
  assert.deepEqual(values.map(({ value }) => value), [printed.CA! / 100, printed.ASR! / 100, printed.delta! / 100]);
  assert.deepEqual(values.map(({ testRows }) => testRows), [1821, 909, 1821]);
  assert.equal(find(figure, { source: "paper" }).length, 3 * 2 * 9 * 3 * 3);
  assert.match(JSON.stringify(figure.spec), /MR → product reviews, InSent \(published: MR → CR\)/);
});

Deno.test("draw() of paper B's tables has blocks of published cells alone where nothing of ours was run, and says so", () => {
  const ofOnePair = (id: string) => makeChainRecords(id, [1]).filter(({ config }) => config.task.dataset === "product-reviews");
  const titlesOf = (figure: Figure<Mark>) => (figure.spec.vconcat as { title: { text: string } }[]).map(({ title }) => title.text);
  const comparison = draw("table-b2", ofOnePair("table-b2")), untuned = draw("table-b1", ofOnePair("table-b1"));
  assert.deepEqual(titlesOf(comparison), [
    "MR → product reviews, BadNet (published: MR → CR)",
    "MR → product reviews, InSent (published: MR → CR)",
    "IMDB → SST-2, BadNet (published; no runs of ours)",
    "IMDB → SST-2, InSent (published; no runs of ours)",
    "SST-2 → CoLA, BadNet (published; no runs of ours)",
    "SST-2 → CoLA, InSent (published; no runs of ours)",
  ]);
  assert.deepEqual(find(comparison, { group: "SST-2 → CoLA, InSent", panel: "CA" }).map(({ source }) => source), Array(9 * 3).fill("paper"));
  assert.deepEqual(titlesOf(untuned), ["MR → product reviews (published: MR → CR)", "IMDB → SST-2 (published; no runs of ours)"]);
  assert.match(comparison.caption, /On CoLA .* the paper has no null that says how much\.$/);
  assert.equal(titlesOf(draw("table-b2", [])).length, 6);
});

Deno.test("draw() of table-b1 has the encoders before fine-tuning, and the paper's clean accuracies alone", () => {
  const figure = draw("table-b1", makeChainRecords("table-b1"));
  assert.equal(find(figure, { source: "run", panel: "CA" }).length, 2 * 2 * 3);
  assert.deepEqual(new Set(find(figure, { source: "paper" }).map(({ panel }) => panel)), new Set(["CA"]));
  assert.equal(find(figure, { source: "paper" }).length, 12);
  assert.equal(find(figure, { source: "null", panel: "ASR" }).length, 4);
  assert.match(figure.caption, /larger class of the target's rows gives a CA of 0\.500 \(IMDB → MR\), .*0\.621 \(MR → CR\)\./);
});

Deno.test("draw() of fig-b4 has the target's probability at every place, its median over seeds, and what the paper says at none", () => {
  const records = makeChainRecords("fig-b4"), figure = draw<CaseMark>("fig-b4", records), where = { group: "MR → product reviews", panel: "InSent" };
  for (const series of ["LoRA", "RoRA", "LoRA, never poisoned"]) {
    const runs = find(figure, { ...where, source: "run", series }), places = [...new Set(runs.map(({ place }) => place))];
    assert.deepEqual(places, Array.from({ length: 15 }, (_, i) => i - 1), series);
    assert.equal(runs.length, 3 * 15);
    const at = (place: number) => middle(runs.filter((mark) => mark.place === place).map(({ value }) => value));
    for (const place of [-1, 0, 13]) close(find(figure, { ...where, source: "median", series, place })[0].value, at(place));
  }
  const said = find(figure, { source: "paper" }).map(({ panel, series, value, place }) => [panel, series, value, place]);
  assert.deepEqual(said, [["BadNet", "LoRA", 0.97, null], ["BadNet", "RoRA", 0, null], ["InSent", "LoRA", 1, null], ["InSent", "RoRA", 0, null]]);
});

Deno.test("draw() of table-b4 has every low-rank method without RoRA and with it", () => {
  const medians = find(draw("table-b4", makeChainRecords("table-b4", [1])), {
    source: "median",
    panel: "ASR",
    group: "MR → product reviews, InSent",
  });
  const names = ["LoRA", "PiSSA", "DoRA", "OLoRA"].flatMap((name) => [name, `${name} + RoRA`]);
  assert.deepEqual(medians.map(({ label }) => label).sort(), names.sort());
});

Deno.test("draw() of table-b5 has all eight subsets under both attacks, seven controls, and a cross on a collapsed run", async () => {
  const figure = draw("table-b5", makeChainRecords("table-b5"));
  const labels = (attack: string) =>
    find(figure, { source: "median", panel: "CA", group: `MR → product reviews, ${attack}` }).map(({ label }) => label).sort();
  const subsets = ["none: LoRA alone", "CI", "Tr", "Pt", "CI + Tr", "CI + Pt", "Tr + Pt", "CI + Tr + Pt"];
  const controls = ["plain L2 in place of Tr", "Tr on random directions", "one scale s = 8 in place of Pt", "Pt in the top layer only"],
    elsewhere = ["Pt in the middle 3 layers", "Pt in the bottom 3 layers", "Pt in every layer"];
  assert.deepEqual(labels("InSent"), subsets.toSorted());
  assert.deepEqual(labels("BadNet"), [...subsets, ...controls, ...elsewhere].sort());
  const svg = await renderSvg(figure), collapsed = find(figure, { collapsed: true });
  assert.deepEqual(collapsed.map(({ panel, label }) => `${panel}: ${label}`), ["CA", "ASR", "CA − ASR"].map((panel) => `${panel}: ${controls[3]}`));
  for (const label of [...subsets, ...controls, ...elsewhere]) assert.ok(svg.includes(`>${label}<`), label);
});
