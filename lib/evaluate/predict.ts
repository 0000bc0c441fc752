/** Predictions of a model over sequences of any number and length. */
import type { Batch, Sequence } from "../tokens/batch.ts";
import { evaluationBatches } from "../tokens/batching.ts";

/**
 * The predicted class of each sequence, in their order; the first of equal scores wins. A score that is not a number has no prediction.
 * @param logits class scores of a batch: [n * c], row-major
 */
export async function predictLabels(
  logits: (batch: Batch) => Promise<Float32Array>,
  sequences: readonly Sequence[],
  batchSize: number,
): Promise<Int32Array> {
  return Int32Array.from(await scoresOf(logits, sequences, batchSize), (own) => own.indexOf(Math.max(...own)));
}

/** The class scores [c] of each sequence, in their order. */
export async function scoresOf(
  logits: (batch: Batch) => Promise<Float32Array>,
  sequences: readonly Sequence[],
  batchSize: number,
): Promise<Float32Array[]> {
  const found = new Array<Float32Array>(sequences.length);
  for (const batch of evaluationBatches(sequences, { batchSize })) {
    const scores = await logits(batch), classes = scores.length / batch.n;
    batch.rows.forEach((row, i) => {
      if (row < 0) return; // filler
      const own = scores.subarray(i * classes, (i + 1) * classes);
      if (own.some(Number.isNaN)) {
        throw new RangeError(`Cannot predict as class scores must be numbers: NaN in row ${row}. Training diverged: lower train.learningRate`);
      }
      found[row] = own;
    });
  }
  return found;
}
