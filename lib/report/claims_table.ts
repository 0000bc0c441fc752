/** A notebook's own part of the claims ledger. */
import { type LedgerRow, verdictText } from "../claims/ledger.ts";
import { type Displayable, table } from "./display.ts";

/**
 * Rows of the ledger as a table; `section` (`4.3`) takes that section of the paper and its parts, several may be given.
 */
export function claimsTable(rows: readonly LedgerRow[], ...sections: readonly string[]): Displayable {
  const within = (own: string) => sections.length === 0 || sections.some((section) => own === section || own.startsWith(`${section}.`));
  return table(
    rows.filter(({ section }) => within(section)).map((row) => ({
      "claim": row.id,
      "what is claimed": row.claim,
      "verdict": verdictText(row),
      "ours": row.ours,
      "the paper's own numbers": row.paperVerdict,
      "effect": row.effect,
    })),
    { maxRows: 150 },
  );
}
