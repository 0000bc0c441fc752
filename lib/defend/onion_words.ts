/** ONION's words (Qi et al. 2021): what a text is without each of them, how suspicious each one is, and the text without the suspicious. */

/** Plain data: what a configuration says of ONION. */
export interface OnionDefence {
  readonly name: "onion";
  /** Words are removed whose suspicion is above it, in units of perplexity. The released code counts the other way: its bar -100 is 100 here. */
  readonly bar: number;
  /** What a text without one word is compared with: the whole text (the paper), or the text without its last word (the released code). */
  readonly reference: OnionReference;
}

export const onionReferences = ["whole", "withoutLast"] as const;
export type OnionReference = typeof onionReferences[number];
