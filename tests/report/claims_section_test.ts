import assert from "node:assert/strict";
import { ledger } from "../../lib/claims/ledger.ts";
import { claimsHtml, theoremAnchors } from "../../lib/report/claims_section.ts";
import { headlineHtml } from "../../lib/report/headline_section.ts";
import { claimsTable } from "../../lib/report/claims_table.ts";
import { renderMarkdown } from "../../lib/report/markdown.ts";
import { renderReport } from "../../lib/report/page.ts";
import { theoremMarkdown } from "../../lib/report/theorem.ts";
import { equals, type TheoremCell } from "../../lib/theory/check.ts";
import { makeSweep } from "../support/records.ts";
import { hostile, makeReport } from "../support/report.ts";

const cell: TheoremCell = {
  id: "A-8",
  title: "Theorem 2.2",
  statement: "s",
  steps: [{ form: "printed", line: "l", checks: [equals(1, 1, { what: "$F = J^T J$", claims: ["A-2.4-1"] })] }],
};
const rows = ledger({ records: makeSweep([1, 2, 3]), theory: [cell], profile: "quick" });
const rowOf = (html: string, id: string) => html.split(`<tr id="claim-${id}"`)[1].split("</tr>")[0];

Deno.test("claimsHtml() has a row per claim with a badge, its notes and what lies behind it", () => {
  const html = claimsHtml(rows, new Map([["fig-a1", "fig-a1"], ["A-8", "notebook-a3-cell-2"]]));
  assert.equal(html.match(/<tr id="claim-/g)!.length, 234);
  assert.match(html, /<tr id="claim-B-6\.1-9" [^>]*data-paper="B"/);
  const flips = rowOf(html, "A-4.3-1");
  assert.match(flips, /<span class="badge (good|mixed|bad)">[a-z ]+<\/span><br><small>provisional<\/small>/);
  assert.match(flips, /<a href="#fig-a1">fig-a1<\/a>/);
  assert.match(flips, /<dt>Effect<\/dt><dd>accuracy under flips, FF − LoRA: \d cells/);
  assert.match(flips, /<dt>Rests on<\/dt><dd>\d+ records of the profile quick: [0-9a-f]{8} /);
  assert.match(flips, /<dt>Rule<\/dt><dd>per cell: paired difference FF - LoRA/);
  assert.match(flips, /<abbr title="paired differences, seed by seed\. [^"]*">R-PAIR<\/abbr>/);
  assert.match(html, /<details class="legend"><summary>What the rules are called<\/summary><dl><dt>R-PAIR<\/dt><dd>paired differences/);
  assert.match(rowOf(html, "A-4.3-6"), /<small>(trend seen|not seen) at small scale<\/small>/);
  assert.match(rowOf(html, "A-E.3-1"), /<span class="badge open">not run yet<\/span><br><small>later edition<\/small>/);
  const theory = rowOf(html, "A-2.4-1");
  assert.match(theory, /<a href="#notebook-a3-cell-2">A-8<\/a>/);
  assert.match(theory, /class="katex"/, "formulas are formulas");
  assert.match(html, /<span class="badge good">reproduced<\/span> \d+/);
});

Deno.test("headlineHtml() has each paper's counts, and the claims of tier 1 as ways into the ledger", () => {
  const html = headlineHtml(rows), headline = rows.filter(({ tier }) => tier === 1);
  assert.equal(html.match(/<tr><th scope="row">/g)!.length, headline.length);
  for (const { id } of headline) assert.ok(html.includes(`<a href="#claim-${id}">${id}</a>`), id);
  assert.match(html, /<h3>Paper A<\/h3>\n<p class="counts">141 claims: <span class="badge[\s\S]*<h3>Paper B<\/h3>\n<p class="counts">93 claims: /);
  assert.equal(headlineHtml([]), "");
  assert.doesNotMatch(headlineHtml([{ ...rows[0], tier: 1, claim: hostile, ours: hostile }]), /<script|<img/);
});

Deno.test("claimsHtml() lets no text become markup", () => {
  const html = claimsHtml([{ ...rows[0], claim: hostile, effect: `${hostile} $x$`, ours: hostile, caveat: hostile, link: `"><b>` }], new Map());
  assert.doesNotMatch(html, /<script|<img|<b>/);
  assert.ok(html.includes("alert(1)"));
});

Deno.test("theoremAnchors() finds the cells that notebooks show", () => {
  const output = { output_type: "execute_result" as const, execution_count: 1, data: { "text/markdown": theoremMarkdown(cell) }, metadata: {} };
  const code = { cell_type: "code" as const, metadata: {}, source: "", execution_count: 1, outputs: [output] };
  const notebook = { name: "a3-ntk", cells: [{ cell_type: "markdown" as const, metadata: {}, source: "#### x (A-9)" }, code] };
  assert.deepEqual([...theoremAnchors([notebook])], [["A-8", "notebook-a3-ntk-cell-2"]]);
});

Deno.test("renderReport() has the claims where it is given a ledger, and no such section without", async () => {
  const report = { ...await makeReport(), figures: [], notebooks: [] };
  assert.match(await renderReport({ ...report, claims: rows }), /<section id="claims"><h2>Claims<\/h2>/);
  assert.doesNotMatch(await renderReport(report), /id="claims"/);
});

Deno.test("claimsTable() shows a notebook's own part", () => {
  const shown = claimsTable(rows, "A-4.3", "A-4.2")[Symbol.for("Jupyter.display") as never] as unknown as () => Record<string, string>;
  const text = shown()["text/plain"].split("\n");
  assert.equal(text.length, 1 + 8 + 3);
  assert.match(text[1], /^A-4\.2-1\t/);
  assert.match(shown()["text/markdown"], /^\| claim \| what is claimed \| verdict \|/);
  assert.throws(() => claimsTable(rows, "4.3"), {
    name: "RangeError",
    message: "Cannot show claims as each part must be a claim (A-E.4-1) or a section with its paper (A-4.3): 4.3",
  });
});

Deno.test("claimsTable() shows formulas, and all other text as it is", () => {
  const row = { ...rows[0], claim: "N*rho rows get [.*?] <b> | and W_K", effect: "$|x| < \\lambda_1$ at 3" };
  const shown = claimsTable([row])[Symbol.for("Jupyter.display") as never] as unknown as () => Record<string, string>;
  const html = renderMarkdown(shown()["text/markdown"]);
  assert.match(html, /<td>N\*rho rows get \[\.\*\?\] &lt;b&gt; \| and W_K<\/td>/);
  assert.match(html, /<td><span class="katex">.*<\/span> at 3<\/td>/);
});
