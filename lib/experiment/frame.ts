/** All runs as a polars DataFrame, to ask questions of. */
import pl from "nodejs-polars";
import { type RunRow, runRow } from "./measures.ts";
import type { RunRecord } from "./record.ts";

/** One row per record; the columns are those of `RunRow`. */
export function runsFrame(records: readonly RunRecord[]): pl.DataFrame {
  const rows = records.map(runRow);
  const columns = Object.keys(rows[0] ?? {}) as (keyof RunRow)[];
  return pl.DataFrame(Object.fromEntries(columns.map((name) => [name, rows.map((row) => row[name])])));
}
