/** R-AUDIT: what a published number says about how it was made. */
import { isCollapsed } from "../../evaluate/confusion.ts";

/** How far mean x runs x rows is from a whole number of right answers: a mean of accuracies over that many runs is near 0. */
export function distanceToInteger(mean: number, runs: number, rows: number): number {
  const answers = mean * runs * rows;
  return Math.abs(answers - Math.round(answers));
}

/** Whether a percentage that was cut (not rounded) to two decimals can be k of `total`: 0 <= 100 k / total - v < 0.01 for some k. */
export function fitsTruncated(percentage: number, total: number): boolean {
  const k = Math.ceil(percentage * total / 100 - 1e-9);
  return 100 * k / total - percentage < 0.01 - 1e-9;
}

/** Whether a published run of two classes says the same whatever it reads, from its counts, by the rule for our own runs. */
export function isConstant(
  { rows, positives, right, truePositives }: { rows: number; positives: number; right: number; truePositives: number },
): boolean {
  const trueNegatives = right - truePositives;
  return isCollapsed([[trueNegatives, rows - positives - trueNegatives], [positives - truePositives, truePositives]]);
}
