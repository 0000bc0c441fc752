/** Text into HTML, so that text stays text. */

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON that a script element can hold: no `<`, so neither `</script` nor `<!--` can end it early. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value).replace(/</g, "\\u003c").replace(/\u2028/g, "\\u2028").replace(/\u2029/g, "\\u2029");
}

/** An anchor name: lower case, words joined by dashes. */
export function slugOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "section";
}

/** An SVG or bitmap as an image that needs no request; as an image, an SVG can neither run scripts nor clash with another one's ids. */
export function dataUri(mime: string, content: string | Uint8Array): string {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return `data:${mime};base64,${bytes.toBase64()}`;
}

export type Cell = string | number | boolean | null;
export type TableRow = Readonly<Record<string, Cell>>;

export interface TableOptions {
  /** Says what the table is to those who cannot see it. */
  readonly label: string;
  /** Text -> HTML of a cell; left out: escaped. */
  readonly render?: (text: string) => string;
}

/** Rows as a table that scrolls sideways in its own box; the first row's keys are the columns. */
export function tableHtml(rows: readonly TableRow[], { label, render = escapeHtml }: TableOptions): string {
  if (rows.length === 0) return `<p class="empty">Nothing yet.</p>`;
  const columns = Object.keys(rows[0]);
  const body = rows.map((row) => `<tr>${columns.map((column) => cellHtml(row[column] ?? null, render)).join("")}</tr>`).join("\n");
  const head = columns.map((column) => `<th scope="col">${escapeHtml(column)}</th>`).join("");
  return `<div class="scroll" tabindex="0" role="group" aria-label="${escapeHtml(label)}"><table><thead><tr>${head}</tr></thead>\n` +
    `<tbody>${body}</tbody></table></div>`;
}

function cellHtml(value: Cell, render: (text: string) => string): string {
  if (value === null) return `<td class="none">–</td>`;
  return typeof value === "number" ? `<td class="number">${value}</td>` : `<td>${render(String(value))}</td>`;
}
