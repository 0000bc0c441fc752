/** The theorem cells of paper A, in its order: a new one is its file and one line in the list of its part. */
import { appendixCells } from "./appendix/cells.ts";
import type { CellDefinition } from "./check.ts";
import { mainCells } from "./main/cells.ts";

export type { CellDefinition };

export const paperACells: readonly CellDefinition[] = [...mainCells, ...appendixCells];
