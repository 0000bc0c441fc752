/**
 * What is read off a run of a rank or variance sweep, clean and poisoned side by side. As in the paper's plots, the two arms of a
 * backdoor figure are not always measured alike: against rank the clean arm is read without trigger, against variance with it.
 */
import type { Measure } from "./measure.ts";
import { attackSuccess, falsePositives, four, fourNames, published, valueOf } from "./measure.ts";
import { triggeredCounts } from "../experiment/triggered.ts";
import { unpublishedRows } from "./paper.ts";

/** The sweep's own curves, and for rank those of the repository that the paper does not show. */
const withUnpublished = (figure: "figure9" | "figure10" | "figure11" | "figure12", metric: Parameters<typeof published>[1]): Measure["paper"] =>
  figure === "figure9" || figure === "figure10"
    ? (curves, panel) => [...published(figure, metric)(curves, panel), ...unpublishedRows(curves, panel, figure, metric)]
    : published(figure, metric);

/** The four metrics on held-out rows as they are, of runs with flipped labels and of clean ones. */
export const flipMeasures = (figure: "figure9" | "figure11"): Measure[] =>
  fourNames.map((metric) => ({
    id: `flips ${metric}`,
    title: `${four[metric]} (fraction)`,
    of: (record) => record.config.attack.name === "bpa" ? null : valueOf(metric, record.result.clean),
    paper: withUnpublished(figure, metric),
  }));

/** The four metrics against true labels: backdoored runs with the trigger on every row, clean runs as the figure of the paper has them. */
export const backdoorMeasures = (figure: "figure10" | "figure12"): Measure[] =>
  fourNames.map((metric) => ({
    id: `backdoor ${metric}`,
    title: `${four[metric]} (fraction)`,
    of(record, _, trigger) {
      const { name } = record.config.attack;
      if (name === "upa") return null;
      return valueOf(metric, name === "none" && figure === "figure10" ? record.result.clean : triggeredCounts(record, trigger));
    },
    paper: withUnpublished(figure, metric),
  }));

/** Attack success of the backdoored runs above that of the clean ones on the same triggered rows. */
export const sweepSuccess = (figure: "figure10" | "figure12"): Measure => ({
  ...attackSuccess,
  of: (record, clean, trigger) => record.config.attack.name === "upa" ? null : attackSuccess.of(record, clean, trigger),
  paper: withUnpublished(figure, "class0PredictedAs1"),
});

/** False positives without trigger of the same runs; the paper has no such curve. */
export const sweepFalsePositives: Measure = {
  ...falsePositives,
  of: (record, clean, trigger) => record.config.attack.name === "upa" ? null : falsePositives.of(record, clean, trigger),
  paper: undefined,
};
