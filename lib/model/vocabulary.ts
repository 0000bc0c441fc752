/**
 * Keeps only the rows of the word embeddings that a task's tokens use. Exact for every quantity of a run: an unused row never enters a
 * forward pass, and its gradient is zero; what is saved is the optimiser's work on rows nobody reads.
 */
import { type Encoder, wordEmbeddings } from "./encoder.ts";
import type { StoredTensor } from "./safetensors.ts";

export interface RestrictedEncoder {
  readonly encoder: Encoder;
  /** Old token ids to rows of the kept table; an id that was not announced is an error. */
  map(ids: Int32Array): Int32Array;
  /** The whole table, with the kept rows as they are in `table` (that of a trained encoder): [v, d]. */
  widen(table: StoredTensor): StoredTensor;
}

/** Kept tables have a multiple of so many rows. */
export const vocabularyMultiple = 1024;

/**
 * @param used every token id that will occur
 * @param multiple the kept table is filled up to a multiple of this many rows, so that similar tasks share compiled shapes
 */
export function restrictVocabulary(encoder: Encoder, used: Iterable<number>, multiple = vocabularyMultiple): RestrictedEncoder {
  const { width, vocabularySize } = encoder.config;
  const ids = [...new Set(used)].sort((a, b) => a - b);
  const outside = ids.find((id) => !(0 <= id && id < vocabularySize));
  if (outside !== undefined) throw new RangeError(`Cannot restrict the vocabulary as token ids must be in [0, ${vocabularySize}): ${outside}`);
  const rows = Math.min(vocabularySize, Math.ceil(ids.length / multiple) * multiple);
  const full = encoder.weights.get(wordEmbeddings)!.data, kept = new Float32Array(rows * width);
  const rowOf = new Int32Array(vocabularySize).fill(-1);
  ids.forEach((id, row) => {
    rowOf[id] = row;
    kept.set(full.subarray(id * width, (id + 1) * width), row * width);
  });
  const weights = new Map(encoder.weights).set(wordEmbeddings, { shape: [rows, width], data: kept });
  return {
    encoder: { ...encoder, config: { ...encoder.config, vocabularySize: rows }, weights },
    map: (old) =>
      old.map((id) => {
        const row = rowOf[id] ?? -1;
        if (row < 0) throw new RangeError(`Cannot map token ${id} as it must be among the ${ids.length} announced ones`);
        return row;
      }),
    widen({ data }) {
      const all = Float32Array.from(full);
      ids.forEach((id, row) => all.set(data.subarray(row * width, (row + 1) * width), id * width));
      return { shape: [vocabularySize, width], data: all };
    },
  };
}
