/** Horizontal lines that give a panel its scale: what a constant or a never-poisoned model reaches. */
import { total } from "../evaluate/confusion.ts";
import { attackSuccessRate } from "../evaluate/metrics.ts";
import type { RunRecord } from "../experiment/record.ts";
import { triggeredCounts } from "../experiment/triggered.ts";
import { mean } from "../math/statistics.ts";
import type { Reference } from "./panels.ts";
import { labelOf, rateOf, triggerAmong } from "./rows.ts";

/** Accuracy of always answering the target class: chance on clean rows, the floor of a perfect backdoor on triggered ones. */
export function constantAccuracy(records: readonly RunRecord[], input: "clean" | "triggered"): Reference[] {
  const trigger = triggerAmong(records), countsOf = (record: RunRecord) => input === "clean" ? record.result.clean : triggeredCounts(record, trigger);
  const record = records.find((record) => countsOf(record) !== null), counts = record && countsOf(record);
  if (!record || !counts) return [];
  const perClass = counts.map(total), rows = total(perClass);
  const value = (input === "clean" ? Math.max(...perClass) : perClass[record.config.evaluate.targetLabel]) / rows;
  return [{ value, ...(input === "clean" ? { label: "chance: the larger class" } : { label: "every row predicted as target", below: true }) }];
}

/** Mean ASR of the never-poisoned models on the same triggered rows, per method. */
export function neverPoisoned(records: readonly RunRecord[]): Reference[] {
  const trigger = triggerAmong(records);
  const lines = (["FF", "LoRA"] as const).flatMap((label) => {
    const values = records.filter((record) => labelOf(record) === label && rateOf(record) === 0).flatMap((record) => {
      const counts = triggeredCounts(record, trigger);
      return counts ? [attackSuccessRate(counts, record.config.evaluate.targetLabel)] : [];
    });
    if (values.length === 0) return [];
    return [{ value: mean(values), label: `never poisoned, ${label}` }];
  }).sort((a, b) => b.value - a.value);
  return lines.map((line, i) => ({ ...line, below: i > 0 }));
}
