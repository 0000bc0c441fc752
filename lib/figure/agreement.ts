/** How far a reader's own runs agree with the published ones of the same configuration, whatever the precision of either. */
import canonicalize from "canonicalize";
import { type Confusion, isCollapsed } from "../evaluate/confusion.ts";
import { attackSuccessRate, metricsOf } from "../evaluate/metrics.ts";
import { inPrecision } from "../experiment/in_precision.ts";
import { methodLabel } from "../experiment/method_label.ts";
import type { RunRecord } from "../experiment/record.ts";
import { triggeredCounts } from "../experiment/triggered.ts";
import { mean, type MeanInterval, tInterval } from "../math/statistics.ts";

export interface AgreementRow {
  readonly method: string;
  readonly metric: string;
  /** That both have. */
  readonly runs: number;
  /** Of those, how many ended with the very same weights. */
  readonly sameWeights: number;
  /** Own minus published, fractions; 95 % interval over runs. */
  readonly difference: MeanInterval;
  readonly meanAbsoluteDifference: number;
  readonly maxAbsoluteDifference: number;
  /**
   * What another seed alone moves, to set beside `meanAbsoluteDifference`: the mean size of the difference between two published runs of one setting.
   * Settings in which a run collapsed are left out; null where no other has two seeds.
   */
  readonly betweenSeeds: number | null;
}

const metrics: { readonly metric: string; of(record: RunRecord): number | null }[] = [
  { metric: "clean accuracy", of: ({ result }) => metricsOf(result.clean).accuracy },
  { metric: "accuracy under trigger", of: (record) => onTriggered(record, (counts) => metricsOf(counts).accuracy) },
  {
    metric: "attack success rate",
    of: (record) => onTriggered(record, (counts) => attackSuccessRate(counts, record.config.evaluate.targetLabel)),
  },
];

/** One row per method and metric; empty where no run is shared. */
export function agreement(own: readonly RunRecord[], published: readonly RunRecord[]): AgreementRow[] {
  const byConfig = new Map(published.map((record) => [settingOf(record), record]));
  const pairs = own.flatMap((record) => {
    const other = byConfig.get(settingOf(record));
    return other ? [{ method: methodLabel(record.config), record, other }] : [];
  });
  return [...Map.groupBy(pairs, ({ method }) => method)].flatMap(([method, runs]) =>
    metrics.flatMap(({ metric, of }) => {
      const measured = runs.flatMap(({ record, other }) => {
        const mine = of(record), theirs = of(other);
        return mine === null || theirs === null ? [] : [{ difference: mine - theirs, theirs, record, other }];
      });
      if (measured.length === 0) return [];
      const sizes = measured.map(({ difference }) => Math.abs(difference));
      return [{
        method,
        metric,
        runs: measured.length,
        sameWeights: measured.filter(({ record, other }) => record.result.weightsDigest === other.result.weightsDigest).length,
        difference: tInterval(measured.map(({ difference }) => difference)),
        meanAbsoluteDifference: mean(sizes),
        maxAbsoluteDifference: Math.max(...sizes),
        betweenSeeds: sizeBetweenSeeds(measured.map(({ other, theirs }) => ({ record: other, value: theirs }))),
      }];
    })
  );
}

/** A run's settings as text, its precision and, where another stands in its place, its seed left out. */
function settingOf({ config }: RunRecord, seed: number | null = config.seed): string {
  const { start, ...own } = inPrecision(config, "f32");
  return canonicalize({ ...own, seed, start: start && { ...start, run: { ...start.run, seed: seed === null ? null : start.run.seed } } })!;
}

function sizeBetweenSeeds(values: readonly { readonly record: RunRecord; readonly value: number }[]): number | null {
  const settings = [...Map.groupBy(values, ({ record }) => settingOf(record, null)).values()]
    .filter((runs) => !runs.some(({ record: { result } }) => isCollapsed(result.clean)));
  const sizes = settings.flatMap((runs) => runs.flatMap(({ value }, i) => runs.slice(i + 1).map((other) => Math.abs(other.value - value))));
  return sizes.length ? mean(sizes) : null;
}

function onTriggered(record: RunRecord, value: (counts: Confusion) => number): number | null {
  const counts = triggeredCounts(record);
  return counts && value(counts);
}
