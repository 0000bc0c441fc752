import assert from "node:assert/strict";
import { chance } from "../../lib/claims/paper_b/spectra.ts";
import { chainRows } from "../../lib/experiment/chain_rows.ts";
import { encoderShapes } from "../../lib/experiment/encoder_shapes.ts";
import type { FaultMark } from "../../lib/figure/paper_b/acceptability.ts";
import type { LayerMark } from "../../lib/figure/paper_b/layer_marks.ts";
import type { QuantileMark } from "../../lib/figure/paper_b/quantiles.ts";
import { armName } from "../../lib/figure/paper_b/names.ts";
import { profileNamed } from "../../lib/experiment/profiles.ts";
import { chainRecord, makeChainRecords } from "../support/chain_records.ts";
import { counts } from "../support/records.ts";
import { draw, find } from "../support/paper_b_figures.ts";

const { persistence } = profileNamed("standard"), { sweeps } = persistence;
const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);
const inOrder = (...values: number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
const middle = (values: number[]): number => values.sort((a, b) => a - b)[1];

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

Deno.test("draw() of fig-b2 lays the band of random directions that the claims have, of the encoder's width, behind the cosines", () => {
  const figure = draw<LayerMark>("fig-b2", makeChainRecords("fig-b2")),
    { low, high, mean } = chance("minilm-l6");
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

Deno.test("draw() of acceptability has no collapsed median: a cross is of a run", () => {
  const records = makeChainRecords("acceptability", [1, 2]), one = records.map((record) => ({ ...record.result, clean: counts(0, 1) }));
  const collapsed = records.map((record, i) => record.config.seed === 1 ? { ...record, result: one[i] } : record);
  const marks = find(draw<FaultMark>("acceptability", collapsed), { collapsed: true });
  assert.ok(marks.length > 0 && marks.every(({ source, seed }) => source === "run" && seed === 1));
});
