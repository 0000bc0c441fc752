import assert from "node:assert/strict";
import type { Cell } from "../../lib/figure/cells.ts";
import type { Figure } from "../../lib/figure/figure.ts";
import { paperTables } from "../../lib/figure/paper_tables.ts";
import { renderSvg } from "../../lib/figure/svg.ts";
import { drawTableE1, tableE1 } from "../../lib/figure/table_e1.ts";
import { drawTableE2, tableE2 } from "../../lib/figure/table_e2.ts";
import { makeAttackRuns, makeInitialisationRuns, tableAttacks } from "../support/table_records.ts";

const find = ({ rows }: Figure<Cell>, wanted: Partial<Cell>) =>
  rows.filter((row) => Object.entries(wanted).every(([name, value]) => row[name as keyof Cell] === value));
const triggered = ["accuracy", "precision", "recall", "F1", "attack success rate"], clean = ["false-positive rate", "clean accuracy"];

for (const [id, draw, make] of [["table-e1", drawTableE1, makeAttackRuns], ["table-e2", drawTableE2, makeInitialisationRuns]] as const) {
  Deno.test(`draw() of ${id} gives a spec that compiles without warnings, after no run, one run, one seed and all`, async () => {
    for (const records of [[], make().slice(0, 1), make([1]), make()]) {
      const figure = draw(records), svg = await renderSvg(figure);
      assert.equal(figure.id, id);
      const dots = figure.rows.filter(({ source }) => source === "run").length, drawn = svg.match(/aria-roledescription="point"/g) ?? [];
      assert.ok(drawn.length >= dots, `${drawn.length} points in the picture of ${dots} runs`);
      assert.equal(svg.includes("no runs yet"), dots < 7);
    }
  });

  Deno.test(`draw() of ${id} does not depend on the order of the records`, () => {
    assert.deepEqual(draw(make().reverse()), draw(make()));
  });

  Deno.test(`draw() of ${id} shows the paper's cells as fractions, whatever runs there are`, () => {
    const cells = draw([]).rows, { attacks, initialisations } = paperTables();
    assert.equal(cells.length, 5 * (id === "table-e1" ? attacks : initialisations).length);
    assert.ok(cells.every(({ source, value }) => source === "paper" && value > 0 && value <= 1));
  });
}

Deno.test("draw() of table-e1 shows each run once in each panel, and the never-poisoned ones only where no trigger is", () => {
  const figure = drawTableE1(makeAttackRuns());
  assert.equal(figure.keys.length, 2 * 3 * 5);
  for (const panel of [...triggered, ...clean]) {
    const keys = find(figure, { panel, source: "run" }).map(({ key }) => key), runs = clean.includes(panel) ? 30 : 24;
    assert.deepEqual([keys.length, new Set(keys).size], [runs, runs], panel);
  }
});

Deno.test("draw() of table-e1 reads each attack under its own trigger, and the never-poisoned runs under the same", () => {
  const records = makeAttackRuns(), { rows } = drawTableE1(records), [unpoisoned] = records;
  const style = records.find(({ config }) => config.attack.name === "style" && config.method.name === "full" && config.seed === 1)!;
  const [[tn, fp]] = style.result.changed[0], shown = rows.find(({ key, panel }) => key === style.key && panel === "attack success rate")!;
  assert.equal(shown.value, fp / (tn + fp));
  const verse = unpoisoned.config.evaluate.changes.findIndex(({ kind }) => kind === "verse"), [seedOne] = [drawTableE1(makeAttackRuns([1]))];
  const [[right, wrong]] = unpoisoned.result.changed[verse];
  const [null_] = find(seedOne, { source: "null", panel: "attack success rate", label: "style (verse)", arm: "FF" });
  assert.equal(null_.value, wrong / (right + wrong));
  assert.equal(rows.filter(({ source }) => source === "null").length, 2 * tableAttacks.length * triggered.length);
});

Deno.test("draw() of table-e1 shows mean, interval and spread over seeds, and none of the last two from one seed", () => {
  const wanted = { panel: "clean accuracy", label: "instruction", arm: "LoRA" } as const;
  const figure = drawTableE1(makeAttackRuns()), values = find(figure, { ...wanted, source: "run" }).map(({ value }) => value);
  const [{ value, low, high, spread, seeds, exposures }] = find(figure, { ...wanted, source: "mean" }),
    mean = (values[0] + values[1] + values[2]) / 3;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 2), half = 4.302652729749464 * deviation / Math.sqrt(3);
  for (const [actual, expected] of [[value, mean], [spread!, deviation], [low!, mean - half], [high!, mean + half]]) {
    assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);
  }
  assert.deepEqual([seeds, exposures], [3, 72]);
  const [single] = find(drawTableE1(makeAttackRuns([1])), { ...wanted, source: "mean" });
  assert.deepEqual([single.low, single.high, single.spread], [null, null, null]);
});

Deno.test("draw() of the tables refuses records of two settings", () => {
  const records = makeAttackRuns([1]), { config } = records[1];
  const other = { ...records[1], key: "0", config: { ...config, seed: 9, train: { ...config.train, learningRate: 1e-2 } } };
  assert.throws(() => drawTableE1([...records, other]), { name: "RangeError", message: /share one setting of FF/ });
  assert.throws(() => drawTableE1([...records, { ...records[1], key: "0" }]), { name: "RangeError", message: /each cell must have one record/ });
});

Deno.test("draw() of table-e2 keeps to LoRA without attack and with the backdoor, and orders initialisations as the paper does", () => {
  const figure = drawTableE2([...makeInitialisationRuns(), ...makeAttackRuns().filter(({ config }) => config.method.name === "full")]);
  assert.equal(figure.keys.length, 3 * 3 * 2 * 2);
  for (const panel of [...triggered, ...clean]) assert.equal(find(figure, { panel, source: "run" }).length, 36);
  const rows = tableE2(makeInitialisationRuns()).filter(({ whose }) => whose === "ours");
  assert.deepEqual(rows.map(({ initialisation, arm }) => `${initialisation}, ${arm}`), [
    ...["GI", "XNI", "KU"].flatMap((init) => ["0.333", "2"].flatMap((k) => ["clean", "poisoned"].map((arm) => `${init}, k ${k}, ${arm}`))),
  ]);
});

Deno.test("tableE1() is the figure as text: the paper's cells as it printed them, ours beside them", () => {
  const rows = tableE1(makeAttackRuns());
  const paper = rows.find(({ attack, arm, whose }) => attack === "clean-label" && arm === "LoRA" && whose === "paper")!;
  assert.deepEqual([paper.accuracy, paper.F1, paper["attack success rate"], paper["clean accuracy"], paper.seeds], [
    "0.924 ± 0.003",
    "0.928 ± 0.002",
    "0.112",
    "",
    3,
  ]);
  assert.equal(rows.filter(({ whose }) => whose === "ours").length, 2 * 5);
  assert.match(String(rows.find(({ attack, whose }) => attack === "style (verse)" && whose === "ours")!.accuracy), /^0\.\d{3} ± 0\.\d{3}$/);
});

Deno.test("draw() of table-e1 gives each dose of an attack a row, the largest with the attack's name and the paper's cells", () => {
  const records = [...makeAttackRuns([1, 2]), ...makeAttackRuns([1, 2], [0.008]).filter(({ config }) => config.attack.name === "style")];
  const figure = drawTableE1(records), asr = { panel: "attack success rate" } as const;
  assert.deepEqual(
    new Set(find(figure, { ...asr, source: "mean" }).map(({ label, exposures }) => `${label}: ${exposures}`)),
    new Set([
      ...["multi-trigger", "clean-label", "instruction", "style (verse)"].map((label) => `${label}: 72`),
      "style (verse), dose 24: 24",
    ]),
  );
  for (const label of ["style (verse)", "style (verse), dose 24"]) {
    assert.deepEqual([find(figure, { ...asr, source: "run", label }).length, find(figure, { ...asr, source: "null", label }).length], [4, 2], label);
  }
  assert.deepEqual([...new Set(find(figure, { ...asr, source: "paper" }).map(({ label }) => label))].includes("style (verse), dose 24"), false);
  assert.match(figure.caption, /Doses, in poisoned exposures: style \(verse\) 72 and 24;/);
  assert.ok(!drawTableE1(makeAttackRuns()).caption.includes("Doses"));
  assert.deepEqual([...new Set(tableE1(records).map(({ attack }) => attack))], [
    ...["multi-trigger", "clean-label", "instruction", "style (verse)", "style (verse), dose 24", "never poisoned"],
  ]);
});
