/** A verdict as the page shows it. */
import type { LedgerRow } from "../claims/ledger.ts";
import { type Verdict, verdicts } from "../claims/verdict.ts";

/** Colours stand beside the words, never alone. */
const tones: Readonly<Record<Verdict, string>> = {
  "reproduced": "good",
  "partly": "mixed",
  "not reproduced": "bad",
  "refuted by counter-example": "bad",
  "untestable here": "open",
  "not run yet": "open",
};

export const badge = (verdict: Verdict): string => `<span class="badge ${tones[verdict]}">${verdict}</span>`;

/** Each verdict that some rows have, with their number. */
export function countsHtml(rows: readonly LedgerRow[]): string {
  const counted = verdicts.map((verdict) => ({ verdict, count: rows.filter((row) => row.verdict === verdict).length }));
  return counted.filter(({ count }) => count > 0).map(({ verdict, count }) => `${badge(verdict)} ${count}`).join(" ");
}
