/** The theorem cells of paper A, by the number of their equation: a new one is its file and one line here. */
import type { TheoremCell } from "./check.ts";

export interface CellDefinition {
  readonly id: string;
  /** The paper's section: `2.3`, `A.2`. */
  readonly section: string;
  /** Computes every check anew; the same numbers at every call. */
  compute(): TheoremCell;
}

export const paperACells: readonly CellDefinition[] = [];
