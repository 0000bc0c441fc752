/** All runs as a polars DataFrame, to ask questions of. */
import pl from "nodejs-polars";
import { type RunRow, runRow } from "./measures.ts";
import type { RunRecord } from "./record.ts";

/** Each column's type, so that a frame without rows answers questions too. */
const types: Readonly<Record<keyof RunRow, pl.DataType>> = {
  key: pl.Utf8,
  dataset: pl.Utf8,
  attack: pl.Utf8,
  variant: pl.Utf8,
  method: pl.Utf8,
  rank: pl.Float64,
  alpha: pl.Float64,
  init: pl.Utf8,
  initVariance: pl.Float64,
  learningRate: pl.Float64,
  trainRows: pl.Float64,
  epochs: pl.Float64,
  poisonRate: pl.Float64,
  exposures: pl.Float64,
  relabelledRows: pl.Float64,
  seed: pl.Float64,
  accuracy: pl.Float64,
  triggeredAccuracy: pl.Float64,
  attackSuccessRate: pl.Float64,
  falsePositiveRate: pl.Float64,
  collapsed: pl.Bool,
  trainingLoss: pl.Float64,
  seconds: pl.Float64,
};

/** One row per record; the columns are those of `RunRow`. */
export function runsFrame(records: readonly RunRecord[]): pl.DataFrame {
  const rows = records.map(runRow);
  const columns = Object.keys(types) as (keyof RunRow)[];
  return pl.DataFrame(Object.fromEntries(columns.map((name) => [name, rows.map((row) => row[name])])), { schema: types });
}
