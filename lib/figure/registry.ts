/** Every figure by name. Another figure is another file and one line here. */
import type { RunRecord } from "../experiment/record.ts";
import { drawDifferences, titleDifferences } from "./audit_differences.ts";
import { drawGrim, titleGrim } from "./audit_grim.ts";
import { drawShares, titleShares } from "./audit_shares.ts";
import { drawBackdoor } from "./backdoor.ts";
import { drawEntropy } from "./entropy.ts";
import type { Figure } from "./figure.ts";
import { drawFlips } from "./flips.ts";
import { fourMetrics } from "./four_metrics.ts";
import type { PaperCurves } from "./paper.ts";
import { figuresOfPaperB } from "./paper_b/figures.ts";
import { drawThreshold, titleThreshold } from "./paper_b/threshold.ts";
import { drawRankControls, titleControls } from "./rank_controls.ts";
import { sweeps } from "./sweeps.ts";
import { drawTableE1, titleE1 } from "./table_e1.ts";
import { drawTableE2, titleE2 } from "./table_e2.ts";

export interface FigureDefinition {
  readonly id: string;
  readonly title: string;
  /**
   * Pure: records and published curves in, figure out; any part of an experiment's records will do, none included. A promise where the figure is
   * of draws that no record holds.
   */
  draw(records: readonly RunRecord[], published: PaperCurves): Figure | Promise<Figure>;
}

export const figures: readonly FigureDefinition[] = [
  { id: "fig-a1", title: "Label flips: full fine-tuning and LoRA under untargeted poisoning", draw: drawFlips },
  { id: "fig-a2", title: "Backdoor: full fine-tuning and LoRA against poisoned exposures", draw: drawBackdoor },
  { id: "fig-a3", title: "Entropy of the LoRA kernel over rank and initialisation variance", draw: drawEntropy },
  ...fourMetrics,
  ...sweeps,
  { id: "rank-controls", title: titleControls, draw: (records) => drawRankControls(records) },
  { id: "table-e1", title: titleE1, draw: (records) => drawTableE1(records) },
  { id: "table-e2", title: titleE2, draw: (records) => drawTableE2(records) },
  { id: "fig-b-audit-grim", title: titleGrim, draw: drawGrim },
  { id: "fig-b-audit-shares", title: titleShares, draw: drawShares },
  { id: "fig-b-audit-differences", title: titleDifferences, draw: drawDifferences },
  ...figuresOfPaperB,
  { id: "fig-b-threshold", title: titleThreshold, draw: (records) => drawThreshold(records) },
];
