/** Kendall's rank correlation: the order of pairs, which no scale of either axis changes. */

/**
 * Kendall's tau-b: (concordant - discordant) / sqrt((pairs - ties in x) (pairs - ties in y)). A series without any order (all x or all y
 * equal) has tau 0: nothing rises or falls.
 */
export function kendallTau(x: readonly number[], y: readonly number[]): number {
  if (x.length !== y.length || x.length < 2) {
    throw new TypeError(`Cannot correlate ranks as both series must be of one length, at least 2: ${x.length}, ${y.length}`);
  }
  let score = 0, untiedX = 0, untiedY = 0;
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const dx = Math.sign(x[i] - x[j]), dy = Math.sign(y[i] - y[j]);
      score += dx * dy;
      untiedX += dx * dx;
      untiedY += dy * dy;
    }
  }
  return untiedX === 0 || untiedY === 0 ? 0 : score / Math.sqrt(untiedX * untiedY);
}
