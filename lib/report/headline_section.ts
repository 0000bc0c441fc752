/** What was found, in a screen for each paper: how its claims stand, and the verdict on each of its headline claims. */
import { paperOf, papers } from "../claims/claim.ts";
import { type LedgerRow, verdictNotes } from "../claims/ledger.ts";
import { badge, countsHtml } from "./badge.ts";
import { escapeHtml } from "./html.ts";
import { renderInline } from "./markdown.ts";

/** Tables of the claims of tier 1, each row a way to the claim's own row in the ledger below. */
export function headlineHtml(claims: readonly LedgerRow[]): string {
  return papers.map((paper) => ({ paper, rows: claims.filter(({ id }) => paperOf(id) === paper) })).filter(({ rows }) => rows.length > 0)
    .map(({ paper, rows }) => paperHtml(paper.toUpperCase(), rows)).join("\n");
}

function paperHtml(letter: string, rows: readonly LedgerRow[]): string {
  const headline = rows.filter(({ tier }) => tier === 1);
  const table = `<div class="scroll" tabindex="0" role="group" aria-label="Headline claims of paper ${letter}"><table class="headline"><thead><tr>
<th scope="col">Claim</th><th scope="col">What is claimed</th><th scope="col">Verdict</th><th scope="col">Ours</th></tr></thead>
<tbody>${headline.map(rowHtml).join("\n")}</tbody></table></div>`;
  return `<h3>Paper ${letter}</h3>\n<p class="counts">${rows.length} claims: ${countsHtml(rows)}</p>\n${headline.length ? table : ""}`;
}

function rowHtml(row: LedgerRow): string {
  const { id, claim, verdict, ours } = row, notes = verdictNotes(row).map((note) => `<br><small>${note}</small>`).join("");
  return `<tr><th scope="row"><a href="#claim-${escapeHtml(id)}">${escapeHtml(id)}</a></th><td>${renderInline(claim)}</td>` +
    `<td>${badge(verdict)}${notes}</td>${ours ? `<td>${renderInline(ours)}</td>` : `<td class="none">–</td>`}</tr>`;
}
