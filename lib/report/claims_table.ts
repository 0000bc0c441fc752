/** A notebook's own part of the claims ledger. */
import { type LedgerRow, verdictText } from "../claims/ledger.ts";
import { type Displayable, displayable } from "./display.ts";

const columns = ["claim", "what is claimed", "verdict", "ours", "the paper's own numbers", "effect"];

/**
 * Rows of the ledger as a table: of sections of a paper with their parts (`A-4.3`), and single claims (`A-E.4-1`); all unless given.
 */
export function claimsTable(rows: readonly LedgerRow[], ...parts: readonly string[]): Displayable {
  const isIn = ({ id, section }: LedgerRow, part: string) => {
    const own = `${id[0]}-${section}`;
    return id === part || own === part || own.startsWith(`${part}.`);
  };
  const unknown = parts.find((part) => !rows.some((row) => isIn(row, part)));
  if (unknown !== undefined) {
    throw new RangeError(`Cannot show claims as each part must be a claim (A-E.4-1) or a section with its paper (A-4.3): ${unknown}`);
  }
  const within = (row: LedgerRow) => parts.length === 0 || parts.some((part) => isIn(row, part));
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
