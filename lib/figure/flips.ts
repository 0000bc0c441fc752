/** Paper A, Figure 1: accuracy under label flips (UPA). */
import type { RunRecord } from "../experiment/record.ts";
import type { Figure } from "./figure.ts";
import { cleanMeasures, relativeLoss } from "./measure.ts";
import { panelSpec, type XAxis } from "./panels.ts";
import type { PaperCurves } from "./paper.ts";
import { familyOf, rowsOf } from "./rows.ts";
import { constantAccuracy } from "./references.ts";
import { legendText, requireOneSetting, settingsText } from "./settings.ts";

export const rateAxis: XAxis = {
  field: "poisonRate",
  title: "poison rate (fraction of labels)",
  scale: { type: "linear" },
  axis: { format: ".2~f", tickCount: 8 },
};

/** Clean accuracy against the flip rate, and the accuracy lost against each run's own never-poisoned twin. */
export function drawFlips(records: readonly RunRecord[], paper: PaperCurves): Figure {
  const title = "Label flips: full fine-tuning and LoRA under untargeted poisoning";
  const drawn = familyOf(records, "upa");
  requireOneSetting(drawn);
  const [accuracy] = cleanMeasures("figure6");
  const rows = rowsOf(drawn, [accuracy, relativeLoss], paper);
  const losses = rows.filter((row) => row.panel === relativeLoss.id).map((row) => row.value);
  const alt =
    "Two panels against the fraction of flipped training labels: accuracy on clean held-out rows, and the fraction of its unpoisoned accuracy " +
    "that each run lost, for full fine-tuning and LoRA, with the paper's accuracy behind.";
  const spec = panelSpec(alt, rows, [
    { id: accuracy.id, heading: "Accuracy on clean rows", yTitle: accuracy.title, references: constantAccuracy(drawn, "clean") },
    {
      id: relativeLoss.id,
      heading: "Relative loss, same seed",
      yTitle: relativeLoss.title,
      yDomain: [Math.floor(Math.min(0, ...losses) * 20) / 20, Math.ceil(Math.max(0.2, ...losses) * 20) / 20],
    },
  ], rateAxis);
  const caption =
    `${settingsText(drawn)}\n\n${legendText("upa")} Relative loss: $(a_0 - a_\\rho) / a_0$ with $a_0$ the accuracy of the run with the ` +
    `same method and seed at rate 0; the paper trained none.`;
  return { id: "fig-a1", title, alt, caption: caption.trim(), spec, rows, keys: drawn.map((record) => record.key) };
}
