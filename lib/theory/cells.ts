/** The theorem cells of paper A, by the number of their equation: a new one is its file and one line here. */
import type { CellDefinition } from "./check.ts";

export type { CellDefinition };

export const paperACells: readonly CellDefinition[] = [];
