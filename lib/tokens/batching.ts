/**
 * Sequences cut into batches of few shapes. Rows of like length share a batch, so that little is padding; every batch has exactly
 * batchSize rows and a length out of a short list, because each shape costs a compilation of its own.
 */
import { checkCount } from "../math/check.ts";
import type { Rng } from "../math/random.ts";
import { assembleBatch, type Batch, type Sequence } from "./batch.ts";

/** The lengths a batch may have, in tokens. */
export const defaultLengths: readonly number[] = [12, 16, 20, 24, 28, 32, 36, 40, 48, 64, 80, 96, 128, 192, 256, 384, 512];

/** Rows are sorted within a pool only. Larger pools pad less; at least four of them to an epoch, so that the company a row keeps changes. */
const [largestPool, poolsAtLeast] = [50, 4]; // batches in a pool, pools in an epoch

export interface BatchOptions {
  readonly batchSize: number;
  readonly lengths?: readonly number[];
}

/**
 * The batches of one epoch, each sequence in one of them: shuffled, cut into pools, sorted by length within a pool, cut into
 * batches, and these shuffled. A function of (sequences, rng): rng itself does not move, so pass each epoch its own fork.
 */
export function trainingBatches(sequences: readonly Sequence[], { rng, ...options }: BatchOptions & { readonly rng: Rng }): Batch[] {
  checkSequences(sequences, options);
  const order = rng.fork("rows").shuffle([...sequences.keys()]);
  const poolBatches = Math.min(largestPool, Math.ceil(order.length / (poolsAtLeast * options.batchSize)));
  const pools = chunks(order, options.batchSize * poolBatches);
  return rng.fork("batches").shuffle(pools.flatMap((pool) => cut(sequences, pool, options)));
}

/** The same sequences in batches sorted by length: nothing is drawn, and `rows` says where each prediction belongs. */
export function evaluationBatches(sequences: readonly Sequence[], options: BatchOptions): Batch[] {
  checkSequences(sequences, options);
  return cut(sequences, [...sequences.keys()], options);
}

/** Batches of the given rows, shortest first; rows of one length keep their order. */
function cut(sequences: readonly Sequence[], rows: readonly number[], { batchSize, lengths = defaultLengths }: BatchOptions): Batch[] {
  const sorted = rows.toSorted((a, b) => sequences[a].ids.length - sequences[b].ids.length);
  return chunks(sorted, batchSize).map((batch) => {
    const longest = sequences[batch[batch.length - 1]].ids.length;
    return assembleBatch(sequences, batch, batchSize, Math.min(...lengths.filter((length) => length >= longest)));
  });
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function checkSequences(sequences: readonly Sequence[], { batchSize, lengths = defaultLengths }: BatchOptions): void {
  checkCount("batch sequences", "batchSize", batchSize);
  const most = Math.max(...lengths);
  const row = sequences.findIndex(({ ids }) => !(1 <= ids.length && ids.length <= most));
  if (row >= 0) throw new RangeError(`Cannot batch sequences as each must have 1 to ${most} tokens: ${sequences[row].ids.length} in row ${row}`);
}
