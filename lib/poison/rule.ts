import type { Example } from "../data/dataset.ts";
import type { Rng } from "../math/random.ts";
import type { TextChange } from "./change.ts";

/** What the text and the label of a row are: all that poison may change. */
export type Content = Pick<Example, "text" | "label">;

/** What an attack does, row by row; how many rows and which is not its business (rows.ts). */
export interface Rule<A> {
  /** Throws where these rows or these settings make no sense. */
  check(examples: readonly Example[], attack: A): void;
  /** Whether the row may be poisoned. */
  eligible(example: Example, attack: A): boolean;
  /** Whether the rate counts against the rows that may be poisoned; left out: against all rows. */
  ofEligible?(attack: A): boolean;
  /** What becomes of a chosen row; always different from what it was. `rng` is the row's own stream. */
  change(example: Example, attack: A, rng: Rng): Content;
  /** What becomes of a row of the second kind: as many as are poisoned, drawn apart from them. Left out: there are none. */
  negative?(example: Example, attack: A, rng: Rng): Content;
  /** What evaluation puts on every held-out row; null where the attack has no trigger. */
  trigger(attack: A): TextChange | null;
  /** What `change` puts into the text, where that is not the trigger. */
  planted?(attack: A): TextChange;
}
