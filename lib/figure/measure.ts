/** What can be read off a record: every value is computed anew from its confusion counts. */
import { attackSuccessRate, falsePositiveRate, metricsOf } from "../evaluate/metrics.ts";
import type { Confusion } from "../evaluate/confusion.ts";
import type { RunRecord } from "../experiment/record.ts";
import { triggeredCounts } from "../experiment/triggered.ts";
import type { TextChange } from "../poison/change.ts";
import type { Row } from "./figure.ts";
import { type PaperCurves, type PaperFigure, type PaperMetric, paperRows } from "./paper.ts";

export interface Measure {
  /** Panel id; rows carry it. */
  readonly id: string;
  /** Axis title, unit included. */
  readonly title: string;
  /**
   * The value of one run; null where the run has none. `clean` is its never-poisoned twin (same seed, same everything but the poison),
   * `trigger` what the figure's triggered rows carry.
   */
  of(record: RunRecord, clean: RunRecord | undefined, trigger: TextChange | null): number | null;
  /** What the paper published of it. */
  readonly paper?: (curves: PaperCurves, panel: string) => Row[];
}

/** The paper's four metrics by their fields, as figures name them. */
export const four = { accuracy: "accuracy", precision: "precision", recall: "recall", f1: "F1" } as const;
export type Four = keyof typeof four;
export const fourNames = Object.keys(four) as Four[];

/** The paper's curve of a metric in one of its figures, for a panel. */
export const published = (figure: PaperFigure, metric: PaperMetric) => (curves: PaperCurves, panel: string): Row[] =>
  paperRows(curves, panel, figure, metric);

/** A metric of confusion counts, a fraction; null without counts. */
export const valueOf = (metric: Four, confusion: Confusion | null): number | null => confusion && metricsOf(confusion)[metric];
const targetOf = (record: RunRecord): number => record.config.evaluate.targetLabel;

/** Accuracy, precision, recall and F1 (class 1, true labels) on held-out rows as they are. */
export const cleanMeasures = (figure: "figure6" | "figure8"): Measure[] =>
  fourNames.map((metric) => ({
    id: metric,
    title: `${four[metric]} (fraction)`,
    of: (record) => valueOf(metric, record.result.clean),
    paper: published(figure, metric),
  }));

/** The same four with the trigger on every held-out row. */
export const triggeredMeasures: Measure[] = fourNames.map((metric) => ({
  id: `triggered ${metric}`,
  title: `${four[metric]} (fraction)`,
  of: (record, _, trigger) => valueOf(metric, triggeredCounts(record, trigger)),
  paper: published("figure7", metric),
}));

/** How much of its clean accuracy a method loses: removes that one method starts lower than the other. */
export const relativeLoss: Measure = {
  id: "relative loss",
  title: "accuracy lost (fraction)",
  of(record, clean) {
    if (!clean) return null;
    const before = metricsOf(clean.result.clean).accuracy, after = metricsOf(record.result.clean).accuracy;
    return before === 0 ? null : (before - after) / before;
  },
};

/** Share of triggered rows of other classes that are predicted as the target. */
export const attackSuccess: Measure = {
  id: "attack success rate",
  title: "ASR (fraction)",
  of(record, _, trigger) {
    const counts = triggeredCounts(record, trigger);
    return counts && attackSuccessRate(counts, targetOf(record));
  },
  paper: published("figure7", "class0PredictedAs1"),
};

/** The same share without the trigger: what the attack has to exceed. */
export const falsePositives: Measure = {
  id: "false-positive rate",
  title: "FPR (fraction)",
  of: (record) => falsePositiveRate(record.result.clean, targetOf(record)),
  paper: published("figure8", "class0PredictedAs1"),
};
