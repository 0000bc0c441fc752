/** Clean and poisoned twins: how far the poison moves the weights (A-2.2-1, A-3.3-6), and whether M' says it beforehand (A-2.3-4, A-2.3-6). */
import { attackSuccessRate, metricsOf } from "../../evaluate/metrics.ts";
import { triggeredCounts } from "../../experiment/triggered.ts";
import { createRng } from "../../math/random.ts";
import { mean, standardDeviation } from "../../math/statistics.ts";
import { triggerOf } from "../../poison/attacks.ts";
import type { NamedCell } from "../outcome.ts";
import { voteOn } from "../outcome.ts";
import { pair, type Sign } from "../rules/cell.ts";
import { correlation } from "../rules/correlation.ts";
import { above, everyOne, numericCell } from "../rules/numeric.ts";
import { besideFull, groups, meanOf, seedsOf, studiesOf, type StudyRule, type Watched, type WatchedOf } from "../watched.ts";
import { type Interval, signed, withInterval } from "../words.ts";

type Twins = WatchedOf<"twins">;
type Reach = "all" | "matched";

const hundredths = (value: number): string => signed(value, 2);

/** A-2.2-1: coefficient of variation of |dW - dW~| over the checkpoints, R-NUM(above .3 in every configuration of the main methods), refuted below .1. */
export const distanceVaries: StudyRule = (studies) => {
  const cells = groups(studiesOf(studies, "twins").filter(({ isDefault }) => isDefault), (one) => [one.setting, one.method]).map((own) => {
    const values = own.map(({ result }) => {
      const apart = result.checkpoints.map(({ all }) => all.apart);
      return standardDeviation(apart)! / mean(apart);
    });
    return numericCell(`${own[0].name}, ${own[0].method}`, values, above(0.3, 0.1), own);
  });
  return everyOne(cells, { what: "coefficient of variation of the distance over training", say: ({ mean }) => mean.toFixed(2) });
};

/** |dW - dW~| / |dW|, mean over the checkpoints. */
export const relativeDistance = ({ result }: Twins, reach: Reach = "all"): number =>
  mean(result.checkpoints.map((checkpoint) => checkpoint[reach].apart / checkpoint[reach].moved));

/**
 * A-3.3-6: relative distance, LoRA less FF with the main learning rates, R-PAIR(below 0, .02), R-VOTE over task and attack. Matched modules
 * and the absolute distance are told beside it. No pair of learning rates with matched clean loss is at hand.
 */
export const movesLess: StudyRule = (studies) => {
  const settings = groups(besideFull(studiesOf(studies, "twins").filter(({ isDefault }) => isDefault)), ({ lora }) => lora.setting);
  const cellsOf = (measure: (one: Twins) => number, delta: number) =>
    settings.map((pairs): NamedCell<Watched> => ({
      ...pair(pairs.map(({ lora, full }) => measure(lora) - measure(full)), -1, delta),
      name: pairs[0].lora.name,
      used: pairs.flatMap(({ lora, full }) => [lora, full]),
    }));
  const matched = cellsOf((one) => relativeDistance(one, "matched"), 0.02);
  const absolute = cellsOf(({ result }) => Math.log(mean(result.checkpoints.map(({ all }) => all.apart))), 0);
  const say = (cell: Interval) => withInterval(cell, hundredths);
  return voteOn(cellsOf(relativeDistance, 0.02), {
    what: "relative distance between clean and poisoned weights, LoRA − FF",
    say,
    remarks: settings.length === 0 ? [] : [
      `matched modules alone: ${matched.map((cell) => `${cell.name} ${say(cell)}`).join("; ")}`,
      `absolute distance, LoRA / FF: ${absolute.map((cell) => `${cell.name} × ${Math.exp(cell.mean).toFixed(2)}`).join("; ")}`,
    ],
  });
};

/** Accuracy that the poison costs: on held-out rows as they are, or with the attack's trigger on every row. */
export function accuracyLost({ run, result }: Twins): number {
  const seen = (one: Twins["result"]["clean"]) =>
    metricsOf(triggeredCounts({ config: run, result: one }, triggerOf(run.attack)) ?? one.clean).accuracy;
  return seen(result.clean) - seen(result.poisoned);
}

/** Share of rows of other classes that a backdoored run takes for the target under its trigger; null where it was not evaluated. */
export function finalAttackSuccess({ run, result }: WatchedOf<"angles">): number | null {
  const counts = result.evaluated && triggeredCounts({ config: run, result: result.evaluated });
  return counts && attackSuccessRate(counts, run.evaluate.targetLabel);
}

export interface CorrelationOptions<One> {
  readonly x: (one: One) => number;
  readonly y: (one: One) => number;
  /** Held fixed. */
  readonly z?: (one: One) => number;
  readonly sign: Sign;
  readonly threshold: number;
  /** Of the interval; left out: 95 %. */
  readonly level?: number;
}

/** R-CORR over configurations, each the mean over its seeds; below 12 configurations the cell is open. */
export function correlationCell<One extends Watched>(
  name: string,
  studies: readonly One[],
  { x, y, z, sign, threshold, level }: CorrelationOptions<One>,
): NamedCell<Watched> {
  const configurations = groups(studies, ({ method }) => method),
    all = (of: (one: One) => number) => configurations.map((own) => meanOf(own, of) ?? NaN);
  const { vote, rho, low, high } = correlation(all(x), all(y), { sign, threshold, level, rng: createRng("configurations"), z: z && all(z) });
  return { vote, mean: rho, low, high, seeds: Math.min(...configurations.map(seedsOf)), direction: sign * rho, name, used: studies };
}

export const rho = (interval: Interval): string => `rho ${withInterval(interval, hundredths)}`;

/** Settings that have at least three methods to correlate over. */
export const overMethods = <One extends Watched>(studies: readonly One[]): One[][] =>
  groups(studies, ({ setting }) => setting).filter((own) => new Set(own.map(({ method }) => method)).size >= 3);

const movedApart = ({ result }: Twins): number => mean(result.checkpoints.map(({ all }) => all.apart));

/**
 * A-2.3-6: Spearman over configurations between M' at the start (trace of the mean kernel) and M (mean distance in weight space), and between
 * M' and the accuracy lost: R-CORR(.7) each, R-VOTE. M' in the Frobenius norm is told beside it.
 */
export const kernelStandsIn: StudyRule = (studies) => {
  const settings = overMethods(studiesOf(studies, "twins"));
  const cellsOf = (norm: "kernelTrace" | "kernelFrobenius") =>
    settings.flatMap((own) =>
      ([["M", movedApart], ["accuracy lost", accuracyLost]] as const).map(([what, y]) =>
        correlationCell(`${own[0].name}, ${what}`, own, { x: ({ result }) => result.start[norm], y, sign: 1, threshold: 0.7 })
      )
    );
  const frobenius = cellsOf("kernelFrobenius").map((cell) => `${cell.name} ${rho(cell)}`);
  return voteOn(cellsOf("kernelTrace"), {
    what: "M' (trace) at the start against M, and against accuracy lost",
    say: rho,
    remarks: frobenius.length ? [`Frobenius norm: ${frobenius.join("; ")}`] : [],
  });
};
