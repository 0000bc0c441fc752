/** A notebook's own part of the claims ledger. */
import { type LedgerRow, verdictText } from "../claims/ledger.ts";
import { type Displayable, displayable } from "./display.ts";

const columns = ["claim", "what is claimed", "verdict", "ours", "the paper's own numbers", "effect"];

/** Rows of the ledger as a table: of sections of the paper with their parts (`4.3`), and single claims (`A-E.4-1`); all unless given. */
export function claimsTable(rows: readonly LedgerRow[], ...parts: readonly string[]): Displayable {
  const within = ({ id, section }: LedgerRow) =>
    parts.length === 0 || parts.some((part) => id === part || section === part || section.startsWith(`${part}.`));
  const cells = rows.filter(within).map((row) => [row.id, row.claim, verdictText(row), row.ours, row.paperVerdict, row.effect]);
  const line = (texts: readonly string[]) => `| ${texts.join(" | ")} |`;
  return displayable({
    "text/markdown": [line(columns), line(columns.map(() => "---")), ...cells.map((texts) => line(texts.map(cellMarkdown)))].join("\n"),
    "text/plain": [columns, ...cells].map((texts) => texts.join("\t")).join("\n"),
  });
}

/** Text that markdown shows as it is, but for its formulas between dollar signs. A bar would end the cell. */
function cellMarkdown(text: string): string {
  const parts = text.split(/(\$[^$]+\$)/); // formulas at the odd places
  return parts.map((part, i) => i % 2 ? part.replaceAll("|", String.raw`\vert `) : part.replace(/[\\`*_[\]<>|~#]/g, String.raw`\$&`)).join("");
}
