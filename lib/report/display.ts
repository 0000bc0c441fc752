/** What a cell can show: bundles of one thing in several MIME types, of which each front end takes the best that it knows. */
import { Buffer } from "node:buffer";
import { dataUri, escapeHtml } from "./html.ts";
import type { MimeBundle } from "./notebook.ts";

const hook = Symbol.for("Jupyter.display");

/** An object that a front end shows when it is a cell's last expression, or given to `Deno.jupyter.display`. */
export interface Displayable {
  [hook]: () => MimeBundle;
}

/** Messages of several megabytes can arrive corrupted: what is shown stays below. */
export const maxBundleBytes = 1_000_000;

/** Makes a bundle displayable. */
export function displayable(bundle: MimeBundle): Displayable {
  const bytes = bytesOf(bundle);
  if (bytes >= maxBundleBytes) {
    throw new RangeError(`Cannot show output as it must take less than ${maxBundleBytes} bytes: ${bytes}. Show a part, or a summary`);
  }
  return { [hook]: () => bundle };
}

/**
 * A figure. JupyterLab and VS Code draw the vega-lite spec, interactive (version 5 is the newest they know); GitHub and nbconvert show
 * the SVG; a terminal has `alt`. No HTML beside the spec: JupyterLab would prefer it, and lose the interaction.
 */
export function figure({ spec, svg, alt }: { spec: Record<string, unknown>; svg: string; alt: string }): Displayable {
  const whole = {
    "application/vnd.vegalite.v5+json": { ...spec, $schema: "https://vega.github.io/schema/vega-lite/v5.json" },
    "image/svg+xml": svg,
    "text/plain": alt,
  };
  if (bytesOf(whole) < maxBundleBytes) return displayable(whole);
  const picture = pictureBundle(svg, alt); // with too many rows to be interactive
  if (bytesOf(picture) < maxBundleBytes) return displayable(picture);
  return displayable({ "text/plain": `${alt} (The figure is too large to be shown here: ${bytesOf(picture)} bytes.)` });
}

/** Plotly's MIME type: JupyterLab with its extension and VS Code know it. */
export const surfaceMime = "application/vnd.plotly.v1+json";

/** A surface to turn; a front end that has no Plotly, and a figure that has no surface, show the picture. */
export function surface({ surface, svg, alt }: { surface?: Record<string, unknown>; svg: string; alt: string }): Displayable {
  const picture = pictureBundle(svg, alt), whole = surface ? { [surfaceMime]: surface, ...picture } : picture;
  return displayable(bytesOf(whole) < maxBundleBytes ? whole : picture);
}

/** A picture alone. As a data URI, because a notebook that is not trusted shows no inline SVG. */
function pictureBundle(svg: string, alt: string): MimeBundle {
  return { "text/html": `<img src="${dataUri("image/svg+xml", svg)}" alt="${escapeHtml(alt)}">`, "text/plain": alt };
}

/** Markdown, with formulas between dollar signs. */
export function markdown(text: string): Displayable {
  return displayable({ "text/markdown": text, "text/plain": text });
}

/** One displayed formula. */
export function latex(formula: string): Displayable {
  return displayable({ "text/latex": `$$${formula}$$`, "text/plain": formula });
}

/** Rows as a table with a header; what is beyond `maxRows` is counted, not shown, and an empty table says so. */
export function table(rows: readonly object[], { columns = Object.keys(rows[0] ?? {}), maxRows = 100 } = {}): Displayable {
  const shown = rows.slice(0, maxRows).map((row) => columns.map((column) => cellText((row as Record<string, unknown>)[column])));
  const rest = rows.length === 0 ? "No rows." : rows.length > maxRows ? `… and ${rows.length - maxRows} more rows` : "";
  const line = (tag: string, cells: string[]) => `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  return displayable({
    "text/html": `<table><thead>${line("th", columns)}</thead><tbody>${shown.map((cells) => line("td", cells)).join("")}</tbody></table>${
      rest && `<p>${rest}</p>`
    }`,
    "text/plain": [columns, ...shown].map((cells) => cells.join("\t")).join("\n") + (rest && `\n${rest}`),
  });
}

function cellText(value: unknown): string {
  if (typeof value === "number" && !Number.isInteger(value)) return Number(value.toPrecision(4)).toString();
  return value === null || value === undefined ? "" : String(value);
}

function bytesOf(bundle: MimeBundle): number {
  return Buffer.byteLength(JSON.stringify(bundle));
}
