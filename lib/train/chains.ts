/** A batch cut into parts, so that the ops of one part run beside those of another: how a training step uses several cores. */
import { currentEngine } from "../tensor/native.ts";
import { tf } from "../tensor/tf.ts";

/**
 * `fn` of each part of the batch; the parts depend on nothing of each other.
 * @param batch tensors of the same number of rows
 * @param chains at most so many parts
 */
export function inChains<T>(batch: readonly tf.Tensor[], fn: (...part: tf.Tensor[]) => T, chains = currentEngine().library.chains): T[] {
  const cuts = cutRows(batch[0].shape[0], chains);
  if (cuts.length === 1) return [fn(...batch)];
  return cuts.map(({ begin, size }) => fn(...batch.map((x) => tf.slice(x, [begin], [size]))));
}

/** Rows 0 to n in at most `parts` runs whose sizes differ by at most one. */
export function cutRows(n: number, parts: number): { begin: number; size: number }[] {
  const used = Math.min(n, parts), bounds = Array.from({ length: used + 1 }, (_, i) => Math.floor(i * n / used));
  return bounds.slice(1).map((end, i) => ({ begin: bounds[i], size: end - bounds[i] }));
}
