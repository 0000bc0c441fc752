import assert from "node:assert/strict";
import type { Figure, Row } from "../../lib/figure/figure.ts";
import { paperCurves } from "../../lib/figure/paper.ts";
import { figures } from "../../lib/figure/registry.ts";
import { compileSpec, renderSvg } from "../../lib/figure/svg.ts";
import type { RunRecord } from "../../lib/experiment/record.ts";
import { taskOf } from "../../lib/figure/rows.ts";
import { counts, makeLoraSweep, makeRecord, makeSweep } from "../support/records.ts";

const draw = (id: string, records: readonly RunRecord[]) => figures.find((figure) => figure.id === id)!.draw(records, paperCurves()) as Figure<Row>;
const rowsOf = ({ rows }: Figure<Row>, panel: string, source: Row["source"]) => rows.filter((row) => row.panel === panel && row.source === source);
const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);
const titlesOf = ({ spec }: Figure) => (spec.concat as { title: string }[]).map(({ title }) => title);

Deno.test("draw() of fig-a9 puts clean and poisoned runs at their ranks, with a mean for each", () => {
  const means = rowsOf(draw("fig-a9", makeLoraSweep("rank")), "flips accuracy", "mean");
  assert.deepEqual(
    means.map(({ arm, rank, seeds }) => `${arm} ${rank} ${seeds}`).sort(),
    [4, 8, 32, 128].flatMap((r) => [`clean ${r} 3`, `poisoned ${r} 3`]).sort(),
  );
});

Deno.test("draw() of fig-a10 reads clean runs without trigger against rank, fig-a12 with it", () => {
  const one = { clean: counts(0.8, 0.8), triggered: counts(0.6, 0.8) };
  const value = (id: string) => rowsOf(draw(id, [makeRecord({ ...one, rank: 8 })]), "backdoor accuracy", "run")[0].value;
  assert.deepEqual([value("fig-a10"), value("fig-a12")], [0.8, 0.7]);
  const [success] = rowsOf(draw("fig-a10", [makeRecord({ ...one, rank: 8 })]), "attack success rate", "run");
  close(success.value, 0.4);
});

Deno.test("draw() of fig-a4 keeps the attacks apart and pairs clean with poisoned by rank and seed", () => {
  const records = [4, 8].flatMap((rank) => [
    makeRecord({ rank, clean: counts(0.8, 0.8) }),
    makeRecord({ rank, attack: "upa", clean: counts(0.5 + rank / 100, 0.5) }),
    makeRecord({ rank, attack: "bpa", poisonRate: 0.01, clean: counts(0.7, 0.7), triggered: counts(0.1, 0.9) }),
  ]);
  const figure = draw("fig-a4", records), poisoned = rowsOf(figure, "flips accuracy", "run").filter((row) => row.arm === "poisoned");
  assert.deepEqual(poisoned.map(({ rank, value }) => [rank, value]), [[4, 0.52], [8, 0.54]]);
  const lost = rowsOf(figure, "flips loss", "run");
  assert.deepEqual(lost.map(({ rank, series }) => [rank, series]), [[4, "clean − poisoned, ours"], [8, "clean − poisoned, ours"]]);
  close(lost[0].value, 0.28);
  const theirs = rowsOf(figure, "flips loss", "paper").find((row) => row.task === "SST-2" && row.rank === 4)!;
  close(theirs.value, 0.894495 - 0.701606);
});

Deno.test("draw() of fig-a4 sets each attack beside the clean runs of its own learning rate, and says the rates", () => {
  const at = (learningRate: number, accuracy: number, attack: "none" | "upa" | "bpa") =>
    makeRecord({ rank: 4, dataset: "sst-2", learningRate, attack, clean: counts(accuracy, accuracy) });
  const figure = draw("fig-a4", [at(3e-6, 0.7, "none"), at(3e-6, 0.6, "upa"), at(3e-5, 0.9, "none"), at(3e-5, 0.8, "bpa")]);
  const values = (panel: string) => rowsOf(figure, panel, "run").map(({ arm, value }) => [arm, value]);
  assert.deepEqual(values("flips accuracy"), [["clean", 0.7], ["poisoned", 0.6]]);
  assert.deepEqual(values("backdoor accuracy")[0], ["clean", 0.9]);
  assert.match(figure.caption, /Learning rates for label flips and for the backdoor, clean runs beside each included: SST-2 3e-6 and 3e-5\./);
  assert.equal(figure.keys.length, 4);
});

Deno.test("draw() of fig-a4 compares with the paper at shared ranks only, once for each of its tasks", () => {
  const residuals = draw("fig-a4", [4, 8, 1024].map((rank) => makeRecord({ rank, clean: counts(0.8, 0.8) }))).rows.filter((row) =>
    row.panel === "flips residual"
  );
  assert.deepEqual(residuals.filter((row) => row.against === "SST-2").map(({ rank }) => rank), [4, 8]);
  close(residuals.find((row) => row.against === "SST-2" && row.rank === 4)!.value, 0.8 - 0.894495);
  assert.deepEqual([...new Set(residuals.map((row) => row.against))], ["SST-2", "CoLA", "QNLI", "QQP"]);
});

Deno.test("draw() of fig-a5 meets the paper's .333 with k = 1/3", () => {
  const residuals = draw("fig-a5", [makeRecord({ initVariance: 1 / 3 })]).rows.filter((row) =>
    row.panel === "flips residual" && row.against === "SST-2"
  );
  assert.equal(residuals.length, 1);
});

Deno.test("draw() gives each of several tasks its own panels", async () => {
  const records = [...makeLoraSweep("rank", { seeds: [1] }), ...makeLoraSweep("rank", { seeds: [1], dataset: "imdb" })];
  const figure = draw("fig-a9", records), titles = titlesOf(figure);
  assert.deepEqual(titles.map((title) => title.split(": ")[0]), [...Array(5).fill("MR"), ...Array(5).fill("IMDB")], "four metrics and a residual");
  const drawn = (await renderSvg(figure)).match(/aria-roledescription="point"/g)!;
  assert.ok(drawn.length >= figure.rows.filter((row) => row.source === "run").length);
});

Deno.test("taskOf() names a task as readers know it", () => {
  const named = (dataset: "mr" | "mr-order" | "cola" | "sst-2") => taskOf(makeRecord({ dataset }));
  assert.deepEqual([named("mr"), named("mr-order"), named("cola"), named("sst-2")], ["MR", "MR word order", "CoLA", "SST-2"]);
});

Deno.test("draw() lays the paper's own task behind a task that it has", () => {
  const { spec } = draw("fig-a9", [...makeLoraSweep("rank", { seeds: [1] }), ...makeLoraSweep("rank", { seeds: [1], dataset: "cola" })]);
  const filters = (spec.concat as { layer: { transform?: { filter: string }[] }[] }[]).map(({ layer }) => layer[0].transform?.[0].filter ?? "");
  assert.match(filters[5], /datum\.task === 'CoLA'$/);
  assert.match(filters[0], /datum\.task === task$/);
});

Deno.test("draw() of a sweep refuses runs that differ in more than what it varies", () => {
  const [first, other] = [makeRecord({ rank: 4 }), makeRecord({ rank: 8, initVariance: 1 })];
  assert.throws(() => draw("fig-a9", [first, other]), /^RangeError: Cannot draw figure as its records must share one setting of LoRA: /);
  const twice = [makeRecord({ rank: 4 }), { ...makeRecord({ rank: 4 }), key: "0".repeat(64) }];
  assert.throws(() => draw("fig-a9", twice), {
    message: /^Cannot draw figure as each cell must have one record: MR, LoRA, rank 4, none, poison rate 0, seed 1 has [0-9a-f]{8} and [0-9a-f]{8}$/,
  });
  const rates = [makeRecord({ rank: 4, attack: "upa", poisonRate: 0.2 }), makeRecord({ rank: 8, attack: "upa", poisonRate: 0.3 })];
  assert.throws(() => draw("fig-a9", rates), /^RangeError: Cannot draw figure as its records must share one setting of the attack upa: /);
});

Deno.test("draw() of fig-a2 pairs the methods by seed and finds the exposures at half success", () => {
  const figure = draw("fig-a2", makeSweep()), gaps = rowsOf(figure, "gap", "run");
  assert.equal(gaps.length, 3 * 6);
  const of = (arm: string, rate: number) =>
    rowsOf(figure, "triggered accuracy", "run").find((row) => row.arm === arm && row.seed === 2 && row.poisonRate === rate)!;
  close(gaps.find((row) => row.seed === 2 && row.poisonRate === 0.013)!.value, of("FF", 0.013).value - of("LoRA", 0.013).value);
  const doses = rowsOf(figure, "exposures at ASR 50 %", "mean");
  assert.deepEqual(doses.map(({ arm, seeds }) => [arm, seeds]), [["FF", 3], ["LoRA", 3]]);
  assert.ok(doses[0].value > 9 && doses[0].value < 21 && doses[1].value > 21 && doses[1].value < 39, doses.map(({ value }) => value).join(" "));
  assert.ok(doses.every(({ low, high, value }) => low! < value && value < high!));
});

Deno.test("draw() of fig-a2 says which end of the grid a dose lies beyond", () => {
  const never = [0.01, 0.02].map((poisonRate) => makeRecord({ attack: "bpa", poisonRate, triggered: counts(0.9, 0.9) }));
  const [dose] = rowsOf(draw("fig-a2", never), "exposures at ASR 50 %", "run");
  assert.deepEqual([dose.exposures, dose.low, dose.high], [60, 60, null]);
  const paper = rowsOf(draw("fig-a2", []), "exposures at ASR 50 %", "paper");
  const of = (task: string, arm: string) => paper.find((row) => row.task === task && row.arm === arm)!;
  assert.deepEqual([of("QNLI", "FF").low, of("QNLI", "FF").high], [null, 80]);
  assert.ok(Math.abs(of("SST-2", "LoRA").value - 206) < 1, `${of("SST-2", "LoRA").value}`);
});

Deno.test("draw() of fig-a2 can be read against exposures, relabelled exposures and rate", async () => {
  const figure = draw("fig-a2", makeSweep([1])), params = figure.spec.params as { name: string; value: string; bind: { options: string[] } }[];
  const { value, bind } = params.find(({ name }) => name === "dose")!;
  assert.deepEqual([value, ...bind.options], ["exposures", "exposures", "relabelledExposures", "poisonRate"]);
  for (const field of bind.options) {
    const chosen = { ...figure.spec, params: params.map((param) => param.name === "dose" ? { ...param, value: field } : param) };
    assert.ok(compileSpec(chosen));
    assert.doesNotMatch(await renderSvg({ spec: chosen }), /NaN/);
  }
  const [run] = rowsOf(figure, "attack success rate", "run").filter((row) => row.poisonRate === 0.053);
  assert.deepEqual([run.exposures, run.relabelledExposures], [159, 81]);
});

Deno.test("Figures 6 to 12 set our F1 beside the paper's where the axes agree, and the first three what never-poisoned runs have", () => {
  const sweeps = (["rank", "initVariance"] as const).map((varied) => makeLoraSweep(varied));
  for (const [id, records] of [["fig-a6", makeSweep()], ["fig-a7", makeSweep()], ["fig-a9", sweeps[0]], ["fig-a12", sweeps[1]]] as const) {
    const { rows, spec } = draw(id, records), residuals = rows.filter(({ panel }) => panel === "F1 residual"), [first] = residuals;
    const theirs = rows.find((row) => row.source === "paper" && /f1/i.test(row.panel) && row.task === first.against && row.arm === first.arm)!;
    assert.ok(residuals.length > 0 && residuals.every(({ against }) => against !== null), id);
    assert.ok(Math.abs(first.value) < 1 && theirs !== undefined, id);
    assert.equal(JSON.stringify(spec).includes("never poisoned, LoRA"), ["fig-a6", "fig-a7"].includes(id), id);
  }
});
