import { checkCount } from "../math/check.ts";

/** counts[trueLabel][predictedLabel]: what every metric is computed from. */
export type Confusion = readonly (readonly number[])[];

/** Counts of (label, prediction) pairs; `classes` is the number of classes. */
export function confusionOf(labels: ArrayLike<number>, predictions: ArrayLike<number>, classes: number): Confusion {
  checkCount("count predictions", "classes", classes, 2);
  if (labels.length !== predictions.length) {
    throw new TypeError(`Cannot count predictions as there must be one per label, ${labels.length}: ${predictions.length}`);
  }
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let row = 0; row < labels.length; row++) {
    for (const value of [labels[row], predictions[row]]) {
      if (!(Number.isInteger(value) && 0 <= value && value < classes)) {
        throw new RangeError(`Cannot count predictions as labels and predictions must be classes 0 to ${classes - 1}: ${value} in row ${row}`);
      }
    }
    counts[labels[row]][predictions[row]]++;
  }
  return counts;
}

/** Number of rows counted. */
export function rowsOf(confusion: Confusion): number {
  return total(confusion.flat());
}

/**
 * Whether the model says the same whatever it reads: one class has at least .995 of the predictions. For two classes that is the
 * rule "one class has at most .005 or at least .995". Collapsed runs are marked, never dropped.
 */
export function isCollapsed(confusion: Confusion): boolean {
  const rows = rowsOf(confusion);
  checkCount("tell a collapsed model", "the number of rows", rows);
  return confusion.some((_, predicted) => total(confusion.map((counts) => counts[predicted])) / rows >= 0.995);
}

export function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
