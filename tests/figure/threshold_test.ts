/** The figure of Proposition 4.2's threshold, on made-up records. */
import assert from "node:assert/strict";
import { chainRows } from "../../lib/experiment/chain_rows.ts";
import type { RunRecord } from "../../lib/experiment/record.ts";
import type { Figure } from "../../lib/figure/figure.ts";
import type { Mark } from "../../lib/figure/paper_b/mark.ts";
import { paperCurves } from "../../lib/figure/paper.ts";
import { exactText, sufficientText } from "../../lib/figure/paper_b/threshold_spec.ts";
import { figures } from "../../lib/figure/registry.ts";
import { renderSvg } from "../../lib/figure/svg.ts";
import { surfaceHtml } from "../../lib/report/embed.ts";
import { makeChainRecords } from "../support/chain_records.ts";

const id = "fig-b-threshold", methods = ["LoRA", "RoRA before its rescaling"], doses = [75, 15, 5];
const titleAt = (method: string, dose: number) => `${method}, ${dose} % of the target class poisoned`, rora = titleAt(methods[1], 75);
const draw = (records: readonly RunRecord[]) => figures.find((figure) => figure.id === id)!.draw(records, paperCurves()) as Figure<Mark>;
const find = ({ rows }: Figure<Mark>, wanted: Partial<Mark>): Mark[] =>
  rows.filter((row) => Object.entries(wanted).every(([name, value]) => row[name as keyof Mark] === value));
const swept = (records: readonly RunRecord[]) => records.flatMap(chainRows).filter(({ atScales }) => atScales.length > 0);

Deno.test("drawThreshold() gives a spec that compiles without warnings, after no run, some and all", async () => {
  const all = makeChainRecords(id);
  for (const records of [[], all.slice(0, 1), all.slice(-1), all]) {
    const figure = draw(records), svg = await renderSvg(figure);
    const groups = doses.flatMap((dose) => methods.map((method) => titleAt(method, dose)));
    const drawn = groups.filter((group) => find(figure, { group, source: "run" }).length > 0);
    assert.equal(svg.includes("no runs yet"), drawn.length === 0 || drawn.length % 2 === 1, "a panel beside one with runs");
    assert.doesNotMatch(svg, /NaN|undefined/);
    assert.match(figure.caption, /\.$/);
    assert.equal("surface" in figure, swept(records).length > 0);
  }
});

Deno.test("drawThreshold() does not depend on the order of the records", () => {
  const records = makeChainRecords(id, [1, 2]);
  assert.deepEqual(draw(records.toReversed()), draw(records));
});

Deno.test("drawThreshold() has each seed's CA and ASR at each scale, and the median of what its lines foretell", () => {
  const records = makeChainRecords(id), figure = draw(records), rows = swept(records);
  assert.deepEqual([rows.length, figure.rows.length], [18, 18 * 8 * 2 + 6 * 8 + 6 * 2]);
  const [row] = rows, [{ scale, attackSuccessRate, cleanAccuracy }] = row.atScales.filter((point) => point.scale === 16);
  const own = find(figure, { key: row.key, x: scale });
  assert.deepEqual(own.map(({ panel, series, value }) => [panel, series, value]), [
    ["CA", "clean accuracy", cleanAccuracy],
    ["ASR", "attack success rate", attackSuccessRate],
  ]);
  const rates = rows.filter(({ rora, poisonRate }) => rora && poisonRate === 0.75).map(({ network }) =>
    network!.predicted.find((point) => point.scale === 16)!.attackSuccessRate
  );
  const [line] = find(figure, { source: "predicted", group: rora, x: 16 });
  assert.deepEqual([line.value, line.low, line.high, line.seeds], [rates.toSorted((a, b) => a - b)[1], Math.min(...rates), Math.max(...rates), 3]);
  const keys = new Set(records.filter(({ config }) => config.method.name !== "full").map(({ key }) => key));
  assert.deepEqual(new Set(figure.keys), keys, "the swept runs and those that were never poisoned");
});

Deno.test("drawThreshold() marks the trained scale and the median turning scale, in the picture and to be read by point", () => {
  const records = makeChainRecords(id), figure = draw(records), spec = JSON.stringify(figure.spec);
  const own = swept(records).filter(({ rora, poisonRate }) => !rora && poisonRate === 0.75).map(({ network }) => network!);
  const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[1];
  const [exact, sufficient] = [middle(own.map(({ exactScale }) => exactScale![2])), middle(own.map(({ sufficient }) => sufficient!.scale![2]))];
  assert.ok(spec.includes(`median s₀ ${exact.toPrecision(3)}, of 90 % of the rows; no scale turns the rest`), spec.slice(0, 2000));
  assert.ok(spec.includes(`median s* ${sufficient.toPrecision(3)}, of 40 % of the rows; the rest have none`));
  assert.ok(spec.includes('"text":"median s*"'), "an upright line");
  assert.match(figure.caption, /75 % poisoned: LoRA 20\.0 % \(7\), RoRA before its rescaling 20\.0 % \(7\); 15 % poisoned: /);
  const { data, layout } = figure.surface as unknown as {
    data: { name: string; x: number[]; y: number[]; visible: boolean }[];
    layout: { updatemenus: { buttons: { label: string; args: [string, boolean[]] }[] }[] };
  };
  assert.deepEqual(
    data.map(({ name, visible }) => `${name} ${visible}`),
    doses.flatMap((_, dose) => methods.map((_, method) => dose + method === 0)).flatMap((shown) =>
      [
        "attack success rate",
        "clean accuracy",
        "foretold attack success rate",
        "s = α / r",
        "median s₀",
        "median s*",
        "clean accuracy, never poisoned",
        "attack success rate, never poisoned",
      ].map((name) => `${name} ${shown}`)
    ),
  );
  const { x, y } = data[7], [never] = figure.rows.filter(({ source, panel, x }) => source === "null" && panel === "ASR" && x === null);
  assert.deepEqual([x, y], [[1, 128], [never.value, never.value]], "the null over all scales");
  assert.deepEqual([3, 4, 5].map((i) => data[i].x), [[2, 2], [exact, exact], [sufficient, sufficient]]);
  assert.deepEqual(
    layout.updatemenus[0].buttons.map(({ args: [, visible] }) => visible),
    doses.flatMap((_, dose) => methods.map((_, method) => data.map((_, i) => Math.floor(i / 8) === 2 * dose + method))),
  );
});

Deno.test("exactText() and sufficientText() say where no row has a scale", () => {
  const none = { share: 0, scale: null };
  assert.deepEqual([exactText({ exact: none }), exactText({ exact: null })], ["no scale turns a row", ""]);
  assert.deepEqual([sufficientText({ sufficient: none }), sufficientText({ sufficient: null })], ["no row has an s*", ""]);
});

Deno.test("surfaceHtml() does not call dots a surface", () => {
  assert.match(surfaceHtml({ id, alt: "", spec: draw(makeChainRecords(id, [1])).surface! }), /<summary>Read it point by point<\/summary>/);
  assert.match(surfaceHtml({ id, alt: "", spec: { data: [{ type: "surface" }] } }), /<summary>Turn it as a surface<\/summary>/);
});
