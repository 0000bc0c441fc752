/** The cells of paper A's appendices A to D and of the formulas that it uses without a number. */
import type { CellDefinition } from "../check.ts";
import { definition, kernels } from "./attention.ts";
import { recursion } from "./beyond_one_layer.ts";
import { classCount, exposures, fromAccuracyToSuccess } from "./counts.ts";
import { difference, equalStart } from "./equal_start.ts";
import { fullRankLimit, informationOrder } from "./every_layer.ts";
import { chainRule, crossEntropyGradient, squaredErrorGradient } from "./fisher.ts";
import { gramOfSquare } from "./full_rank.ts";
import { bitsOrder, eigenvalueOrder, entropyOrder, fisherOrder } from "./information_order.ts";
import { kaimingUniform, otherFamilies } from "./initialisation.ts";
import { atZero, threeTerms } from "./lora_split.ts";
import { everyModule } from "./modules.ts";
import { peeledLayer } from "./peeled_layer.ts";
import { expectedTrace, rankBound } from "./rank_and_trace.ts";
import { kernel, limit } from "./shannon.ts";

export const appendixCells: readonly CellDefinition[] = [
  chainRule,
  crossEntropyGradient,
  squaredErrorGradient,
  peeledLayer,
  threeTerms,
  atZero,
  equalStart,
  difference,
  rankBound,
  expectedTrace,
  gramOfSquare,
  fisherOrder,
  eigenvalueOrder,
  bitsOrder,
  entropyOrder,
  recursion,
  fullRankLimit,
  informationOrder,
  everyModule,
  definition,
  kernels,
  limit,
  kernel,
  kaimingUniform,
  otherFamilies,
  fromAccuracyToSuccess,
  classCount,
  exposures,
];
