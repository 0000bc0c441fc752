/** The claims in the report: one table, a badge per verdict, details to unfold. Without JavaScript it is a plain table. */
import { paperOf } from "../claims/claim.ts";
import { namedRules, replaceRuleNames } from "../claims/rules/named.ts";
import { type LedgerRow, verdictNotes } from "../claims/ledger.ts";
import { verdicts } from "../claims/verdict.ts";
import { badge, countsHtml } from "./badge.ts";
import { escapeHtml, slugOf } from "./html.ts";
import { renderInline } from "./markdown.ts";
import { type Cell, type Multiline, textOf } from "./notebook.ts";
import { count } from "../math/count.ts";

const letterOf = (id: string): string => paperOf(id).toUpperCase();

const columns = ["Claim", "What is claimed", "Tier", "Verdict", "Ours", "Shown by"];

/**
 * Counts, filters (with JavaScript) and the table.
 * @param anchors where the page shows a figure or theorem cell, by its id
 */
export function claimsHtml(rows: readonly LedgerRow[], anchors: ReadonlyMap<string, string>): string {
  const provisional = rows.filter((row) => row.provisional).length, here = provisional ? ` (${provisional} here)` : "";
  const intro = "The verdict on each claim by a rule that was fixed before the runs it decides (where it was made more precise later, its row says " +
    `so). It is provisional from fewer than five seeds${here}; ` +
    "intervals are open where a claim is not reproduced and more seeds may still show it; a claim that needs the paper's scale has none at a " +
    "smaller one, only what is seen there.";
  return `<p>${escapeHtml(intro)}</p>
<p class="counts">${countsHtml(rows)}</p>
${legendHtml()}
${filtersHtml(rows)}
<div class="scroll" tabindex="0" role="group" aria-label="Claims"><table class="claims" id="claims-table"><thead><tr>${
    columns.map((column) => `<th scope="col">${column}</th>`).join("")
  }</tr></thead>
<tbody>${rows.map((row, i) => rowHtml(row, i, anchors)).join("\n")}</tbody></table></div>`;
}

/** Hidden until the page's script runs: it fills the count, filters rows and makes the heads sort. */
function filtersHtml(rows: readonly LedgerRow[]): string {
  const select = (name: string, label: string, values: readonly string[]) =>
    `<label>${label} <select data-filter="${name}"><option value="">all</option>${
      values.map((value) => `<option>${escapeHtml(value)}</option>`).join("")
    }</select></label>`;
  const unique = (values: readonly string[]) => [...new Set(values)];
  return `<div class="tools filters" role="search" aria-label="Filter the claims" data-table="claims-table">${
    select("verdict", "Verdict", verdicts.filter((verdict) => rows.some((row) => row.verdict === verdict)))
  } ${select("paper", "Paper", unique(rows.map(({ id }) => letterOf(id))))} ${
    select("section", "Section", unique(rows.map(({ section }) => section)))
  } ${
    select("tier", "Tier", unique(rows.map(({ tier }) => String(tier))).sort())
  } <label>Text <input type="search" data-filter="text"></label> <span role="status"></span></div>`;
}

function rowHtml(row: LedgerRow, place: number, anchors: ReadonlyMap<string, string>): string {
  const { id, section, item, claim, tier, verdict, ours, link } = row, anchor = link === null ? undefined : anchors.get(link);
  const notes = verdictNotes(row).map((note) => `<br><small>${note}</small>`), name = escapeHtml(link ?? "");
  const shown = link === null ? `<td class="none">–</td>` : `<td>${anchor ? `<a href="#${escapeHtml(anchor)}">${name}</a>` : name}</td>`;
  const data = `data-place="${place}" data-verdict="${verdict}" data-paper="${letterOf(id)}" data-section="${
    escapeHtml(section)
  }" data-tier="${tier}"`;
  return `<tr id="claim-${escapeHtml(id)}" ${data}><th scope="row">${escapeHtml(id)}<br><small>${escapeHtml(item)}</small></th>` +
    `<td>${escapeHtml(claim)}<details><summary>Rule, effect, caveat</summary>${detailsHtml(row)}</details></td>` +
    `<td class="number">${tier}</td><td data-sort="${verdicts.indexOf(verdict)}">${badge(verdict)}${notes.join("")}</td>` +
    `${ours ? `<td>${escapeHtml(ours)}</td>` : `<td class="none">–</td>`}${shown}</tr>`;
}

function detailsHtml({ effect, remarks, rule, ruleChange, paper, paperVerdict, caveat, profile, keys }: LedgerRow): string {
  const facts: [string, string | null][] = [
    ["Effect", effect],
    ["Also", remarks.join("; ")],
    ["Rule changed", ruleChange],
    ["The paper's numbers", paper],
    ["They say", paperVerdict],
    ["Caveat", caveat],
    ["Rests on", keys.length ? `${count(keys.length, "record")} of the profile ${profile}: ${keysInWords(keys)}` : null],
  ];
  const told = facts.filter(([, text]) => text).map(([name, text]) => `<dt>${name}</dt><dd>${inline(text!)}</dd>`);
  return `<dl><dt>Rule</dt><dd>${withNames(inline(rule))}</dd>${told.join("")}</dl>`;
}

/** HTML with what the rules' names mean behind each of them. */
const withNames = (html: string): string => replaceRuleNames(html, (name, meaning) => `<abbr title="${escapeHtml(meaning)}">${name}</abbr>`);

/** The same as a list: a pointer that can hover is not all there is. */
function legendHtml(): string {
  const names = Object.entries(namedRules).map(([name, meaning]) => `<dt>${name}</dt><dd>${escapeHtml(meaning)}</dd>`);
  return `<details class="legend"><summary>What the rules are called</summary><dl>${names.join("")}</dl></details>`;
}

/** Text, with its formulas where it has any. */
const inline = (text: string): string => text.includes("$") ? renderInline(text) : escapeHtml(text);

/** The first digits of each key, as the tables of records have them; of very many only the first. */
function keysInWords(keys: readonly string[]): string {
  const shown = keys.slice(0, 40).map((key) => key.slice(0, 8)).join(" ");
  return keys.length > 40 ? `${shown} …` : shown;
}

/** Where executed notebooks show theorem cells: the cell's number (`A-14`, at the end of its heading) -> the anchor of the code cell. */
export function theoremAnchors(notebooks: readonly { readonly name: string; readonly cells: readonly Cell[] }[]): Map<string, string> {
  const anchors = new Map<string, string>();
  for (const { name, cells } of notebooks) {
    cells.forEach((cell, i) => {
      for (const output of "outputs" in cell ? cell.outputs : []) {
        const shown = "data" in output ? output.data["text/markdown"] : undefined;
        for (const [, id] of shown === undefined ? [] : textOf(shown as Multiline).matchAll(/^#### .*\(([AB]-[^()]+)\)$/gm)) {
          if (!anchors.has(id)) anchors.set(id, `notebook-${slugOf(name)}-cell-${i + 1}`);
        }
      }
    });
  }
  return anchors;
}
