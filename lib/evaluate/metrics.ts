/** Metrics as functions of confusion counts. */
import { checkCount } from "../math/check.ts";
import { type Confusion, rowsOf, total } from "./confusion.ts";

export interface Metrics {
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly rows: number;
}

/**
 * Accuracy over all classes; precision, recall and F1 of the class `positive` (paper A: class 1, true labels, on triggered rows as
 * well). 0/0 counts as 0, as with scikit-learn's zero_division=0: a model that never says `positive` has precision 0.
 */
export function metricsOf(confusion: Confusion, positive = 1): Metrics {
  checkClass("compute metrics", "positive", positive, confusion);
  const rows = rowsOf(confusion);
  checkCount("compute metrics", "the number of rows", rows);
  const hits = confusion[positive][positive];
  const said = total(confusion.map((counts) => counts[positive])), held = total(confusion[positive]);
  return {
    accuracy: total(confusion.map((counts, label) => counts[label])) / rows,
    precision: ratio(hits, said),
    recall: ratio(hits, held),
    f1: ratio(2 * hits, said + held),
    rows,
  };
}

/**
 * ASR: share of rows of other classes that get the target label although they should not, with the trigger on every row. For two
 * classes it is 1 - (acc - pi rec) / (1 - pi), with pi the share of target rows and rec their recall (paper A's published numbers).
 */
export function attackSuccessRate(triggered: Confusion, targetLabel: number): number {
  return shareOfOthers(triggered, targetLabel, "compute the attack success rate");
}

/** The same share on rows without trigger: how much of the ASR is ordinary error. */
export function falsePositiveRate(clean: Confusion, targetLabel: number): number {
  return shareOfOthers(clean, targetLabel, "compute the false positive rate");
}

/** An error where no row has another label: such a share has no value, and a held-out set without such rows is a mistake. */
function shareOfOthers(confusion: Confusion, targetLabel: number, action: string): number {
  checkClass(action, "targetLabel", targetLabel, confusion);
  const others = confusion.filter((_, label) => label !== targetLabel);
  const rows = rowsOf(others);
  checkCount(action, "the number of rows with another label", rows);
  return total(others.map((counts) => counts[targetLabel])) / rows;
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function checkClass(action: string, name: string, label: number, confusion: Confusion): void {
  if (!(Number.isInteger(label) && 0 <= label && label < confusion.length)) {
    throw new RangeError(`Cannot ${action} as ${name} must be a class 0 to ${confusion.length - 1}: ${label}`);
  }
}
