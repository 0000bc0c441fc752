/** The cells of paper A's appendices A, B and C and of the formulas that it uses without a number: a new file is one line here. */
import type { CellDefinition } from "../check.ts";
import { attentionCells } from "./attention.ts";
import { beyondOneLayerCells } from "./beyond_one_layer.ts";
import { countCells } from "./counts.ts";
import { equalStartCells } from "./equal_start.ts";
import { everyLayerCells } from "./every_layer.ts";
import { fisherCells } from "./fisher.ts";
import { fullRankCells } from "./full_rank.ts";
import { informationOrderCells } from "./information_order.ts";
import { initialisationCells } from "./initialisation.ts";
import { loraSplitCells } from "./lora_split.ts";
import { moduleCells } from "./modules.ts";
import { peeledLayerCells } from "./peeled_layer.ts";
import { rankAndTraceCells } from "./rank_and_trace.ts";
import { shannonCells } from "./shannon.ts";

export const appendixCells: readonly CellDefinition[] = [
  ...fisherCells,
  ...peeledLayerCells,
  ...loraSplitCells,
  ...equalStartCells,
  ...rankAndTraceCells,
  ...fullRankCells,
  ...informationOrderCells,
  ...beyondOneLayerCells,
  ...everyLayerCells,
  ...moduleCells,
  ...attentionCells,
  ...shannonCells,
  ...initialisationCells,
  ...countCells,
];
