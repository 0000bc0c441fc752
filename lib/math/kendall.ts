/** Rank correlation of a measure with the grid it was taken on. */

/**
 * Kendall's tau-b of two equally long lists: the share of pairs in the same order minus that in the opposite one, with ties taken
 * out of the denominator. Values that differ by at most `tie` are tied. 0 if either list is all ties.
 */
export function kendallTau(x: ArrayLike<number>, y: ArrayLike<number>, tie = 0): number {
  if (x.length !== y.length || x.length < 2) {
    throw new TypeError(`Cannot take Kendall's tau as both lists must have equally many values, at least 2: ${x.length}, ${y.length}`);
  }
  const order = (values: ArrayLike<number>, i: number, j: number) => {
    const difference = values[i] - values[j];
    return Math.abs(difference) <= tie ? 0 : Math.sign(difference);
  };
  let agreement = 0, inX = 0, inY = 0;
  for (let i = 1; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const a = order(x, i, j), b = order(y, i, j);
      agreement += a * b;
      inX += a ** 2;
      inY += b ** 2;
    }
  }
  return inX && inY ? agreement / Math.sqrt(inX * inY) : 0;
}
