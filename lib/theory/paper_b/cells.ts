/** The cells of paper B in its order, with the formulas that it uses without a number where it uses them. */
import type { CellDefinition } from "../check.ts";
import { dora, olora, pissa } from "./adapters.ts";
import { cleanAlignment, effectiveBackdoor, triggerAlignment } from "./assumptions.ts";
import { cleanStrengthened } from "./clean_strengthened.ts";
import { logits, marginCell } from "./margin.ts";
import { effectiveBound, marginSplit, pretrainedBound, updateBound } from "./proof.ts";
import { attackSuccess, gridTest, overhead, robustnessMargin } from "./published.ts";
import { rescaling } from "./rescaling.ts";
import { alignmentCell, ratio, spectralForm } from "./spectra.ts";
import { threshold } from "./threshold.ts";
import { orthogonality, trainingObjective, triggerPenalty } from "./trigger_insensitive.ts";
import { decomposition, loraWeight } from "./update.ts";

export const paperBCells: readonly CellDefinition[] = [
  loraWeight,
  decomposition,
  spectralForm,
  logits,
  marginCell,
  effectiveBackdoor,
  cleanAlignment,
  triggerAlignment,
  threshold,
  ratio,
  alignmentCell,
  cleanStrengthened,
  orthogonality,
  triggerPenalty,
  trainingObjective,
  rescaling,
  robustnessMargin,
  attackSuccess,
  pissa,
  olora,
  dora,
  overhead,
  gridTest,
  marginSplit,
  updateBound,
  effectiveBound,
  pretrainedBound,
];
