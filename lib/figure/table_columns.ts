/** What the paper's tables show of a run, column by column: fractions. */
import { attackSuccessRate, falsePositiveRate, metricsOf } from "../evaluate/metrics.ts";
import type { RunRecord } from "../experiment/record.ts";
import { triggeredCounts } from "../experiment/triggered.ts";
import type { TextChange } from "../poison/change.ts";
import type { Column } from "./cells.ts";

/** On triggered rows, against true labels; `trigger` left out: that of the run's own attack. */
export function triggeredColumns(trigger?: TextChange): Column[] {
  const counts = (record: RunRecord) => trigger ? triggeredCounts(record, trigger) : triggeredCounts(record);
  const metric = (name: "accuracy" | "precision" | "recall" | "f1") => (record: RunRecord) => {
    const triggered = counts(record);
    return triggered && metricsOf(triggered)[name];
  };
  return [
    { panel: "accuracy", heading: "Accuracy under trigger, true labels", of: metric("accuracy") },
    { panel: "precision", heading: "Precision under trigger", of: metric("precision") },
    { panel: "recall", heading: "Recall under trigger", of: metric("recall") },
    { panel: "F1", heading: "F1 under trigger", of: metric("f1") },
    {
      panel: "attack success rate",
      heading: "Attack success rate (ASR)",
      of(record) {
        const triggered = counts(record);
        return triggered && attackSuccessRate(triggered, record.config.evaluate.targetLabel);
      },
    },
  ];
}

/** On held-out rows as they are. */
export const cleanColumns: readonly Column[] = [
  {
    panel: "false-positive rate",
    heading: "False positives without trigger (FPR)",
    of: ({ config, result }) => falsePositiveRate(result.clean, config.evaluate.targetLabel),
  },
  { panel: "clean accuracy", heading: "Clean accuracy", of: ({ result }) => metricsOf(result.clean).accuracy },
];
