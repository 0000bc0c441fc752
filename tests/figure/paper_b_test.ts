import assert from "node:assert/strict";
import { paperBRows } from "../../lib/claims/paper_b/published.ts";
import { type ChainRow, chainRows } from "../../lib/experiment/chain_rows.ts";
import { experiments } from "../../lib/experiment/experiments.ts";
import type { RunRecord } from "../../lib/experiment/record.ts";
import { encoderShapes } from "../../lib/experiment/cost_shapes.ts";
import type { Figure } from "../../lib/figure/figure.ts";
import { figuresOfPaperB } from "../../lib/figure/paper_b/figures.ts";
import type { CaseMark } from "../../lib/figure/paper_b/case_study_spec.ts";
import type { LayerMark } from "../../lib/figure/paper_b/layer_marks.ts";
import { encodings } from "../../lib/figure/paper_b/look.ts";
import type { QuantileMark } from "../../lib/figure/paper_b/quantiles.ts";
import type { Mark } from "../../lib/figure/paper_b/mark.ts";
import { armName, pairName, piecesOf } from "../../lib/figure/paper_b/names.ts";
import { settingsText } from "../../lib/figure/paper_b/settings.ts";
import { chainTable, marginsTable, spectraTable } from "../../lib/figure/paper_b/text.ts";
import { paperCurves } from "../../lib/figure/paper.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { figures } from "../../lib/figure/registry.ts";
import { compileSpec, renderSvg } from "../../lib/figure/svg.ts";
import { createRng } from "../../lib/math/random.ts";
import { alignmentNull } from "../../lib/spectral/alignment.ts";
import { roraDefaults } from "../../lib/train/rora/rora.ts";
import { chainRecord, makeChainRecords } from "../support/chain_records.ts";

const draw = <R extends object = Mark>(id: string, records: readonly RunRecord[]) =>
  figures.find((figure) => figure.id === id)!.draw(records, paperCurves()) as Figure<R>;
const find = <R extends object>({ rows }: Figure<R>, wanted: Partial<R>): R[] =>
  rows.filter((row) => Object.entries(wanted).every(([name, value]) => row[name as keyof R] === value));
const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);
const { persistence } = profileNamed("standard"), { sweeps } = persistence;
const inOrder = (...values: number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
const middle = (values: number[]): number => values.sort((a, b) => a - b)[1];

Deno.test("paper B's figures are registered, one for each of its experiments with runs, in their order of ids", () => {
  const withRuns = experiments.filter(({ id }) => /^(fig-b\d|fig-b-margins|table-b|proxy-doses|tuning-rates|lengths)/.test(id)).map(({ id }) => id);
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
    if (["fig-b1", "fig-b2", "fig-b4", "fig-b-margins"].includes(id)) return;
    const [ca, asr, margin] = (["CA", "ASR", "CA − ASR"] as const).map((panel) => dots.filter((dot) => dot.panel === panel));
    assert.deepEqual([asr.length, margin.length], [ca.length, ca.length]);
    ca.forEach(({ value }, i) => close(margin[i].value, value - asr[i].value));
  });
}

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
  assert.equal(find(figure, { source: "paper" }).length, 2 * 2 * 9 * 3 * 3);
  assert.match(JSON.stringify(figure.spec), /MR → product reviews, InSent \(published: MR → CR\)/);
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

Deno.test("draw() of table-b5 has all eight subsets under both attacks, six controls, and a cross on a collapsed run", async () => {
  const figure = draw("table-b5", makeChainRecords("table-b5"));
  const labels = (attack: string) =>
    find(figure, { source: "median", panel: "CA", group: `MR → product reviews, ${attack}` }).map(({ label }) => label).sort();
  const subsets = ["none: LoRA alone", "CI", "Tr", "Pt", "CI + Tr", "CI + Pt", "Tr + Pt", "CI + Tr + Pt"];
  const controls = ["plain L2 in place of Tr", "Tr on random directions", "one scale s = 8 in place of Pt", "Pt in the top layer only"],
    elsewhere = ["Pt in the middle 3 layers", "Pt in the bottom 3 layers"];
  assert.deepEqual(labels("InSent"), subsets.toSorted());
  assert.deepEqual(labels("BadNet"), [...subsets, ...controls, ...elsewhere].sort());
  const svg = await renderSvg(figure), collapsed = find(figure, { collapsed: true });
  assert.deepEqual(collapsed.map(({ panel, label }) => `${panel}: ${label}`), ["CA", "ASR", "CA − ASR"].map((panel) => `${panel}: ${controls[3]}`));
  for (const label of [...subsets, ...controls, ...elsewhere]) assert.ok(svg.includes(`>${label}<`), label);
});

Deno.test("draw() of fig-b1 gives each module's ratio without s and with it, beside encoders that were never poisoned", () => {
  const records = makeChainRecords("fig-b1"), figure = draw<LayerMark>("fig-b1", records);
  const [record] = records, [{ pretrained, update, scale }] = record.result.spectra!;
  const own = (panel: string) => figure.rows.find((mark) => mark.key === record.key && mark.layer === 1 && mark.panel === panel)!.value;
  close(own("query, BA"), pretrained / update);
  close(own("query, s BA"), pretrained / update / scale);
  assert.deepEqual([...new Set(figure.rows.map(({ series }) => series))].sort(), ["BadNet", "InSent", "never poisoned"]);
  const layers = new Set(figure.rows.map(({ layer }) => layer));
  assert.deepEqual([...layers].sort(), Array.from({ length: encoderShapes["minilm-l6"].layers }, (_, i) => i + 1));
  assert.equal(
    find(figure, { source: "run" }).length,
    records.length * 6 * 4,
    "a never-poisoned run counts once though it is read with both triggers",
  );
  assert.match(JSON.stringify(figure.spec), /equally strong/);
});

Deno.test("draw() of fig-b1 leaves a module out whose update is zero", () => {
  const [record] = makeChainRecords("fig-b1", [1]), { result } = record, [first, ...rest] = result.spectra!;
  const still = { ...record, result: { ...result, spectra: [{ ...first, update: 0, left: null, right: null }, ...rest] } };
  for (const id of ["fig-b1", "fig-b2"]) assert.equal(find(draw<LayerMark>(id, [still]), { source: "run", layer: 1 }).length, 2, id);
});

Deno.test("draw() of fig-b2 lays the band of random directions of the encoder's width behind the cosines", () => {
  const figure = draw<LayerMark>("fig-b2", makeChainRecords("fig-b2")),
    { low, high, mean } = alignmentNull(
      384,
      32,
      4000,
      createRng("alignment null").fork(384),
    );
  assert.ok(figure.caption.includes(`random directions in 384 dimensions, ${low.toFixed(3)} to ${high.toFixed(3)}, mean ${mean.toFixed(3)}`));
  assert.ok(JSON.stringify(figure.spec).includes(JSON.stringify({ low, high })));
  assert.ok(find(figure, { source: "run" }).every(({ value }) => value >= 0 && value <= 1));
});

Deno.test("draw() of fig-b3 has each scale and the trained one, LoRA dashed, RoRA without its rescaling, and equation 12's scales", () => {
  const records = makeChainRecords("fig-b3"), figure = draw("fig-b3", records);
  for (const series of ["LoRA", "RoRA before its rescaling"]) {
    assert.deepEqual(
      find(figure, { source: "median", panel: "ASR", series }).map(({ x }) => x).sort((a, b) => a! - b!),
      inOrder(2, ...sweeps.scales),
      series,
    );
  }
  const run = find(figure, { source: "run", panel: "ASR", series: "LoRA", x: 32 })[0],
    row = records.flatMap(chainRows).find(({ key }) => key === run.key)!;
  assert.equal(run.value, row.atScales.find(({ scale }) => scale === 32)!.attackSuccessRate);
  assert.equal(find(figure, { key: run.key, panel: "ASR", x: 2 })[0].value, row.attackSuccessRate, "as trained");
  const text = JSON.stringify(figure.spec),
    { pretrained, update } = row.spectra.find(({ module }) => module === "encoder.layer.3.attention.self.query")!;
  assert.ok(text.includes(JSON.stringify({ x: pretrained / update })) && text.includes("equation 12") && text.includes("as trained"));
  assert.ok(!text.includes(JSON.stringify({ x: row.spectra[0].pretrained / row.spectra[0].update })), "the lower layers keep their s");
  assert.match(text, /"stroke":"#d55e00","strokeWidth":2.2,"strokeDash":\[6,3\]/);
  const foretold = find(figure, { source: "predicted", series: "LoRA", x: 32 }),
    own = records.flatMap(chainRows).filter((row) => armName(row) === "LoRA" && row.poisonRate > 0);
  const points = own.map((row) => row.network!.predicted.find(({ scale }) => scale === 32)!.attackSuccessRate);
  assert.deepEqual(foretold.map(({ panel, value, seeds }) => [panel, value, seeds]), [["ASR", middle(points), 3]]);
});

Deno.test("draw() of figures 5 to 7 shows the numbers that the paper's text states, and no others", () => {
  const stated = (id: string) =>
    find(draw(id, []), { source: "paper" }).map(({ panel, x, value, series }) => `${series}: ${panel} ${Number(value.toFixed(6))} at ${x}`);
  assert.deepEqual(stated("fig-b5a"), ["published: RoBERTa-large: ASR 0.165 at 20"]);
  assert.deepEqual(stated("fig-b5b").sort(), [
    "published: LLaMA: ASR 0.5413 at 0.05",
    "published: LLaMA: CA 0.8863 at 0.3",
    "published: RoBERTa-large: CA 0.94 at 0.3",
  ]);
  assert.deepEqual(stated("fig-b6"), []);
  assert.deepEqual(stated("fig-b7"), ["published: RoBERTa-large: ASR 0.692 at 128"]);
});

Deno.test("draw() of the sweeps puts runs where their setting is, and the null of the main settings across", () => {
  const places = (id: string, series: string) => {
    const medians = find(draw(id, makeChainRecords(id, [1])), { source: "median", panel: "CA", series });
    return medians.map(({ x }) => x!).sort((a, b) => a - b);
  };
  assert.deepEqual(places("fig-b5a", "RoRA"), inOrder(10, ...sweeps.lambdas));
  assert.deepEqual(places("fig-b5b", "RoRA"), inOrder(0.1, ...sweeps.rates));
  assert.deepEqual([places("fig-b6", "RoRA"), places("fig-b6", "LoRA")], [inOrder(8, ...sweeps.ranks), inOrder(8, ...sweeps.ranks)]);
  assert.deepEqual(places("fig-b7", "RoRA"), inOrder(16, ...sweeps.alphas));
  assert.deepEqual(places("lengths", "full fine-tuning"), inOrder(persistence.training.epochs, ...sweeps.epochs));
  const nulls = find(draw("lengths", makeChainRecords("lengths", [1])), { source: "null", panel: "ASR" });
  assert.deepEqual(nulls.map(({ label, x }) => `${label} ${x}`).sort(), ["LoRA null", "full fine-tuning null"]);
});

/** As the made-up proxies have it: half of the rows are of the target class. */
const dose = (poisonRate: number): number => Math.round(poisonRate * persistence.pairs[0].proxy.trainRows / 2) * persistence.proxyTraining.epochs;

Deno.test("draw() of proxy-doses reads the dose off the runs that made the encoders, and starts with those that were never poisoned", () => {
  const figure = draw("proxy-doses", makeChainRecords("proxy-doses")), medians = find(figure, { source: "median", panel: "ASR", series: "LoRA" });
  assert.deepEqual(medians.map(({ x }) => x).sort((a, b) => a! - b!), inOrder(0, ...[persistence.poisonRate, ...sweeps.poisonRates].map(dose)));
  const withoutProxies = makeChainRecords("proxy-doses").filter(({ config }) => config.start);
  assert.deepEqual(
    [...new Set(find(draw("proxy-doses", withoutProxies), { source: "run" }).map(({ x }) => x))],
    [0],
    "a dose that is not at hand is not guessed",
  );
});

Deno.test("draw() of tuning-rates has each method at its own learning rates", () => {
  const medians = find(draw("tuning-rates", makeChainRecords("tuning-rates", [1])), { source: "median", panel: "ASR" }),
    { full, lora } = persistence.pairs[0].learningRate;
  for (const [series, main] of [["full fine-tuning", full], ["LoRA", lora]] as const) {
    const places = medians.filter((mark) => mark.series === series).map(({ x }) => x!);
    assert.deepEqual(inOrder(...places), inOrder(main, ...sweeps.learningRates.map((factor) => factor * main)), series);
  }
});

Deno.test("draw() of fig-b-margins has each run's quantiles over rows, and the turning scale in multiples of the trained one", () => {
  const records = makeChainRecords("fig-b-margins"), figure = draw<QuantileMark>("fig-b-margins", records);
  const record = records.find(({ config }) => config.method.name === "lora" && !config.rora && config.start!.run.attack.name !== "none")!;
  const { head, network } = record.result, own = figure.rows.filter(({ key }) => key === record.key);
  const quantiles = (panel: QuantileMark["panel"]) => {
    const { p05, p25, value, p75, p95 } = own.find((mark) => mark.panel === panel)!;
    return [p05, p25, value, p75, p95];
  };
  assert.deepEqual(quantiles("rho_bd"), head!.rhoBackdoor);
  assert.deepEqual(quantiles("rho_eff"), head!.update!.rhoEffective);
  assert.deepEqual(quantiles("s_0"), network!.exactScale!.map((scale) => scale / 2));
  assert.equal(own.find(({ panel }) => panel === "s_0")!.turned, 0.9);
  assert.equal(find(figure, { panel: "s_0", label: "full fine-tuning" }).length, 0, "nothing to scale");
  const titles = (figure.spec.vconcat as { title: { text: string } }[]).map(({ title }) => title.text);
  assert.deepEqual(titles.slice(0, 3), ["BadNet", "InSent", "never poisoned"].map((encoder) => `IMDB → MR, ${encoder}`));
});

Deno.test("draw() refuses two runs of one seed in one place, and a place of two settings", () => {
  const records = makeChainRecords("table-b2", [1]), lora = records.find(({ config }) => config.method.name === "lora" && !config.rora)!;
  assert.throws(() => draw("table-b2", [...records, { ...lora, key: "0" }]), {
    name: "RangeError",
    message: /^Cannot draw figure as each seed must have one run: MR → product reviews, BadNet, LoRA, LoRA, seeds 1, 1$/,
  });
  const faster = chainRecord({ ...lora.config, seed: 2, train: { ...lora.config.train, learningRate: 1e-2 } });
  assert.throws(() => draw("table-b2", [...records, faster]), {
    name: "RangeError",
    message: /^Cannot draw figure as its runs must share one setting: MR → product reviews, BadNet, LoRA, LoRA: .* and /,
  });
});

Deno.test("piecesOf() and armName() say what a run has, and how a piece departs from the method", () => {
  const lora = { name: "lora", rank: 8, alpha: 16 } as ChainRow["method"], { ci, tr, pt } = roraDefaults;
  const pieces = (rora: object) => piecesOf({ rora: { ci: null, tr: null, pt: null, ...rora } as ChainRow["rora"] });
  assert.equal(armName({ method: lora, rora: null }), "LoRA");
  assert.equal(armName({ method: lora, rora: { ci, tr, pt } }), "LoRA + RoRA");
  assert.equal(armName({ method: lora, rora: { ci, tr, pt: null } }), "LoRA + CI + Tr");
  assert.equal(pieces({ ci: { ...ci, site: "input" } }), "CI on the input");
  assert.equal(pieces({ pt: { ...pt, layers: 2 } }), "Pt in the top 2 layers");
  assert.equal(pieces({ tr, pt: { ...pt, place: "bottom" } }), "Tr + Pt in the bottom 3 layers");
  assert.equal(piecesOf({ rora: null }), "");
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
  assert.equal(pairName({ proxy: "paper-b-imdb", target: "paper-b-sst-2" }), "IMDB → SST-2");
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
  assert.equal(lora.filter(({ whose }) => `${whose}`.startsWith("published")).length, 2 * 3);
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
    { quantile95 } = alignmentNull(384, 32, 4000, createRng("alignment null").fork(384));
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
