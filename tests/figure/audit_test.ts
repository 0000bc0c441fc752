import assert from "node:assert/strict";
import { drawDifferences } from "../../lib/figure/audit_differences.ts";
import { drawGrim } from "../../lib/figure/audit_grim.ts";
import { drawShares } from "../../lib/figure/audit_shares.ts";
import { figures } from "../../lib/figure/registry.ts";
import { experiments } from "../../lib/experiment/experiments.ts";
import { renderSvg } from "../../lib/figure/svg.ts";

Deno.test("the audit's figures are registered, belong to experiments without runs, and compile without warnings", async () => {
  for (const draw of [drawGrim, drawShares, drawDifferences]) {
    const figure = draw(), known = figures.find(({ id }) => id === figure.id)!;
    assert.equal(known.title, figure.title);
    assert.equal(experiments.find(({ id }) => id === figure.id)!.standing, "quick");
    assert.match(await renderSvg(figure), /^<svg /);
    assert.deepEqual(figure.keys, []);
    assert.match(figure.caption, /\.$/);
  }
});

Deno.test("drawGrim() prints each percentage in its cell, and marks the own ones that are no count", async () => {
  const figure = drawGrim(), svg = await renderSvg(figure);
  const cells = svg.match(/>\d+\.\d\d</g)!;
  assert.equal(cells.length, figure.rows.length);
  assert.equal(
    svg.match(/fill="#b33f00"/g)!.length,
    figure.rows.filter(({ kind }) => kind === "own run, no count").length + 1,
    "and the legend's",
  );
  assert.match(figure.caption, /8 of 290 own numbers fit none: Table 2 BERT BadNet SST-2 RoRA CA 92\.46 \(between 92\.42 and 92\.48\)/);
});

Deno.test("drawShares() has own and copied cells by model and measure, beside chance", () => {
  const { rows } = drawShares();
  assert.equal(rows.length, 2 * 2 * 3);
  assert.ok(rows.every(({ fit, of, share, byChance }) => fit / of === share && byChance < share));
  assert.deepEqual(rows.find(({ whose, model, measure }) => whose === "copied rows" && model === "LLaMA" && measure === "CA")!.label, "24 of 30");
});

Deno.test("drawDifferences() names every number that differs", async () => {
  const figure = drawDifferences(), differing = figure.rows.filter(({ difference }) => difference !== 0), svg = await renderSvg(figure);
  assert.equal(differing.length, 5);
  for (const { name } of differing) assert.ok(svg.includes(`>${name}<`), name);
  assert.ok(svg.includes(">162 of 162 agree<"));
});
