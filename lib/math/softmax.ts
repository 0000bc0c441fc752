/** exp(s_k) over the sum of all exp(s_j), from the differences to the largest score so that nothing overflows. */
export function softmax(scores: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(scores), largest = values.reduce((a, b) => Math.max(a, b));
  const powers = values.map((value) => Math.exp(value - largest)), total = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / total);
}
