/** Jupyter notebooks (nbformat 4.5): types, reading, and one stable form. */
import { readFile } from "node:fs/promises";

/** nbformat keeps text as one string or as its lines. */
export type Multiline = string | string[];
export type MimeBundle = Record<string, unknown>;

export type Output =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: Multiline }
  | { output_type: "display_data"; data: MimeBundle; metadata: Record<string, unknown> }
  | { output_type: "execute_result"; execution_count: number | null; data: MimeBundle; metadata: Record<string, unknown> }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

export interface CodeCell {
  cell_type: "code";
  id?: string;
  metadata: Record<string, unknown>;
  source: Multiline;
  execution_count: number | null;
  outputs: Output[];
}

export interface TextCell {
  cell_type: "markdown" | "raw";
  id?: string;
  metadata: Record<string, unknown>;
  source: Multiline;
}

export type Cell = CodeCell | TextCell;

export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

/** A cell's source, or an output's text, as one string. */
export function textOf(text: Multiline): string {
  return Array.isArray(text) ? text.join("") : text;
}

/** The same text as nbformat writes it to files: lines that keep their ends, so that a diff shows lines. */
export function linesOf(text: Multiline): string[] {
  return textOf(text).split(/(?<=\n)/).filter((line) => line !== ""); // no text is no lines
}

export async function readNotebook(path: string): Promise<Notebook> {
  const text = await readFile(path, "utf8");
  try {
    return parseNotebook(text);
  } catch (error) {
    throw new TypeError(`Cannot read notebook ${path} as ${(error as Error).message}`);
  }
}

/** A notebook's JSON, checked as far as a run depends on it. */
export function parseNotebook(text: string): Notebook {
  const notebook = parseJson(text) as Partial<Notebook> | null;
  if (typeof notebook !== "object" || notebook?.nbformat !== 4) throw new TypeError(`it must be of nbformat 4: ${notebook?.nbformat}`);
  if (!Array.isArray(notebook.cells)) throw new TypeError(`it must have a list of cells: ${typeof notebook.cells}`);
  const ids = new Set<string>();
  notebook.cells.forEach((cell, index) => {
    if (!["code", "markdown", "raw"].includes(cell.cell_type)) {
      throw new TypeError(`cell ${index + 1} must be code, markdown or raw: ${cell.cell_type}`);
    }
    if (typeof cell.source !== "string" && !Array.isArray(cell.source)) {
      throw new TypeError(`cell ${index + 1} must have a source: ${typeof cell.source}`);
    }
    if (cell.id !== undefined && ids.has(cell.id)) throw new TypeError(`cell ${index + 1} must have an id of its own: ${cell.id}`);
    if (cell.id !== undefined) ids.add(cell.id);
  });
  return { cells: notebook.cells, metadata: notebook.metadata ?? {}, nbformat: 4, nbformat_minor: notebook.nbformat_minor ?? 5 };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TypeError(`it must be JSON: ${(error as Error).message}`);
  }
}

/** Jupyter's own form: one space of indentation, text as lines, a line end at the end. Equal notebooks give equal bytes. */
export function formatNotebook({ cells, metadata, nbformat, nbformat_minor }: Notebook): string {
  const lines = { cells: cells.map(cellInLines), metadata, nbformat, nbformat_minor };
  return JSON.stringify(lines, null, 1) + "\n";
}

function cellInLines(cell: Cell): Cell {
  const { cell_type, id, metadata, source } = cell, lines = { ...(id === undefined ? {} : { id }), metadata, source: linesOf(source) };
  if (cell_type !== "code") return { cell_type, ...lines };
  return { cell_type, execution_count: cell.execution_count, ...lines, outputs: cell.outputs.map(outputInLines) };
}

function outputInLines(output: Output): Output {
  if (output.output_type === "stream") return { ...output, text: linesOf(output.text) };
  if (output.output_type === "error") return output;
  const isText = ([mime, value]: [string, unknown]) => typeof value === "string" && (mime.startsWith("text/") || mime === "image/svg+xml");
  const data = Object.fromEntries(Object.entries(output.data).map((entry) => isText(entry) ? [entry[0], linesOf(entry[1] as string)] : entry));
  return { ...output, data };
}
