/** How far a reader's own runs agree with the published ones: the records of both that have the same key. */
import type { Confusion } from "../evaluate/confusion.ts";
import { attackSuccessRate, metricsOf } from "../evaluate/metrics.ts";
import { methodLabel } from "../experiment/method_label.ts";
import type { RunRecord } from "../experiment/record.ts";
import { triggeredCounts } from "../experiment/triggered.ts";
import { mean } from "../math/statistics.ts";

export interface AgreementRow {
  readonly method: string;
  readonly metric: string;
  /** Keys that both have. */
  readonly runs: number;
  /** Of those, how many ended with the very same weights. */
  readonly sameWeights: number;
  /** Own minus published, fractions. */
  readonly meanDifference: number;
  readonly maxAbsoluteDifference: number;
}

const metrics: { readonly metric: string; of(record: RunRecord): number | null }[] = [
  { metric: "clean accuracy", of: ({ result }) => metricsOf(result.clean).accuracy },
  { metric: "accuracy under trigger", of: (record) => onTriggered(record, (counts) => metricsOf(counts).accuracy) },
  {
    metric: "attack success rate",
    of: (record) => onTriggered(record, (counts) => attackSuccessRate(counts, record.config.evaluate.targetLabel)),
  },
];

/** One row per method and metric; empty where no key is shared. */
export function agreement(own: readonly RunRecord[], published: readonly RunRecord[]): AgreementRow[] {
  const byKey = new Map(published.map((record) => [record.key, record]));
  const pairs = own.flatMap((record) => {
    const other = byKey.get(record.key);
    return other ? [{ method: methodLabel(record.config), record, other }] : [];
  });
  return [...Map.groupBy(pairs, ({ method }) => method)].flatMap(([method, runs]) =>
    metrics.flatMap(({ metric, of }) => {
      const differences = runs.flatMap(({ record, other }) => {
        const mine = of(record), theirs = of(other);
        return mine === null || theirs === null ? [] : [{ value: mine - theirs, same: record.result.weightsDigest === other.result.weightsDigest }];
      });
      if (differences.length === 0) return [];
      return [{
        method,
        metric,
        runs: differences.length,
        sameWeights: differences.filter(({ same }) => same).length,
        meanDifference: mean(differences.map(({ value }) => value)),
        maxAbsoluteDifference: Math.max(...differences.map(({ value }) => Math.abs(value))),
      }];
    })
  );
}

function onTriggered(record: RunRecord, value: (counts: Confusion) => number): number | null {
  const counts = triggeredCounts(record);
  return counts && value(counts);
}
