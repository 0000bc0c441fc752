/** An executed notebook -> HTML: prose, coloured code, and what each cell showed. */
import { stripVTControlCharacters } from "node:util";
import { surfaceMime } from "./display.ts";
import { chartHtml, surfaceHtml } from "./embed.ts";
import type { Spec } from "../figure/figure.ts";
import { highlight } from "./highlight.ts";
import { dataUri, escapeHtml } from "./html.ts";
import { renderMarkdown } from "./markdown.ts";
import { type Cell, type CodeCell, type MimeBundle, type Multiline, type Output, textOf } from "./notebook.ts";
import { sanitizeHtml } from "./sanitize.ts";

/** All cells; `id` names the notebook and begins the ids of its charts. */
export async function cellsHtml(id: string, cells: readonly Cell[]): Promise<string> {
  const parts: string[] = [];
  for (const [index, cell] of cells.entries()) parts.push(await cellHtml(`${id}-cell-${index + 1}`, cell));
  return parts.join("\n");
}

async function cellHtml(id: string, cell: Cell): Promise<string> {
  const source = textOf(cell.source);
  if (cell.cell_type === "markdown") return `<div class="prose">${renderMarkdown(source, { headingShift: 3 })}</div>`;
  if (!isCode(cell)) return pre(source);
  const outputs: string[] = [];
  for (const [index, output] of cell.outputs.entries()) outputs.push(await outputHtml(`${id}-output-${index + 1}`, output));
  return `<div class="cell" id="${id}">${await highlight(source)}${
    outputs.length > 0 ? `<div class="outputs">${outputs.join("\n")}</div>` : ""
  }</div>`;
}

/** A type guard, as narrowing by `cell_type` alone leaves the raw cells in. */
const isCode = (cell: Cell): cell is CodeCell => cell.cell_type === "code";

async function outputHtml(id: string, output: Output): Promise<string> {
  if (output.output_type === "stream") return pre(textOf(output.text), output.name);
  if (output.output_type === "error") return pre(`${output.ename}: ${output.evalue}\n${output.traceback.join("\n")}`, "error");
  return await bundleHtml(id, output.data);
}

/** The best form of an output that this page can show; front ends choose in the same order. */
async function bundleHtml(id: string, data: MimeBundle): Promise<string> {
  const text = (mime: string): string => textOf(data[mime] as Multiline);
  const has = (mime: string): boolean => typeof data[mime] === "string" || Array.isArray(data[mime]);
  const spec = data["application/vnd.vegalite.v5+json"];
  if (typeof spec === "object" && spec !== null) {
    const { description } = spec as { description?: unknown };
    const alt = typeof description === "string" ? description : has("text/plain") ? text("text/plain") : "Figure";
    return `<figure>${await chartHtml({ id, alt, spec: spec as Record<string, unknown> })}</figure>`;
  }
  const surface = data[surfaceMime];
  if (typeof surface === "object" && surface !== null && has("text/html")) {
    return `<div class="html">${sanitizeHtml(text("text/html"))}</div>${surfaceHtml({ id, alt: text("text/plain"), spec: surface as Spec })}`;
  }
  if (has("text/html")) return `<div class="html">${sanitizeHtml(text("text/html"))}</div>`;
  if (has("image/svg+xml")) return image(dataUri("image/svg+xml", text("image/svg+xml")), has("text/plain") ? text("text/plain") : "Figure");
  for (const mime of ["image/png", "image/jpeg"]) {
    const base64 = has(mime) ? text(mime).replace(/\s/g, "") : "";
    if (/^[A-Za-z0-9+/]+=*$/.test(base64)) return image(`data:${mime};base64,${base64}`, has("text/plain") ? text("text/plain") : "Figure");
  }
  for (const mime of ["text/markdown", "text/latex"]) {
    if (has(mime)) return `<div class="prose">${renderMarkdown(text(mime), { headingShift: 4 })}</div>`;
  }
  return has("text/plain") ? pre(text("text/plain")) : "";
}

const image = (source: string, alt: string): string => `<img src="${source}" alt="${escapeHtml(alt)}">`;
const pre = (text: string, kind = "stdout"): string =>
  `<pre class="${escapeHtml(kind)}" tabindex="0">${escapeHtml(stripVTControlCharacters(text))}</pre>`;
