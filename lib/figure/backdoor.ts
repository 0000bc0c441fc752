/** Paper A, Figure 2: the backdoor (BPA), with everything an attack success rate has to be read beside. */
import type { RunRecord } from "../experiment/record.ts";
import type { Figure } from "./figure.ts";
import { attackSuccess, cleanMeasures, falsePositives, triggeredMeasures } from "./measure.ts";
import { panelSpec, type XAxis } from "./panels.ts";
import type { PaperCurves } from "./paper.ts";
import { constantAccuracy, neverPoisoned } from "./references.ts";
import { familyOf, rowsOf } from "./rows.ts";
import { legendText, requireOneSetting, settingsText } from "./settings.ts";

/** A square-root axis: zero stays visible, and the step between 10 and 80 exposures gets the room it needs. */
export const exposureAxis: XAxis = {
  field: "exposures",
  title: "poisoned exposures (rows × epochs)",
  scale: { type: "sqrt" },
  axis: { values: [0, 5, 20, 40, 80, 160, 240, 360], format: "d" },
};

/** Accuracy under trigger (the paper's measure), ASR, clean accuracy and un-triggered false positives against poisoned exposures. */
export function drawBackdoor(records: readonly RunRecord[], paper: PaperCurves): Figure {
  const title = "Backdoor: full fine-tuning and LoRA against poisoned exposures";
  const drawn = familyOf(records, "bpa");
  requireOneSetting(drawn);
  const [triggered] = triggeredMeasures, [clean] = cleanMeasures("figure8");
  const rows = rowsOf(drawn, [triggered, attackSuccess, clean, falsePositives], paper);
  const alt = "Four panels against poisoned exposures: accuracy under trigger, attack success rate, clean accuracy and un-triggered false-positive " +
    "rate, for full fine-tuning and LoRA, with the paper's curves behind.";
  const spec = panelSpec(alt, rows, [
    { id: triggered.id, heading: "Accuracy under trigger, true labels", yTitle: triggered.title, references: constantAccuracy(drawn, "triggered") },
    { id: attackSuccess.id, heading: "Attack success rate (ASR)", yTitle: attackSuccess.title, yDomain: [0, 1], references: neverPoisoned(drawn) },
    { id: clean.id, heading: "Clean accuracy", yTitle: clean.title, references: constantAccuracy(drawn, "clean") },
    { id: falsePositives.id, heading: "False positives without trigger (FPR)", yTitle: falsePositives.title, yDomain: [0, 1] },
  ], exposureAxis);
  const caption =
    `${settingsText(drawn)}\n\n${
      legendText("bpa")
    } Exposures on a square-root axis. ASR, the attack success rate: share of triggered rows of other classes that are predicted as the ` +
    `target; read it above the dotted lines (never-poisoned models on the same triggered rows) and above the false positives (FPR: the same share without trigger).`;
  return { id: "fig-a2", title, alt, caption: caption.trim(), spec, rows, keys: drawn.map((record) => record.key) };
}
