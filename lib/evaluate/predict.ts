/** What a model says of sequences of any number and length. */
import { argmax } from "../math/argmax.ts";
import type { Batch, Sequence } from "../tokens/batch.ts";
import { evaluationBatches } from "../tokens/batching.ts";

/** Class scores [c], and the state [d] that the classifier reads; of a batch [n * c] and [n * d], row-major. */
export interface Output {
  readonly logits: Float32Array;
  readonly pooled: Float32Array;
}

/** The output for each sequence, in their order. */
export async function outputsOf(
  outputs: (batch: Batch) => Promise<Output>,
  sequences: readonly Sequence[],
  batchSize: number,
): Promise<Output[]> {
  const found = new Array<Output>(sequences.length);
  for (const batch of evaluationBatches(sequences, { batchSize })) {
    const { logits, pooled } = await outputs(batch);
    batch.rows.forEach((row, i) => {
      if (row < 0) return; // filler
      const own = { logits: part(logits, i, batch.n), pooled: part(pooled, i, batch.n) };
      if (own.logits.some(Number.isNaN)) {
        throw new RangeError(`Cannot predict as class scores must be numbers: NaN in row ${row}. Training diverged: lower train.learningRate`);
      }
      found[row] = own;
    });
  }
  return found;
}

/** The predicted class; the first of equal scores wins. */
export const predictedLabel = ({ logits }: Pick<Output, "logits">): number => argmax(logits);

function part(values: Float32Array, i: number, n: number): Float32Array {
  const width = values.length / n;
  return values.subarray(i * width, (i + 1) * width);
}
