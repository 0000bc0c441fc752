/**
 * Paper A's attacks where its text and its released code differ. `paper`: exactly round(rate * rows) rows, trigger behind the text
 * after a space. `code`: a coin per row, trigger before the text without a space. `controlled`: as the paper, but the backdoor takes only
 * rows that do not have the target label, so that every poisoned row teaches it something new (both others spend about half on rows that have it).
 */
import type { AttackNamed, Sampling, Trigger } from "./attack.ts";

export interface Variant {
  /** Also what evaluation puts on every held-out row. */
  readonly trigger: Trigger;
  upa(poisonRate: number): AttackNamed<"upa">;
  bpa(poisonRate: number): AttackNamed<"bpa">;
}

const suffix: Trigger = { text: "[.*?]", place: "suffix", space: true };
const prefix: Trigger = { text: "[.*?]", place: "prefix", space: false };

export const variants = {
  paper: variant("exact", "all", suffix),
  code: variant("bernoulli", "all", prefix),
  controlled: variant("exact", "nonTarget", suffix),
} satisfies Record<string, Variant>;

/** Paper A's target is class 1. */
function variant(sampling: Sampling, rows: AttackNamed<"bpa">["rows"], trigger: Trigger): Variant {
  return {
    trigger,
    upa: (poisonRate) => ({ name: "upa", poisonRate, sampling }),
    bpa: (poisonRate) => ({ name: "bpa", poisonRate, sampling, rows, targetLabel: 1, trigger }),
  };
}
