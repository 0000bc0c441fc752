/** Horizontal lines that give a panel its scale: what a constant or a never-poisoned model reaches. */
import { total } from "../evaluate/confusion.ts";
import type { RunRecord } from "../experiment/record.ts";
import { triggeredCounts } from "../experiment/triggered.ts";
import { mean } from "../math/statistics.ts";
import type { Measure } from "./measure.ts";
import type { Reference } from "./panels.ts";
import { labelOf, taskOf, triggerAmong } from "./rows.ts";

/** Accuracy of always answering the target class: chance on clean rows, the floor of a perfect backdoor on triggered ones. */
export function constantAccuracy(records: readonly RunRecord[], input: "clean" | "triggered"): Reference[] {
  const trigger = triggerAmong(records), countsOf = (record: RunRecord) => input === "clean" ? record.result.clean : triggeredCounts(record, trigger);
  return [...Map.groupBy(records, taskOf)].flatMap(([task, own]) => {
    const record = own.find((record) => countsOf(record) !== null), counts = record && countsOf(record);
    if (!record || !counts) return [];
    const perClass = counts.map(total), rows = total(perClass);
    const value = (input === "clean" ? Math.max(...perClass) : perClass[record.config.evaluate.targetLabel]) / rows;
    return [{
      value,
      task,
      ...(input === "clean" ? { label: "chance: the larger class" } : { label: "every row predicted as target", below: true }),
    }];
  });
}

/** What the never-poisoned models reach by a measure, mean over seeds, per method. */
export function neverPoisoned(records: readonly RunRecord[], measure: Measure): Reference[] {
  const trigger = triggerAmong(records), clean = records.filter(({ config }) => config.attack.name === "none");
  return [...Map.groupBy(clean, taskOf)].flatMap(([task, own]) => {
    const lines = (["FF", "LoRA"] as const).flatMap((label) => {
      const values = own.filter((record) => labelOf(record) === label).flatMap((record) => measure.of(record, record, trigger) ?? []);
      return values.length === 0 ? [] : [{ value: mean(values), task, label: `never poisoned, ${label}` }];
    }).sort((a, b) => b.value - a.value);
    return lines.map((line, i) => ({ ...line, below: i > 0 }));
  });
}
