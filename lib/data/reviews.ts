/** The reviews file: one CSV with columns text, label (0 negative, 1 positive) and source, read by polars. */
import pl from "nodejs-polars";
import type { Example } from "./dataset.ts";

export const reviewClasses = ["negative", "positive"] as const;

/** The rows of one source, in file order; an id is the row's number among them. */
export function readReviews(path: string, source: string): Example[] {
  const table = pl.readCSV(path, { dtypes: { text: pl.Utf8, label: pl.Utf8, source: pl.Utf8 } });
  const missing = ["text", "label", "source"].filter((column) => !table.columns.includes(column));
  if (missing.length > 0) throw new TypeError(`Cannot read reviews as ${path} must have columns text, label, source: no ${missing.join(", ")}`);
  const rows = table.filter(pl.col("source").eq(pl.lit(source)));
  const texts = rows.getColumn("text").toArray() as (string | null)[], labels = rows.getColumn("label").toArray() as (string | null)[];
  return texts.map((text, id) => ({ id, text: requireText(text, id, source), label: requireLabel(labels[id], id, source) }));
}

function requireText(text: string | null, row: number, source: string): string {
  if (text?.trim()) return text;
  throw new TypeError(`Cannot read reviews as a text must not be empty: row ${row} of ${source}`);
}

function requireLabel(label: string | null, row: number, source: string): number {
  if (label === "0" || label === "1") return Number(label);
  throw new TypeError(`Cannot read reviews as a label must be 0 or 1: ${label} in row ${row} of ${source}`);
}
