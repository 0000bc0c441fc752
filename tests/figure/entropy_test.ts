import assert from "node:assert/strict";
import { derivedRows, drawEntropy, publishedRows } from "../../lib/figure/entropy.ts";
import type { EntropyRow } from "../../lib/figure/entropy_row.ts";
import { renderSvg } from "../../lib/figure/svg.ts";
import { engineTest } from "../support/tensorflow.ts";

const at = (rows: readonly EntropyRow[], x: number, y: number) =>
  rows.find((row) => row.left <= x && x < row.right && row.bottom <= y && y < row.top)!;

Deno.test("publishedRows() exchange the axes: the colour at a place is that of another rank and variance", () => {
  const rows = publishedRows();
  assert.equal(rows.length, 1600);
  for (const [x, y] of [[4, 0.001], [8, 1 / 3], [100, 1.2], [255, 1.99], [255, 0.002], [5, 1.99]]) {
    const j = Math.floor(40 * (x - 4) / 252), i = Math.floor(40 * (y - 0.001) / 1.999);
    const expected = 1e10 * Math.log(4 * 64 ** (i / 39) * 0.01 * 150 ** (j / 39));
    assert.ok(Math.abs(at(rows, x, y).value - expected) < 1, `${x}, ${y}`);
  }
  const values = rows.map(({ value }) => value);
  assert.ok(Math.abs(Math.min(...values) + 3.21888e10) < 1e5 && Math.abs(Math.max(...values) - 5.95064e10) < 1e5);
  // top left: the largest rank at the smallest variance; bottom right the reverse
  assert.deepEqual([at(rows, 4, 1.99).value, at(rows, 255.9, 0.002).value].map((value) => Math.round(value / 1e8) / 100), [0.94, 1.79]);
});

Deno.test("derivedRows() are ln(kr) on true axes, in cells that meet", () => {
  const rows = derivedRows("derived"), ranks = [...new Set(rows.map(({ rank }) => rank))];
  assert.ok(
    rows.every(({ rank, initVariance, value, left, right, bottom, top }) =>
      value === Math.log(rank * initVariance) && left < rank && rank < right && bottom < initVariance && initVariance < top
    ),
  );
  const column = rows.filter((row) => row.initVariance === rows[0].initVariance);
  for (let i = 1; i < ranks.length; i++) assert.ok(Math.abs(column[i].left / column[i - 1].right - 1) < 1e-12);
});

engineTest("drawEntropy(): raw entropies rise with rank and variance, the normalised one with rank alone", async () => {
  const figure = await drawEntropy(), of = (panel: EntropyRow["panel"]) => figure.rows.filter((row) => row.panel === panel);
  const rises = (rows: readonly EntropyRow[], along: "rank" | "initVariance", across: "rank" | "initVariance") =>
    [...Map.groupBy(rows, (row) => row[across]).values()].map((line) => {
      const sorted = [...line].sort((a, b) => a[along] - b[along]);
      return sorted.slice(1).map((row, i) => Math.sign(row.value - sorted[i].value));
    }).flat();
  assert.deepEqual([...new Set(rises(of("renyiHalf"), "rank", "initVariance"))], [1]);
  assert.deepEqual([...new Set(rises(of("renyiHalf"), "initVariance", "rank"))], [1]);
  assert.deepEqual([...new Set(rises(of("shannon"), "rank", "initVariance"))], [1]);
  assert.deepEqual([...new Set(rises(of("shannon"), "initVariance", "rank"))], [0]);
  assert.ok(of("shannon").every(({ draws, standardDeviation }) => draws === 8 && standardDeviation! < 0.01));
  for (const [drawn, derived] of [["renyiHalf", "derivedRenyiHalf"], ["shannon", "derivedShannon"]] as const) {
    const [own, expected] = [of(drawn), of(derived)];
    assert.deepEqual(own.map(({ rank, left, top }) => [rank, left, top]), expected.map(({ rank, left, top }) => [rank, left, top]));
    assert.ok(own.every(({ value }, i) => Math.abs(value - expected[i].value) < 0.01), drawn);
  }
});

engineTest("drawEntropy() gives a picture, and a surface with a value for every place", async () => {
  const figure = await drawEntropy();
  assert.equal((await renderSvg(figure)).match(/<path[^>]*fill="rgb/g)?.length, figure.rows.length);
  const { data } = figure.surface as { data: { type: string; x: number[]; y: number[]; z: number[][]; visible: boolean }[] };
  assert.deepEqual(data.map(({ type, visible }) => [type, visible]), [["surface", true], ["surface", false], ["surface", false]]);
  for (const { x, y, z } of data) {
    assert.equal(z.length, y.length);
    assert.ok(z.every((line) => line.length === x.length && line.every(Number.isFinite)));
  }
});
