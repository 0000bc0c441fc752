import assert from "node:assert/strict";
import { cellsHtml } from "../../lib/report/cells.ts";
import { escapeHtml, jsonForScript, tableHtml } from "../../lib/report/html.ts";
import { renderMarkdown } from "../../lib/report/markdown.ts";
import { renderReport } from "../../lib/report/page.ts";
import { sanitizeHtml } from "../../lib/report/sanitize.ts";
import { makeRecord } from "../support/records.ts";
import { hostile, makeReport } from "../support/report.ts";

/** The page without what scripts and styles hold. */
const withoutScripts = (html: string) => html.replace(/<script[\s\S]*?<\/script>/g, "").replace(/<style[\s\S]*?<\/style>/g, "");

Deno.test("renderReport() lets no text become markup", async () => {
  const html = await renderReport(await makeReport()), visible = withoutScripts(html);
  assert.doesNotMatch(html, /<script>alert/);
  assert.doesNotMatch(html, /<img src=x/);
  assert.doesNotMatch(visible.replace(/"[^"]*"/g, ""), /<[^>]* on[a-z]+=/i);
  assert.doesNotMatch(visible, /<\/?script/i);
  assert.ok(html.split("alert(1)").length > 5, "the hostile text itself is shown, as text");
  const ours = 3 + 1 + 6; // libraries, the page's own, specs
  assert.equal(html.match(/<script(?: type="application\/json" id="[a-z0-9-]+")?>/g)!.length, ours);
  assert.equal(html.match(/<\/script>/g)!.length, ours);
});

Deno.test("renderReport() names no source outside the file", async () => {
  const html = withoutScripts(await renderReport(await makeReport()));
  assert.doesNotMatch(html, /<(?:link|script|img|iframe|source|object|embed)\b[^>]*\b(?:src|href|data)\s*=\s*["']?(?:https?:)?\/\//i);
  assert.match(html, /Content-Security-Policy" content="default-src 'none'; img-src data:;/);
});

Deno.test("renderReport() inlines the fonts of its formulas, and leaves them out where there is no formula", async () => {
  const report = await makeReport(), plain = { ...report, intro: "No formula.", figures: [], notebooks: [] };
  const [withMath, withoutMath] = [await renderReport(report), await renderReport(plain)];
  assert.match(withMath, /class="katex"/);
  assert.match(withMath, /url\(data:font\/woff2;base64,d09GMg/);
  assert.doesNotMatch(withMath, /url\(fonts\//);
  assert.doesNotMatch(withoutMath, /font\/woff2/);
});

Deno.test("renderReport() shows each figure's picture, caption, records and files, and links to it", async () => {
  const report = await makeReport(), html = await renderReport(report);
  for (const { id, alt } of report.figures) {
    const section = html.split(`<section class="figure" id="${id}">`)[1].split("</section>")[0];
    assert.ok(section.includes(`alt="${escapeHtml(alt)}"`));
    assert.match(section, /<img src="data:image\/svg\+xml;base64,/);
    assert.match(section, /<figcaption><p>Ours: minilm-l6/);
    assert.match(section, /\d+ records behind this figure/);
    assert.ok(section.includes(`data-name="${id}.csv"`) && section.includes(`data-name="${id}.json"`));
    assert.ok(html.includes(`<a href="#${id}">`));
  }
  assert.ok(html.includes(report.records[0].key.slice(0, 8)));
  assert.match(html, /<h2>Provenance<\/h2>[\s\S]*deno 2\.9\.5, tensorflow 2\.21\.0[\s\S]*A CPU, linux x86_64, 2 threads/);
  assert.match(html, /Agreement with the published records[\s\S]*<td>0\.0000<\/td>/);
});

Deno.test("renderReport() has a section of figures for each paper", async () => {
  const report = await makeReport(), [first, second] = report.figures;
  const html = await renderReport({ ...report, figures: [{ ...first, paper: "b" }, second], notebooks: [] });
  const [, a, b] = html.split(/<section id="figures-[ab]">/);
  assert.match(a, new RegExp(`^<h2>Paper A, figures and tables</h2>[\\s\\S]*id="${second.id}"`));
  assert.match(b, new RegExp(`^<h2>Paper B, figures and tables</h2>[\\s\\S]*id="${first.id}"`));
  assert.equal(a.includes(`class="figure" id="${first.id}"`), false);
});

Deno.test("renderReport() before the first run is a whole page", async () => {
  const html = await renderReport({
    title: "T",
    intro: "",
    tables: [],
    figures: [],
    notebooks: [],
    records: [],
    profile: { name: "quick", settings: [] },
  });
  assert.match(html, /No runs yet\./);
  assert.match(html, /<\/html>\n$/);
});

Deno.test("renderReport() counts one run as one", async () => {
  const report = await makeReport(),
    html = await renderReport({ ...report, figures: [], notebooks: [], records: [makeRecord()], published: undefined });
  assert.match(html, /Profile <strong>quick<\/strong>, 1 run\./);
  assert.doesNotMatch(html, /Agreement with/);
});

Deno.test("renderMarkdown() keeps HTML as text, drops pictures from elsewhere and shifts headings", () => {
  const html = renderMarkdown(`# Title\n\n${hostile}\n\n![alt <b>](https://example.org/x.png) [bad](javascript:alert(1))`, { headingShift: 2 });
  assert.match(html, /^<h3>Title<\/h3>/);
  assert.match(html, /&lt;script&gt;alert\(1\)/);
  assert.match(html, /<span class="absent">\[alt &#60;b&#62;\]<\/span>/);
  assert.doesNotMatch(html, /example\.org|href="javascript/);
});

Deno.test("renderMarkdown() finds formulas, not prices or code", () => {
  const count = (text: string) => renderMarkdown(text).split('class="katex"').length - 1;
  assert.equal(count("$a_1$ and $b^2$, $$c$$"), 3);
  assert.equal(count("$$\nx\n- y\n= z\n$$"), 1);
  assert.equal(count("text before\n$$ x $$\nand after"), 1);
  assert.equal(count("\\begin{align}\na &= b \\\\\n- c\n\\end{align}"), 1);
  assert.equal(count("$5 or $6, `$x$`, \\$y\\$, $ z $"), 0);
  assert.equal(count("```\n$x$\n```"), 0);
});

Deno.test("renderMarkdown() shows a formula that cannot be parsed instead of failing", () => {
  assert.match(renderMarkdown("$\\frac{$"), /katex-error/);
});

Deno.test("sanitizeHtml() keeps tables and data pictures, and nothing that acts", () => {
  const clean = sanitizeHtml;
  assert.equal(clean(`<b onclick="x()">a</b>`), "<b>a</b>");
  assert.equal(clean(`<td colspan="2" style="x">a</td>`), `<td colspan="2">a</td>`);
  assert.equal(clean(`<script>alert(1)</script>a<style>b</style><!-- c -->`), "a");
  assert.equal(clean(`<script>alert(1)`), "");
  assert.equal(clean(`<img src="data:image/png;base64,AAAA" alt="p" onerror="x">`), `<img src="data:image/png;base64,AAAA" alt="p">`);
  assert.equal(clean(`<img src="https://example.org/x.png"><img src=x onerror=alert(1)>`), "");
  assert.equal(clean(`<a href="javascript:x">a</a>`), "&#60;a href=&#34;javascript:x&#34;&#62;a&#60;/a&#62;");
  assert.equal(clean(`<div><b>a</div></div>`), "<div><b>a</b></div>");
  assert.equal(clean(`1 < 2 &lt; 3 <img`), "1 &lt; 2 &lt; 3 &lt;img");
  assert.match(clean("<table><tr><td>1</table>"), /^<div class="scroll"[^>]*><table><tr><td>1<\/td><\/tr><\/table><\/div>$/);
});

Deno.test("jsonForScript() cannot end its script element", () => {
  const value = { text: "</script><!--\u2028" };
  assert.doesNotMatch(jsonForScript(value), /</);
  assert.deepEqual(JSON.parse(jsonForScript(value)), value);
});

Deno.test("tableHtml() escapes heads and cells and marks what is missing", () => {
  const html = tableHtml([{ "<a>": "<b>", n: 1.5, none: null }], { label: "L" });
  assert.match(html, /<th scope="col">&#60;a&#62;<\/th>/);
  assert.match(html, /<td>&#60;b&#62;<\/td><td class="number">1\.5<\/td><td class="none">–<\/td>/);
});

Deno.test("cellsHtml() colours code, strips terminal colours and prefers the best form of an output", async () => {
  const data = { "text/plain": "plain", "text/html": "<b>rich</b>" };
  const html = await cellsHtml("n", [
    {
      cell_type: "code",
      metadata: {},
      source: ["const a = 1;\n", "a"],
      execution_count: 1,
      outputs: [
        { output_type: "stream", name: "stderr", text: "\u001b[33mwarn\u001b[0m" },
        { output_type: "display_data", data, metadata: {} },
        { output_type: "display_data", data: { "text/latex": ["$$x", "^2$$"] }, metadata: {} },
        { output_type: "display_data", data: { "image/png": "iVBOR" }, metadata: {} },
        { output_type: "display_data", data: { "image/png": `"><script>`, "text/plain": "kept" }, metadata: {} },
      ],
    },
    { cell_type: "raw", metadata: {}, source: "<raw>" },
  ]);
  assert.match(html, /<span style="[^"]*--shiki-dark:[^"]*">const<\/span>/);
  assert.match(html, /<pre class="stderr" tabindex="0">warn<\/pre>/);
  assert.match(html, /<div class="html"><b>rich<\/b><\/div>/);
  assert.doesNotMatch(html, />plain</);
  assert.match(html, /class="katex-display"/);
  assert.match(html, /<img src="data:image\/png;base64,iVBOR" alt="Figure">/);
  assert.match(html, />kept<\/pre>/);
  assert.match(html, /&#60;raw&#62;/);
});

Deno.test("cellsHtml() escapes the name of a stream", async () => {
  const output = { output_type: "stream", name: `x" onfocus="alert(1)` as "stdout", text: "t" } as const;
  const html = await cellsHtml("n", [{ cell_type: "code", metadata: {}, source: "a", execution_count: 1, outputs: [output] }]);
  assert.match(html, /<pre class="x&#34; onfocus=&#34;alert\(1\)" tabindex="0">t<\/pre>/);
});
