import assert from "node:assert/strict";
import { chance } from "../../lib/claims/paper_b/spectra.ts";
import { type ChainRow, chainRows } from "../../lib/experiment/chain_rows.ts";
import { figuresOfPaperB } from "../../lib/figure/paper_b/figures.ts";
import type { LayerMark } from "../../lib/figure/paper_b/layer_marks.ts";
import { encodings } from "../../lib/figure/paper_b/look.ts";
import { armName, pairName, piecesOf, tasksName } from "../../lib/figure/paper_b/names.ts";
import { settingsText } from "../../lib/figure/paper_b/settings.ts";
import { chainTable, marginsTable, spectraTable } from "../../lib/figure/paper_b/text.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { roraDefaults } from "../../lib/train/rora/rora.ts";
import { makeChainRecords } from "../support/chain_records.ts";
import { draw, find } from "../support/paper_b_figures.ts";

const { sweeps } = profileNamed("standard").persistence;
const inOrder = (...values: number[]): number[] => [...new Set(values)].sort((a, b) => a - b);

Deno.test("piecesOf() and armName() say what a run has, and how a piece departs from the method", () => {
  const lora = { name: "lora", rank: 8, alpha: 16 } as ChainRow["method"], { ci, tr, pt } = roraDefaults, model = "minilm-l6";
  const pieces = (rora: object) => piecesOf({ model, rora: { ci: null, tr: null, pt: null, ...rora } as ChainRow["rora"] });
  assert.equal(armName({ model, method: lora, rora: null }), "LoRA");
  assert.equal(armName({ model, method: lora, rora: { ci, tr, pt } }), "LoRA + RoRA");
  assert.equal(armName({ model, method: lora, rora: { ci, tr, pt: null } }), "LoRA + CI + Tr");
  assert.equal(pieces({ ci: { ...ci, site: "input" } }), "CI on the input");
  assert.equal(pieces({ ci: { ...ci, rescale: false } }), "CI, not rescaled");
  assert.equal(pieces({ tr: { ...tr, k: 8, reduce: "sum" } }), "Tr with k = 8, sum over modules");
  assert.equal(pieces({ tr: { ...tr, space: "random" } }), "Tr on random directions");
  assert.equal(pieces({ pt: { ...pt, layers: 6 } }), "Pt in every layer");
  assert.equal(pieces({ pt: { ...pt, delta: "BA" } }), "Pt of B A whole");
  assert.equal(pieces({ tr: { ...tr, space: "residual" } }), "Tr on the residual weight");
  assert.equal(pieces({ pt: { ...pt, weight: "residual" } }), "Pt by the residual weight");
  assert.equal(pieces({ pt: { ...pt, delta: "BA", weight: "residual" } }), "Pt of B A whole by the residual weight");
  assert.equal(pieces({ pt: { ...pt, layers: 2 } }), "Pt in the top 2 layers");
  assert.equal(pieces({ tr, pt: { ...pt, place: "bottom" } }), "Tr + Pt in the bottom 3 layers");
  assert.equal(piecesOf({ model, rora: null }), "");
});

Deno.test("settingsText() says both stages, every method once, and what the axis varies", () => {
  const records = makeChainRecords("fig-b6", [1, 2]), rows = records.flatMap(chainRows), text = settingsText(records, rows, "rank");
  assert.match(
    text,
    /^Ours: minilm-l6\. MR → product reviews: \d+ proxy rows, 0\.\d+ of its target class poisoned, read .* at learning rate \de-\d; then \d+ /,
  );
  assert.match(text, /LoRA: rank as drawn, \$\\alpha\$ 16, query and value, dropout 0\.1, learning rate \de-\d, \d+ epochs?/);
  assert.match(
    text,
    /RoRA: CI drops weights at \$p\$ = 0\.1, Tr with \$\\lambda\$ = 10 on 32 directions \(mean over modules\), Pt in the top 3 layers\.$/,
  );
  assert.equal(settingsText([], []), "");
  const pair = { proxy: "paper-b-imdb", target: "paper-b-sst-2" } as const;
  assert.equal(tasksName(pair), "IMDB → SST-2");
  assert.deepEqual((["minilm-l6", "bert-large-uncased", "roberta-large"] as const).map((model) => pairName({ ...pair, model })), [
    "IMDB → SST-2",
    "IMDB → SST-2, BERT-large",
    "IMDB → SST-2, RoBERTa-large",
  ]);
});

Deno.test("encodings() tells the series of a table apart by shape and colour together", () => {
  for (const { id } of figuresOfPaperB) {
    const { rows } = draw(id, makeChainRecords(id, [1])), series = [...new Set(rows.map(({ series }) => series))];
    const { stroke, shape } = encodings(series), looks = series.map((_, i) => `${stroke.scale.range[i]} ${shape.scale.range[i]}`);
    assert.equal(new Set(looks).size, series.length, `${id}: ${looks}`);
  }
});

Deno.test("chainTable() is a figure as text: medians with their seeds' ends, the null and the published cells, block after block", () => {
  const rows = chainTable("table-b2", makeChainRecords("table-b2")),
    lora = rows.filter(({ line, where }) => line === "LoRA" && /InSent/.test(`${where}`));
  assert.deepEqual(lora.filter(({ whose }) => whose === "ours").map(({ where, seeds }) => `${where} ${seeds}`), [
    "IMDB → MR, InSent 3",
    "MR → product reviews, InSent 3",
  ]);
  assert.match(`${lora[0].ASR}`, /^0\.\d{3} \(0\.\d{3} to [01]\.\d{3}\)$/);
  assert.equal(lora.filter(({ whose }) => `${whose}`.startsWith("published")).length, 3 * 3);
  assert.deepEqual(chainTable("fig-b5a", []), [{
    where: "IMDB → SST-2, BadNet",
    line: "published: RoBERTa-large",
    at: 20,
    whose: "published: RoBERTa-large",
    seeds: 1,
    CA: "",
    ASR: "0.165",
    "CA − ASR": "",
  }]);
  assert.throws(() => chainTable("fig-b1", []), {
    name: "RangeError",
    message: /^Cannot tabulate the figure as its id must be one of table-b1, .*: fig-b1$/,
  });
});

Deno.test("chainTable() has the ASR of encoders never poisoned beside that of poisoned ones: of the line, of the series, or of dose 0", () => {
  for (
    const [id, line, isNull] of [
      ["table-b5", "CI", ({ whose }) => whose === "never poisoned"],
      ["lengths", "LoRA", ({ whose }) => whose === "never poisoned"],
      ["proxy-doses", "LoRA", ({ at }) => at === 0],
    ] satisfies [string, string, (row: Record<string, string | number>) => boolean][]
  ) {
    const rows = chainTable(id, makeChainRecords(id)).filter((row) => row.line === line && /product reviews, BadNet$/.test(`${row.where}`));
    const [own] = rows.filter(isNull), ours = rows.filter((row) => row.whose === "ours" && row !== own);
    assert.ok(ours.length > 0 && own, id);
    for (const row of ours) assert.equal(row["ASR, never poisoned"], own.ASR, id);
    assert.ok(!("ASR, never poisoned" in own), id);
  }
});

Deno.test("chainTable() has lines in the table's order, and places in that of the axis", () => {
  const own = (id: string, field: string) => {
    const rows = chainTable(id, makeChainRecords(id, [2, 1])).filter(({ whose, where }) =>
      whose === "ours" && /product reviews(, BadNet)?$/.test(`${where}`)
    );
    return rows.map((row) => row[field]);
  };
  assert.deepEqual(own("table-b5", "line").slice(0, 4), ["none: LoRA alone", "CI", "Tr", "Pt"]);
  assert.deepEqual(own("fig-b5a", "at"), inOrder(10, ...sweeps.lambdas));
});

Deno.test("spectraTable() has the ends and the middle of each panel of figures 1 and 2, by encoder, and what random directions exceed", () => {
  const records = makeChainRecords("fig-b1", [1]), rows = spectraTable(records);
  assert.equal(rows.length, 2 * 8 * 3);
  const values = find(draw<LayerMark>("fig-b2", records), { source: "run", group: "IMDB → MR", panel: "value, right", series: "InSent" });
  const cosines = values.map(({ value }) => value).sort((a, b) => a - b),
    { quantile95 } = chance("minilm-l6");
  const own = rows.find(({ where, panel, encoder }) => where === "IMDB → MR" && panel === "value, right" && encoder === "InSent")!;
  assert.deepEqual([own.modules, own.smallest, own.median, own.largest], [6, cosines[0], (cosines[2] + cosines[3]) / 2, cosines[5]]);
  assert.equal(own["above 95 % of random"], cosines.filter((value) => value > quantile95).length / 6);
  assert.equal(rows.find(({ panel }) => panel === "query, BA")!["above 95 % of random"], "");
});

Deno.test("marginsTable() has a line for each method and encoder, with the medians over seeds", () => {
  const rows = marginsTable(makeChainRecords("fig-b-margins")), [first] = rows;
  assert.equal(rows.length, 2 * (2 * 6 + 3));
  assert.deepEqual([first.where, first.encoder, first.line, first.seeds], ["IMDB → MR", "BadNet", "full fine-tuning", 3]);
  assert.deepEqual([first["ρ_bd > 0"], first["ρ_eff > 0"], first["ρ_eff > ρ_bd"], first["rows that turn"]], [0.9, 0.2, 0.1, ""]);
  assert.equal(rows.find(({ line }) => line === "LoRA")!["clean margin by the adapter"], 0.75);
});
