/** Rank correlation: the order of pairs, which no scale of either axis changes. */

/**
 * Kendall's tau-b of two equally long lists: the share of pairs in the same order minus that in the opposite one, with ties taken
 * out of the denominator. 0 if either list is all ties.
 */
export function kendallTau(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length || x.length < 2) {
    throw new TypeError(`Cannot take Kendall's tau as both lists must have equally many values, at least 2: ${x.length}, ${y.length}`);
  }
  let agreement = 0, inX = 0, inY = 0;
  for (let i = 1; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const a = Math.sign(x[i] - x[j]), b = Math.sign(y[i] - y[j]);
      agreement += a * b;
      inX += a ** 2;
      inY += b ** 2;
    }
  }
  return inX && inY ? agreement / Math.sqrt(inX * inY) : 0;
}
