/** Horizontal lines that give a panel its scale: what a constant or a never-poisoned model reaches. */
import { total } from "../evaluate/confusion.ts";
import { attackSuccessRate } from "../evaluate/metrics.ts";
import type { RunRecord } from "../experiment/record.ts";
import { mean } from "../math/statistics.ts";
import type { Reference } from "./panels.ts";
import { labelOf, rateOf } from "./rows.ts";

/** Accuracy of always answering the target class: chance on clean rows, the floor of a perfect backdoor on triggered ones. */
export function constantAccuracy(records: readonly RunRecord[], input: "clean" | "triggered"): Reference[] {
  const record = records.find(({ result }) => result[input] !== null);
  const counts = record?.result[input];
  if (!record || !counts) return [];
  const perClass = counts.map(total), rows = total(perClass);
  const value = (input === "clean" ? Math.max(...perClass) : perClass[record.config.evaluate.targetLabel]) / rows;
  return [{ value, ...(input === "clean" ? { label: "chance: the larger class" } : { label: "every row predicted as target", below: true }) }];
}

/** Mean ASR of the never-poisoned models on the same triggered rows, per method. */
export function neverPoisoned(records: readonly RunRecord[]): Reference[] {
  const lines = (["FF", "LoRA"] as const).flatMap((label) => {
    const values = records.filter((record) => labelOf(record) === label && rateOf(record) === 0).flatMap(({ config, result }) =>
      result.triggered ? [attackSuccessRate(result.triggered, config.evaluate.targetLabel)] : []
    );
    if (values.length === 0) return [];
    return [{ value: mean(values), label: `never poisoned, ${label}` }];
  }).sort((a, b) => b.value - a.value);
  return lines.map((line, i) => ({ ...line, below: i > 0 }));
}
