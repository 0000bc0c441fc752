/** The diagonal of the empirical Fisher matrix, and equation 8 checked: gradients row by row, by the trainer's own backward pass. */
import { type Matrix, trace } from "../../math/matrix.ts";
import { assembleBatch, type Sequence } from "../../tokens/batch.ts";
import type { Trainer } from "../../train/trainer.ts";
import type { CoursePoint } from "../study_record.ts";
import { groupOf, isMatched } from "./modules.ts";

type Fisher = NonNullable<CoursePoint["fisher"]>;

/**
 * At the trainer's present weights, over the first rows.
 * @param gram of the loss gradients by the kernel, [n, n] by n, on these rows and perhaps more: what the rows' own gradients must agree with
 */
export async function fisherOf(trainer: Trainer, sequences: readonly Sequence[], gram: Matrix): Promise<Fisher> {
  const squares = new Map<string, Float64Array>(), t = Math.max(...sequences.map(({ ids }) => ids.length));
  for (const sequence of sequences) {
    const { gradients } = await trainer.gradients(assembleBatch([sequence], [0], 1, t));
    for (const [name, { data }] of gradients) {
      const sums = squares.get(name) ?? squares.set(name, new Float64Array(data.length)).get(name)!;
      for (let i = 0; i < data.length; i++) sums[i] += data[i] * data[i];
    }
  }
  const m = sequences.length, own = [...squares.values()].reduce((sum, part) => sum + part.reduce((all, x) => all + x, 0), 0) / m;
  const first = { rows: m, cols: m, data: new Float64Array(m * m) };
  for (let i = 0; i < m; i++) first.data[i * (m + 1)] = gram.data[i * (gram.cols + 1)];
  const byKernel = trace(first) * gram.rows / m;
  return {
    all: spreadOf([...squares.values()]),
    matched: spreadOf([...squares].filter(([name]) => isMatched(groupOf(name))).map(([, values]) => values)),
    identity: Math.abs(own - byKernel) / byKernel,
  };
}

/** 99th percentile by median of the entries that are not 0. */
export function spreadOf(parts: readonly Float64Array[]): Fisher["all"] {
  const length = parts.reduce((sum, part) => sum + part.length, 0), found = new Float64Array(length);
  let n = 0;
  for (const part of parts) for (const value of part) if (value > 0) found[n++] = value;
  const sorted = found.subarray(0, n).sort(), at = (share: number) => sorted[Math.min(n - 1, Math.floor(share * n))];
  return { ratio: n === 0 ? NaN : at(0.99) / at(0.5), zeros: 1 - n / length };
}
