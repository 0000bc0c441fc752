/** Paper A, Figures 6, 7 and 8: accuracy, precision, recall and F1 of the runs of Figures 1 and 2. */
import type { RunRecord } from "../experiment/record.ts";
import { exposureAxis, rateAxis } from "./axes.ts";
import { residualRows } from "./differences.ts";
import type { Figure, Place, Row } from "./figure.ts";
import { cleanMeasures, type Measure, triggeredMeasures } from "./measure.ts";
import { type Panel, panelSpec } from "./panels.ts";
import type { PaperCurves } from "./paper.ts";
import { neverPoisoned } from "./references.ts";
import { type Family, familyOf, rowsOf } from "./rows.ts";
import { dosesOfPaper, legendText, methodsOfPaper, requireOneSetting, settingsText } from "./settings.ts";

interface FourMetrics {
  readonly id: string;
  readonly title: string;
  readonly family: Family;
  readonly input: string;
  readonly measures: readonly Measure[];
}

export const headings = ["Accuracy", "Precision", "Recall", "F1"];

/** F1, which takes precision and recall together, minus the paper's: where the axes agree. The accuracy's stands in Figures 1, 2, 4 and 5. */
export function residualOf(rows: readonly Row[], measures: readonly Measure[], along: keyof Place): { rows: Row[]; panel: Panel } {
  const id = "F1 residual", f1 = measures[headings.indexOf("F1")];
  return {
    rows: residualRows(rows, f1.id, id, along),
    panel: { id, heading: "F1: ours minus paper's", yTitle: "difference in F1", aroundZero: true },
  };
}

function drawFourMetrics({ id, title, family, input, measures }: FourMetrics, records: readonly RunRecord[], paper: PaperCurves): Figure<Row> {
  const drawn = familyOf(records, family);
  requireOneSetting(drawn);
  const measured = rowsOf(drawn, measures, paper), residual = residualOf(measured, measures, family === "upa" ? "poisonRate" : "exposures");
  const rows = [...measured, ...residual.rows];
  const axis = family === "upa" ? rateAxis : exposureAxis;
  const alt =
    `Five panels against the ${family === "upa" ? "fraction of flipped training labels" : "poisoned exposures"}: accuracy, precision, recall ` +
    `and F1 on ${input} held-out rows, for full fine-tuning and LoRA, with the paper's curves behind; and our F1 minus the paper's.`;
  const panels = measures.map((measure, i): Panel => ({
    id: measure.id,
    heading: headings[i],
    yTitle: measure.title,
    references: neverPoisoned(drawn, measure),
  }));
  const spec = panelSpec(alt, rows, [...panels, residual.panel], { axis, arms: ["FF", "LoRA"] });
  const caption =
    `${settingsText(drawn)}\n\n${
      legendText(family === "upa" ? methodsOfPaper : dosesOfPaper)
    } Precision, recall and F1 are those of class 1 against ` +
    `the true labels; a run that never predicts class 1 has precision 0.`;
  return { id, title, alt, caption: caption.trim(), spec, rows, keys: drawn.map((record) => record.key) };
}

const figure6 = {
  id: "fig-a6",
  title: "Label flips: four metrics on clean rows",
  family: "upa",
  input: "clean",
  measures: cleanMeasures("figure6"),
} as const;
const figure7 = {
  id: "fig-a7",
  title: "Backdoor: four metrics on triggered rows",
  family: "bpa",
  input: "triggered",
  measures: triggeredMeasures,
} as const;
const figure8 = {
  id: "fig-a8",
  title: "Backdoor: four metrics without trigger",
  family: "bpa",
  input: "clean",
  measures: cleanMeasures("figure8"),
} as const;

/** The registry's entries of this family. */
export const fourMetrics = [figure6, figure7, figure8].map((figure) => ({
  id: figure.id,
  title: figure.title,
  draw: (records: readonly RunRecord[], paper: PaperCurves): Figure => drawFourMetrics(figure, records, paper),
}));
