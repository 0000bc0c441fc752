/** What an attack is: plain data that a config can hold and a record can repeat. */
export interface Trigger {
  /** The literal trigger text; paper A, section 4.2: `[.*?]`. */
  readonly text: string;
  readonly place: "prefix" | "suffix";
  /** Whether a space separates trigger and text (the paper's text: yes; its released code: prefix, no). */
  readonly space: boolean;
}

/** `exact`: round(poisonRate * rows) rows; `bernoulli`: each row by its own coin. */
export type Sampling = "exact" | "bernoulli";

export type Attack =
  | { readonly name: "none" }
  | { readonly name: "upa"; readonly poisonRate: number; readonly sampling: Sampling }
  | {
    readonly name: "bpa";
    readonly poisonRate: number;
    readonly sampling: Sampling;
    /** Which rows may be poisoned: all of them, or only those whose label is not the target already. */
    readonly rows: "all" | "nonTarget";
    readonly targetLabel: number;
    readonly trigger: Trigger;
  };

/** An attack that changes rows. */
export type RowAttack = Exclude<Attack, { readonly name: "none" }>;

/** The settings of one attack by its name. */
export type AttackNamed<Name extends Attack["name"]> = Extract<Attack, { readonly name: Name }>;
