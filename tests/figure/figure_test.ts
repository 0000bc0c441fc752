import assert from "node:assert/strict";
import { encodingsFor } from "../../lib/figure/theme.ts";
import type { Figure, Row } from "../../lib/figure/figure.ts";
import { nearestTask, paperCurves } from "../../lib/figure/paper.ts";
import { figures } from "../../lib/figure/registry.ts";
import { compileSpec, renderSvg } from "../../lib/figure/svg.ts";
import type { RunRecord } from "../../lib/experiment/record.ts";
import { counts, makeLoraSweep, makeRecord, makeSweep } from "../support/records.ts";
import { makeAttackRuns, makeInitialisationRuns, tableAttacks } from "../support/table_records.ts";

const draw = (id: string, records: readonly RunRecord[]) => figures.find((figure) => figure.id === id)!.draw(records, paperCurves()) as Figure<Row>;
const families: Record<string, string[]> = {
  "fig-a1": ["upa"],
  "fig-a4": ["upa", "bpa"],
  "fig-a5": ["upa", "bpa"],
  "fig-a6": ["upa"],
  "fig-a9": ["upa"],
  "fig-a11": ["upa"],
  "table-e1": [...tableAttacks],
};
const familyOf = (id: string): string[] => ["none", ...families[id] ?? ["bpa"]];

/** Made-up records of the kind that a figure draws. */
function sweepOf(id: string, seeds?: readonly number[]): RunRecord[] {
  if (["fig-a4", "fig-a9", "fig-a10"].includes(id)) return makeLoraSweep("rank", { seeds });
  if (["fig-a5", "fig-a11", "fig-a12"].includes(id)) return makeLoraSweep("initVariance", { seeds });
  if (id === "table-e1") return makeAttackRuns(seeds);
  if (id === "table-e2") return makeInitialisationRuns(seeds);
  return makeSweep(seeds);
}

/** The spec with rows in short, tooltips counted and numbers rounded, so that a snapshot can be read. */
function normalised({ spec, rows }: Figure<Row>): unknown {
  const own = rows.filter((row) => row.source !== "paper" && row.against === null);
  const values = [
    ...own.map(({ panel, source, series, poisonRate, exposures, value, low, seeds }) =>
      [panel, source, series, poisonRate, exposures, value, low, seeds].join(" | ")
    ),
    `and ${rows.length - own.length} rows of the paper or beside it`,
  ];
  return JSON.parse(JSON.stringify({ ...spec, data: { values } }), (key, value) => {
    if (key === "tooltip" && Array.isArray(value)) return `${value.length} fields`;
    if (["stroke", "shape", "strokeDash"].includes(key) && value?.field === "series") return `by series: ${value.scale.domain.join("; ")}`;
    return typeof value === "number" ? Number(value.toFixed(3)) : value;
  });
}

/** Figure 3 is of draws: entropy_test.ts. Paper B's are in audit_test.ts and paper_b_test.ts. */
for (const { id, title } of figures.filter(({ id }) => id !== "fig-a3" && /^(fig-a|table-e)/.test(id))) {
  Deno.test(`draw() of ${id} gives a spec that compiles without warnings, after no run, one run, one seed and all`, async () => {
    const sweep = sweepOf(id);
    for (const records of [[], sweep.slice(0, 1), sweepOf(id, [1]), sweep]) {
      const figure = draw(id, records);
      assert.equal(figure.title, title);
      assert.match(await renderSvg(figure), /^<svg /);
    }
  });

  Deno.test(`draw() of ${id} shows every record of its attack as a dot`, async () => {
    const records = sweepOf(id), figure = draw(id, records);
    const expected = records.filter(({ config }) => familyOf(id).includes(config.attack.name)).map(({ key }) => key);
    const dots = figure.rows.filter((row) => row.source === "run");
    assert.deepEqual(new Set(dots.flatMap((row) => row.key ?? [])), new Set(expected));
    assert.deepEqual([...figure.keys].sort(), expected.sort());
    const measured = dots.filter((row) => row.key !== null), attacks = new Map(records.map(({ key, config }) => [key, config.attack.name]));
    for (const panel of new Set(measured.map((row) => row.panel))) {
      const keys = measured.filter((row) => row.panel === panel).map((row) => row.key!), shown = new Set(keys.map((key) => attacks.get(key)!));
      assert.deepEqual(keys.sort(), expected.filter((key) => shown.has(attacks.get(key)!)).sort(), panel);
    }
    const drawn = (await renderSvg(figure)).match(/aria-roledescription="point"/g) ?? [];
    assert.ok(drawn.length >= dots.length, `${drawn.length} points in the picture of ${dots.length} runs`);
  });

  Deno.test(`draw() of ${id} does not depend on the order of the records`, () => {
    assert.deepEqual(draw(id, sweepOf(id).reverse()), draw(id, sweepOf(id)));
  });

  Deno.test(`draw() of ${id} without records says so in every panel, over the paper's curves`, async () => {
    const figure = draw(id, []), svg = await renderSvg(figure);
    assert.equal(svg.match(/no runs yet/g)?.length, (figure.spec.concat as unknown[]).length);
    assert.ok(figure.rows.every((row) => row.source === "paper") && figure.rows.length > 0);
  });
}

Deno.test("draw() of fig-a1 keeps its spec", async (t) => {
  const records = [
    makeRecord({ method: "full" }),
    makeRecord({ method: "full", attack: "upa", poisonRate: 0.2, clean: counts(0.7, 0.7) }),
    makeRecord(),
  ];
  await t.assertSnapshot(normalised(draw("fig-a1", records)));
});

Deno.test("draw() of fig-a2 keeps its spec", async (t) => {
  const doses = [0.004, 0.01].map((poisonRate, i) => makeRecord({ attack: "bpa", poisonRate, triggered: counts(0.6 - i / 2, 0.98) }));
  const records = [makeRecord(), makeRecord({ seed: 2 }), ...doses];
  await t.assertSnapshot(normalised(draw("fig-a2", records)));
});

Deno.test("draw() tells series apart without colour: as many shapes and dashes as series", () => {
  for (const arms of [["FF", "LoRA", "FF − LoRA"], ["clean", "poisoned", "clean − poisoned"]] as const) {
    const { shape, strokeDash, stroke } = encodingsFor(arms);
    for (const { scale } of [shape, strokeDash, stroke]) assert.equal(new Set(scale.range.map(String)).size, 6);
  }
  const text = JSON.stringify(draw("fig-a1", makeSweep()).spec);
  assert.match(text, /"shape":\{"field":"series"/);
  assert.match(text, /"strokeDash":\{"field":"series"/);
});

Deno.test("draw() marks collapsed runs and keeps them in the mean", () => {
  const rows = draw("fig-a1", makeSweep()).rows.filter((row) => row.panel === "accuracy" && row.arm === "LoRA" && row.poisonRate === 0.4);
  const runs = rows.filter((row) => row.source === "run"), [mean] = rows.filter((row) => row.source === "mean");
  assert.deepEqual(runs.map((row) => row.collapsed), [false, true, false]);
  assert.ok(Math.abs(mean.value - runs.reduce((sum, row) => sum + row.value, 0) / 3) < 1e-12);
  assert.ok(mean.low! < mean.value && mean.value < mean.high!);
});

Deno.test("draw() has a mean where half of a line's seeds are at hand, and dots everywhere", () => {
  const seedsAt = (all: number, few: number) => {
    const runs = makeSweep(Array.from({ length: all }, (_, i) => i + 1)).filter(({ config: { attack, seed } }) =>
      attack.name !== "upa" || attack.poisonRate !== 0.2 || seed <= few
    );
    const rows = draw("fig-a1", runs).rows.filter((row) => row.panel === "accuracy" && row.arm === "LoRA" && row.poisonRate === 0.2);
    return rows.filter(({ source }) => source === "mean").map(({ seeds }) => seeds).concat(rows.filter(({ source }) => source === "run").length);
  };
  assert.deepEqual(seedsAt(8, 2), [2], "two of eight: dots alone");
  assert.deepEqual(seedsAt(8, 3), [3, 3], "three of eight");
  assert.deepEqual(seedsAt(2, 1), [1, 1], "one of two");
  assert.deepEqual(seedsAt(3, 1), [1], "one of three: dots alone");
});

Deno.test("draw() of fig-a1 computes the relative loss against the run of the same method and seed", () => {
  const pick = ({ rows }: Figure<Row>): Row[] => rows.filter((row) => row.panel === "relative loss" && row.source === "run");
  const poisoned = makeRecord({ attack: "upa", poisonRate: 0.3, clean: counts(0.6, 0.6) });
  const clean = makeRecord({ clean: counts(0.8, 0.8) }), other = makeRecord({ seed: 2, clean: counts(0.9, 0.9) });
  assert.deepEqual(pick(draw("fig-a1", [clean, other, poisoned])).map((row) => Number(row.value.toFixed(6))), [0, 0, 0.25]);
  assert.deepEqual(pick(draw("fig-a1", [other, poisoned])).map((row) => row.value), [0]);
});

Deno.test("draw() of fig-a2 reads attack success and false positives off the counts", () => {
  const record = makeRecord({ attack: "bpa", clean: counts(0.85, 0.9), triggered: counts(0.2, 0.95) });
  const value = (panel: string) => draw("fig-a2", [record]).rows.find((row) => row.panel === panel && row.source === "run")!.value;
  assert.equal(value("attack success rate"), 0.8);
  assert.equal(value("false-positive rate"), 0.15);
  assert.equal(value("triggered accuracy"), 0.575);
  assert.equal(value("accuracy"), 0.875);
});

Deno.test("draw() of fig-a2 places the paper's rates at their exposures", () => {
  const rows = draw("fig-a2", []).rows.filter((row) => row.panel === "attack success rate" && row.arm === "LoRA" && row.task === nearestTask);
  assert.deepEqual(rows.map((row) => row.exposures), [80, 120, 160, 200, 240, 280, 320, 360]);
  assert.ok(Math.abs(rows[0].value - 0.11) < 0.005 && rows[7].value > 0.98);
});

Deno.test("draw() takes runs that were evaluated under noise too beside others: it measures none of it", () => {
  const plain = makeRecord({ attack: "upa", poisonRate: 0.1 }), noisy = makeRecord({ attack: "upa", poisonRate: 0.2 });
  const changes = [{ kind: "character-noise" as const, rate: 0.2 }];
  const other = {
    ...noisy,
    config: { ...noisy.config, evaluate: { ...noisy.config.evaluate, changes } },
    result: { ...noisy.result, changed: [noisy.result.clean] },
  };
  assert.equal(draw("fig-a1", [plain, other]).rows.filter(({ source, panel }) => source === "run" && panel === "accuracy").length, 2);
});

Deno.test("draw() refuses records that differ in more than poison rate and seed", () => {
  const other = makeRecord({ learningRate: 2e-3, seed: 2 });
  assert.throws(() => draw("fig-a1", [makeRecord(), other]), /^RangeError: Cannot draw figure as its records must share one setting of LoRA: /);
});

Deno.test("draw() takes records as the store returns them, whatever the order of their keys", () => {
  const [first, second] = [makeRecord(), makeRecord({ seed: 2 })], { task, ...rest } = second.config;
  const reordered = { ...second, config: { ...rest, task: Object.fromEntries(Object.entries(task).reverse()) as typeof task } };
  assert.equal(draw("fig-a1", [first, reordered]).keys.length, 2);
});

Deno.test("draw() refuses two records for one cell", () => {
  const record = makeRecord();
  assert.throws(() => draw("fig-a1", [record, { ...record, key: "0".repeat(64) }]), {
    message: /^Cannot draw figure as each cell must have one record: MR, LoRA, poison rate 0, seed 1 has [0-9a-f]{8} and [0-9a-f]{8}$/,
  });
});

Deno.test("compileSpec() turns a warning into an error", () => {
  assert.throws(
    () => compileSpec({ mark: "bar", data: { values: [] }, encoding: { shape: { field: "x", type: "nominal" } } }),
    /^Error: Cannot draw figure as its spec must compile without warnings: /,
  );
});
