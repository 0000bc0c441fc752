import { strict as assert } from "node:assert";
import { cellProgress, jupyterApi, progressBundle } from "../../lib/report/cell_progress.ts";
import { type Displayable, displayable, figure, latex, markdown, maxBundleBytes, surface, surfaceMime, table } from "../../lib/report/display.ts";

const bundleOf = (shown: Displayable) => shown[Symbol.for("Jupyter.display") as keyof Displayable]() as Record<string, string>;
const svg = "<svg xmlns='http://www.w3.org/2000/svg'/>";

Deno.test("figure() has the spec for front ends, a picture for others, and words for a terminal", () => {
  const { "application/vnd.vegalite.v5+json": spec, ...rest } = bundleOf(
    figure({ spec: { $schema: "v6", mark: "line" }, svg, alt: "accuracy falls" }),
  );
  assert.deepEqual(spec, { $schema: "https://vega.github.io/schema/vega-lite/v5.json", mark: "line" });
  assert.deepEqual(rest, { "image/svg+xml": svg, "text/plain": "accuracy falls" }); // no text/html: JupyterLab would prefer it to the spec
});

Deno.test("figure() gives up interaction, then the picture, before it sends too much", () => {
  const large = "x".repeat(maxBundleBytes);
  const picture = bundleOf(figure({ spec: { large }, svg, alt: 'accuracy "falls" <1' }));
  const html = `<img src="data:image/svg+xml;base64,${btoa(svg)}" alt="accuracy &#34;falls&#34; &#60;1">`;
  assert.deepEqual(picture, { "text/html": html, "text/plain": 'accuracy "falls" <1' });
  const { "text/plain": words, ...rest } = bundleOf(figure({ spec: {}, svg: large, alt: "words" }));
  assert.deepEqual(rest, {});
  assert.match(words, /^words \(The figure is too large to be shown here: \d+ bytes\.\)$/);
});

Deno.test("surface() has Plotly's data beside a picture for front ends without it", () => {
  const data = { data: [], layout: {} }, html = `<img src="data:image/svg+xml;base64,${btoa(svg)}" alt="entropy">`;
  assert.deepEqual(bundleOf(surface({ surface: data, svg, alt: "entropy" })), { [surfaceMime]: data, "text/html": html, "text/plain": "entropy" });
  const large = { data: "x".repeat(maxBundleBytes) };
  for (const none of [undefined, large]) {
    assert.deepEqual(bundleOf(surface({ surface: none, svg, alt: "entropy" })), { "text/html": html, "text/plain": "entropy" });
  }
});

Deno.test("displayable() refuses what a front end could receive corrupted", () => {
  const message = /^Cannot show output as it must take less than 1000000 bytes: 10000\d\d. Show a part, or a summary$/;
  assert.throws(() => displayable({ "text/plain": "x".repeat(maxBundleBytes) }), { name: "RangeError", message });
});

Deno.test("table() escapes, rounds, and counts the rows that it leaves out", () => {
  const rows = [{ method: "<lora>", accuracy: 0.876543 }, { method: "full", accuracy: null }, { method: "rest", accuracy: 1 }];
  const bundle = bundleOf(table(rows, { maxRows: 2 }));
  assert.equal(
    bundle["text/html"],
    "<table><thead><tr><th>method</th><th>accuracy</th></tr></thead><tbody><tr><td>&#60;lora&#62;</td><td>0.8765</td></tr>" +
      "<tr><td>full</td><td></td></tr></tbody></table><p>… and 1 more rows</p>",
  );
  assert.equal(bundle["text/plain"], "method\taccuracy\n<lora>\t0.8765\nfull\t\n… and 1 more rows");
});

Deno.test("table() says that it has no rows", () => {
  const bundle = bundleOf(table([], { columns: ["method"] }));
  assert.deepEqual(bundle, {
    "text/html": "<table><thead><tr><th>method</th></tr></thead><tbody></tbody></table><p>No rows.</p>",
    "text/plain": "method\nNo rows.",
  });
});

Deno.test("markdown() and latex() say the same in plain text", () => {
  assert.deepEqual(bundleOf(markdown("**bold**")), { "text/markdown": "**bold**", "text/plain": "**bold**" });
  assert.deepEqual(bundleOf(latex("\\Delta W = BA")), { "text/latex": "$$\\Delta W = BA$$", "text/plain": "\\Delta W = BA" });
});

Deno.test("cellProgress() redraws one display, not too often, and always the end", async () => {
  const drawn: [string, boolean | undefined][] = [], ids = new Set<string>();
  let now = 0;
  const jupyter = {
    display: (bundle: Record<string, unknown>, { update, display_id }: { update?: boolean; display_id: string }) => {
      drawn.push([bundle["text/plain"] as string, update]);
      ids.add(display_id);
      return Promise.resolve();
    },
  };
  const bar = cellProgress("training", jupyter, () => now);
  for (const fraction of [0, 0.1, 0.5, 1]) {
    await bar.update(fraction, "runs");
    now += 150;
  }
  assert.deepEqual(drawn, [["training: 0 % runs", false], ["training: 50 % runs", true], ["training: 100 % runs", true]]);
  assert.equal(ids.size, 1);
  await assert.rejects(bar.update(NaN), { name: "RangeError", message: "Cannot show progress as its fraction must be in [0, 1]: NaN" });
});

Deno.test("cellProgress() shows nothing outside a kernel", async () => {
  assert.equal(jupyterApi(), null);
  await cellProgress("training").update(0.5);
  assert.match(progressBundle("<b>", 0.5, "")["text/html"] as string, /&#60;b&#62; <progress value="0.5" max="1">50 %<\/progress>/);
});
