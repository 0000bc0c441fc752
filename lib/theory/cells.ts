/** The theorem cells of both papers, each in its order: a new one is its file and one line in the list of its part. */
import { appendixCells } from "./appendix/cells.ts";
import type { CellDefinition } from "./check.ts";
import { mainCells } from "./main/cells.ts";
import { paperBCells } from "./paper_b/cells.ts";

export type { CellDefinition };

export const theoryCells: readonly CellDefinition[] = [...mainCells, ...appendixCells, ...paperBCells];
