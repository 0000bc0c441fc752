/** Tables of text cells out of the formats that data sets come in: TSV, JSON lines, Parquet. */
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import pl from "nodejs-polars";

export interface Table {
  readonly columns: readonly string[];
  /** Cells in the order of the columns; null where a row has no such field. */
  readonly rows: readonly (readonly (string | null)[])[];
}

const readers: Readonly<Record<string, (path: string, columns?: readonly string[]) => Table>> = {
  ".tsv": readTsv,
  ".jsonl": readJsonLines,
  ".json": readJsonLines,
  ".parquet": readParquet,
};

/** What a table's file name may end in. */
export const tableEndings = Object.keys(readers);

/** Reads a table by its file name's ending; `columns` name those of a TSV file that has no header. */
export function readTable(path: string, columns?: readonly string[]): Table {
  return readers[extname(path)](path, columns);
}

/**
 * Lines cut at tabs. A quotation mark is a letter like any other: GLUE's texts hold single ones. Done by hand, since a field that is not there
 * (a broken row) must be told from an empty one; fields beyond the header are dropped, as Python's csv.DictReader does in effect.
 */
function readTsv(path: string, columns?: readonly string[]): Table {
  const lines = readFileSync(path, "utf8").replace(/^\uFEFF/, "").split(/\r\n|\r|\n/).filter((line) => line !== "").map((line) => line.split("\t"));
  const [header, rows] = columns ? [columns, lines] : [lines[0] ?? [], lines.slice(1)];
  return { columns: header, rows: rows.map((fields) => header.map((_, index) => fields[index] ?? null)) };
}

function readJsonLines(path: string): Table {
  const records = readFileSync(path, "utf8").split("\n").flatMap((line, index): Record<string, unknown>[] => {
    if (line.trim() === "") return [];
    try {
      return [JSON.parse(line)];
    } catch (cause) {
      throw new TypeError(`Cannot read ${path} as every line must be JSON: line ${index + 1} is not`, { cause });
    }
  });
  const columns = Object.keys(records[0] ?? {});
  return { columns, rows: records.map((record) => columns.map((column) => cellOf(record[column]))) };
}

function readParquet(path: string): Table {
  const frame = pl.readParquet(path), columns = frame.columns;
  const cells = columns.map((column) => frame.getColumn(column).toArray() as unknown[]);
  return { columns, rows: Array.from({ length: frame.height }, (_, row) => cells.map((values) => cellOf(values[row]))) };
}

function cellOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}
