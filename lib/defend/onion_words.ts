/** ONION's words (Qi et al. 2021): what a text is without each of them, how suspicious each one is, and the text without the suspicious. */

/** Plain data: what a configuration says of ONION. */
export interface OnionDefence {
  readonly name: "onion";
  /** Words are removed whose suspicion is above it: a drop in perplexity, >= 0. The released code has the other sign: its bar -100 is 100 here. */
  readonly bar: number;
  /**
   * What a text without one word is compared with: the whole text (the paper), or the text without its last word (the released code; the
   * lines of its own data end in blanks, so that its last word is empty and both are the same).
   */
  readonly reference: OnionReference;
}

export const onionReferences = ["whole", "withoutLast"] as const;
export type OnionReference = typeof onionReferences[number];

/** What stands between white space. */
export function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

/** The text of these words, then the text without each of them. */
export function leaveOneOut(words: readonly string[]): string[] {
  return [words.join(" "), ...words.map((_, j) => words.toSpliced(j, 1).join(" "))];
}

/**
 * Suspicion of each word: perplexity of the reference minus that of the text without the word. A word is suspected of nothing (0) where
 * either is not defined; so is the last word where the text without it is the reference.
 * @param perplexities of `leaveOneOut(words)`: [1 + words]
 */
export function suspicionOf(perplexities: Float64Array, reference: OnionReference): Float64Array {
  const without = perplexities.subarray(1), compared = reference === "whole" ? perplexities[0] : without[without.length - 1];
  return without.map((perplexity) => Number.isFinite(compared - perplexity) ? compared - perplexity : 0);
}

/** The text without the words above the bar; where there are none, the text as it was. */
export function removeSuspicious(text: string, suspicion: Float64Array, bar: number): string {
  const words = wordsOf(text), left = words.filter((_, j) => !(suspicion[j] > bar));
  return left.length < words.length ? left.join(" ") : text;
}
