/** Paper A, Figure 1: accuracy under label flips (UPA). */
import type { RunRecord } from "../experiment/record.ts";
import { rateAxis } from "./axes.ts";
import { gapRows, residualRows } from "./differences.ts";
import type { Figure, Row } from "./figure.ts";
import { cleanMeasures, relativeLoss } from "./measure.ts";
import { panelSpec } from "./panels.ts";
import type { PaperCurves } from "./paper.ts";
import { constantAccuracy, neverPoisoned } from "./references.ts";
import { familyOf, rowsOf } from "./rows.ts";
import { legendText, methodsOfPaper, requireOneSetting, settingsText } from "./settings.ts";

/** Clean accuracy against the flip rate, what each run lost against its never-poisoned twin, and both methods beside the paper's and each other. */
export function drawFlips(records: readonly RunRecord[], paper: PaperCurves): Figure<Row> {
  const title = "Label flips: full fine-tuning and LoRA under untargeted poisoning";
  const drawn = familyOf(records, "upa");
  requireOneSetting(drawn);
  const [accuracy] = cleanMeasures("figure6");
  const measured = rowsOf(drawn, [accuracy, relativeLoss], paper);
  const gap = gapRows(measured, accuracy.id, "gap", ["FF", "LoRA"], ["poisonRate"]);
  const rows = [...measured, ...gap, ...residualRows(measured, accuracy.id, "residual", "poisonRate")];
  const losses = rows.filter((row) => row.panel === relativeLoss.id).map((row) => row.value);
  const alt =
    "Four panels against the fraction of flipped training labels: accuracy on clean held-out rows; the fraction of its unpoisoned accuracy that each " +
    "run lost; full fine-tuning minus LoRA; our accuracy minus the paper's. The paper's curves lie behind.";
  const spec = panelSpec(alt, rows, [
    {
      id: accuracy.id,
      heading: "Accuracy on clean rows",
      yTitle: accuracy.title,
      references: [...constantAccuracy(drawn, "clean"), ...neverPoisoned(drawn, accuracy)],
    },
    {
      id: relativeLoss.id,
      heading: "Relative loss, same seed",
      yTitle: relativeLoss.title,
      yDomain: [Math.floor(Math.min(0, ...losses) * 20) / 20, Math.ceil(Math.max(0.2, ...losses) * 20) / 20],
    },
    { id: "gap", heading: "Accuracy: FF minus LoRA", yTitle: "difference in accuracy", aroundZero: true },
    { id: "residual", heading: "Accuracy: ours minus paper's", yTitle: "difference in accuracy", aroundZero: true },
  ], { axis: rateAxis, arms: ["FF", "LoRA", "FF − LoRA"] });
  const caption =
    `${settingsText(drawn)}\n\n${legendText(methodsOfPaper)} Relative loss: $(a_0 - a_\\rho) / a_0$ with $a_0$ the accuracy of the run with the ` +
    `same method and seed at rate 0; the paper trained none. Ours minus the paper's: at our rates within its range, its curve straight between its points.`;
  return { id: "fig-a1", title, alt, caption: caption.trim(), spec, rows, keys: drawn.map((record) => record.key) };
}
