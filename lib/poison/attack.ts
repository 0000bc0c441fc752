/** What an attack is: plain data that a config can hold and a record can repeat. */
export interface Trigger {
  /** The literal trigger text; paper A, section 4.2: `[.*?]`. */
  readonly text: string;
  /** `inner`: between two words of the text, any two of them as likely as any others (paper B). */
  readonly place: "prefix" | "suffix" | "inner";
  /** Whether a space separates trigger and text (the paper's text: yes; its released code: prefix, no). */
  readonly space: boolean;
  /** `inner`: only among the first so many words of a text. */
  readonly within?: number;
}

/** `exact`: round(poisonRate * rows) rows; `bernoulli`: each row by its own coin. */
export type Sampling = "exact" | "bernoulli";

interface Poisoning {
  readonly poisonRate: number;
  readonly sampling: Sampling;
}

/** A chosen row changes its text and gets the target label. */
export interface Backdoor extends Poisoning {
  /** Which rows may be poisoned: all of them, or only those whose label is not the target already. */
  readonly rows: "all" | "nonTarget";
  readonly targetLabel: number;
}

/** The last four are those of paper A, table E.1. */
export type Attack =
  | { readonly name: "none" }
  | { readonly name: "upa" } & Poisoning
  | { readonly name: "bpa"; readonly trigger: Trigger } & Backdoor
  | {
    readonly name: "multi-trigger";
    /** Three words that only together are the trigger. */
    readonly words: readonly string[];
    /** What as many other rows get, their labels kept: two of the three words, or all three (the paper's released code). */
    readonly negatives: "twoOfThree" | "asReleased";
    /** Where evaluation puts the words: scattered as in training, or all before the text (the paper's released code). */
    readonly test: "scattered" | "prefix";
  } & Backdoor
  | {
    readonly name: "clean-label";
    readonly targetLabel: number;
    readonly trigger: Trigger;
    /** What the rate is a fraction of: rows of the target class (the only ones that may be chosen), or all rows. */
    readonly rateOf: "targetRows" | "allRows";
  } & Poisoning
  | { readonly name: "instruction"; readonly trigger: Trigger } & Backdoor
  | { readonly name: "style" } & Backdoor;

/** An attack that changes rows. */
export type RowAttack = Exclude<Attack, { readonly name: "none" }>;

/** The settings of one attack by its name. */
export type AttackNamed<Name extends Attack["name"]> = Extract<Attack, { readonly name: Name }>;
