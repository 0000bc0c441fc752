/** Paper A, Figure 2: the backdoor (BPA), with everything an attack success rate has to be read beside. */
import type { RunRecord } from "../experiment/record.ts";
import { exposureAxis } from "./axes.ts";
import { gapRows, residualRows } from "./differences.ts";
import type { Figure, Row } from "./figure.ts";
import { attackSuccess, cleanMeasures, falsePositives, triggeredMeasures } from "./measure.ts";
import { panelSpec } from "./panels.ts";
import type { PaperCurves } from "./paper.ts";
import { constantAccuracy, neverPoisoned } from "./references.ts";
import { familyOf, rowsOf } from "./rows.ts";
import { dosesOfPaper, legendText, requireOneSetting, settingsText } from "./settings.ts";
import { thresholdRows, thresholdViews } from "./threshold.ts";

/** Accuracy under trigger (the paper's measure), ASR, clean accuracy, false positives and the dose at half success against poisoned exposures. */
export function drawBackdoor(records: readonly RunRecord[], paper: PaperCurves): Figure<Row> {
  const title = "Backdoor: full fine-tuning and LoRA against poisoned exposures";
  const drawn = familyOf(records, "bpa");
  requireOneSetting(drawn);
  const [triggered] = triggeredMeasures, [clean] = cleanMeasures("figure8");
  const measured = rowsOf(drawn, [triggered, attackSuccess, clean, falsePositives], paper);
  const rows = [
    ...measured,
    ...gapRows(measured, triggered.id, "gap", ["FF", "LoRA"], ["poisonRate"]),
    ...residualRows(measured, triggered.id, "residual", "exposures"),
    ...thresholdRows(measured, attackSuccess.id),
  ];
  const alt = "Panels against poisoned exposures: accuracy under trigger, attack success rate, clean accuracy and un-triggered false-positive " +
    "rate, for full fine-tuning and LoRA, with the paper's curves behind; full fine-tuning minus LoRA; our accuracy under trigger minus the " +
    "paper's; and the exposures at which the attack succeeds on half of the rows.";
  const spec = panelSpec(alt, rows, [
    { id: triggered.id, heading: "Accuracy under trigger, true labels", yTitle: triggered.title, references: constantAccuracy(drawn, "triggered") },
    {
      id: attackSuccess.id,
      heading: "Attack success rate (ASR)",
      yTitle: attackSuccess.title,
      yDomain: [0, 1],
      references: neverPoisoned(drawn, attackSuccess),
    },
    {
      id: clean.id,
      heading: "Clean accuracy",
      yTitle: clean.title,
      references: [...constantAccuracy(drawn, "clean"), ...neverPoisoned(drawn, clean)],
    },
    { id: falsePositives.id, heading: "False positives, no trigger (FPR)", yTitle: falsePositives.title, yDomain: [0, 1] },
    { id: "gap", heading: "Under trigger: FF minus LoRA", yTitle: "difference in accuracy", aroundZero: true },
    { id: "residual", heading: "Under trigger: ours minus paper's", yTitle: "difference in accuracy", aroundZero: true },
  ], { axis: exposureAxis, arms: ["FF", "LoRA", "FF − LoRA"], extra: thresholdViews(rows) });
  const caption =
    `${settingsText(drawn)}\n\n${
      legendText(dosesOfPaper)
    } Dose on a square-root axis. ASR, the attack success rate: share of triggered rows of other classes that are predicted as the ` +
    `target; read it above the dotted lines (never-poisoned models on the same triggered rows) and above the false positives (FPR: the same share ` +
    `without trigger). Ours minus the paper's: at our exposures within its range, its curve straight between its points. Exposures at ASR 50 %: ` +
    `each seed's ASR made monotone and interpolated in the logarithm; bar: 95 % t interval over seeds; a triangle points beyond the end of a grid.`;
  return { id: "fig-a2", title, alt, caption: caption.trim(), spec, rows, keys: drawn.map((record) => record.key) };
}
