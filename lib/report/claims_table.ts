/** A notebook's own part of the claims ledger. */
import { type LedgerRow, verdictText } from "../claims/ledger.ts";
import { type Displayable, table } from "./display.ts";

/** Rows of the ledger as a table: of sections of the paper with their parts (`4.3`), and single claims (`A-E.4-1`); all unless given. */
export function claimsTable(rows: readonly LedgerRow[], ...parts: readonly string[]): Displayable {
  const within = ({ id, section }: LedgerRow) =>
    parts.length === 0 || parts.some((part) => id === part || section === part || section.startsWith(`${part}.`));
  return table(
    rows.filter(within).map((row) => ({
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
