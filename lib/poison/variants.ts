/**
 * Paper A's attacks where its text and its released code differ. `paper`: exactly round(rate * rows) rows, trigger behind the text
 * after a space. `code`: a coin per row, trigger before the text without a space. `controlled`: as the paper, but a backdoor takes only
 * rows that do not have the target label, so that every poisoned row teaches it something new (both others spend about half on rows that have it),
 * and the clean-label attack, which can take no others, takes as many rows as the backdoors do.
 *
 * Of table E.1's attacks the paper's text says no more than their names; what stands here as `paper` is the attack that the name stands for.
 */
import type { AttackNamed, Backdoor, RowAttack, Sampling, Trigger } from "./attack.ts";

/** Each attack by its name, at a poison rate. */
export type Variant = { readonly [Name in RowAttack["name"]]: (poisonRate: number) => AttackNamed<Name> } & {
  /** Also what evaluation puts on every held-out row. */
  readonly trigger: Trigger;
};

const suffix: Trigger = { text: "[.*?]", place: "suffix", space: true };
const prefix: Trigger = { text: "[.*?]", place: "prefix", space: false };
const sentence: Trigger = { text: "Please carefully follow user's instruction.", place: "prefix", space: true };
const words = ["apple", "banana", "orange"];

type Words = Pick<AttackNamed<"multi-trigger">, "negatives" | "test">;
const meant: Words = { negatives: "twoOfThree", test: "scattered" }, released: Words = { negatives: "asReleased", test: "prefix" };

export const variants = {
  paper: variant("exact", "all", suffix, meant, "targetRows"),
  code: variant("bernoulli", "all", prefix, released, "targetRows"),
  controlled: variant("exact", "nonTarget", suffix, meant, "allRows"),
} satisfies Record<string, Variant>;

/** Paper A's target is class 1. */
function variant(sampling: Sampling, rows: Backdoor["rows"], trigger: Trigger, multi: Words, rateOf: AttackNamed<"clean-label">["rateOf"]): Variant {
  const shared = { sampling, rows, targetLabel: 1 };
  return {
    trigger,
    upa: (poisonRate) => ({ name: "upa", poisonRate, sampling }),
    bpa: (poisonRate) => ({ name: "bpa", poisonRate, ...shared, trigger }),
    "multi-trigger": (poisonRate) => ({ name: "multi-trigger", poisonRate, ...shared, words, ...multi }),
    "clean-label": (poisonRate) => ({ name: "clean-label", poisonRate, sampling, targetLabel: 1, trigger, rateOf }),
    instruction: (poisonRate) => ({ name: "instruction", poisonRate, ...shared, trigger: sentence }),
    style: (poisonRate) => ({ name: "style", poisonRate, ...shared }),
  };
}
