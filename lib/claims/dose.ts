/** The dose at which a backdoor takes: poisoned exposures at an attack success rate of 50 %. What the paper's claim of resistance comes to. */
import { tInterval } from "../math/statistics.ts";

export interface DosePoint {
  readonly exposures: number;
  readonly attackSuccessRate: number;
}

export interface Dose {
  /** Poisoned exposures; where the grid does not reach 50 %, its nearest end. */
  readonly exposures: number;
  /** Which end of the grid the dose lies beyond, null if inside. */
  readonly beyond: "low" | "high" | null;
}

/**
 * The dose of one series (one method, one seed): attack success is made monotone in the dose (isotonic regression: neighbours that fall
 * are averaged), then interpolated linearly in the logarithm of 1 + exposures. Null from fewer than two poisoned doses: between 0 and one
 * dose the place of 50 % is that dose's ASR on another scale.
 */
export function doseAtHalf(points: readonly DosePoint[]): Dose | null {
  if (points.filter(({ exposures }) => exposures > 0).length < 2) return null;
  const sorted = [...points].sort((a, b) => a.exposures - b.exposures);
  const dose = sorted.map(({ exposures }) => exposures), rate = monotone(sorted.map(({ attackSuccessRate }) => attackSuccessRate));
  const at = rate.findIndex((value) => value >= 0.5);
  if (at < 0) return { exposures: dose.at(-1)!, beyond: "high" };
  if (at === 0) return { exposures: dose[0], beyond: "low" };
  const [x0, x1] = [Math.log1p(dose[at - 1]), Math.log1p(dose[at])], [y0, y1] = [rate[at - 1], rate[at]];
  return { exposures: Math.expm1(x0 + (x1 - x0) * (0.5 - y0) / (y1 - y0)), beyond: null };
}

/** Isotonic regression by pooling adjacent violators: the rising series nearest to the values. */
export function monotone(values: readonly number[]): number[] {
  const blocks: { sum: number; count: number }[] = [];
  for (const value of values) {
    blocks.push({ sum: value, count: 1 });
    while (blocks.length > 1) {
      const last = blocks[blocks.length - 1], before = blocks[blocks.length - 2];
      if (before.sum / before.count <= last.sum / last.count) break;
      blocks.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count });
    }
  }
  return blocks.flatMap(({ sum, count }) => new Array<number>(count).fill(sum / count));
}

export interface DoseInterval {
  /** Geometric mean over seeds of 1 + exposures, less 1. */
  readonly exposures: number;
  /** 95 % t interval on the logarithm; null from one seed. */
  readonly low: number | null;
  readonly high: number | null;
  readonly seeds: number;
  /** Seeds whose dose lies beyond an end of the grid, and counts as that end. */
  readonly beyond: { readonly low: number; readonly high: number };
}

/** The dose of a method over its seeds. */
export function doseOverSeeds(doses: readonly Dose[]): DoseInterval {
  const { mean, low, high, count } = tInterval(doses.map(({ exposures }) => Math.log1p(exposures)));
  const back = (value: number | null) => value === null ? null : Math.max(0, Math.expm1(value));
  const beyond = (end: Dose["beyond"]) => doses.filter((dose) => dose.beyond === end).length;
  return { exposures: Math.expm1(mean), low: back(low), high: back(high), seeds: count, beyond: { low: beyond("low"), high: beyond("high") } };
}

/**
 * ln(dose of the second / dose of the first) of one seed. An end of the grid stands for a dose beyond it, which understates the ratio;
 * null where both lie beyond the same end and nothing can be said. Half an exposure is the least dose.
 */
export function logDoseRatio(first: Dose, second: Dose): number | null {
  if (first.beyond !== null && first.beyond === second.beyond) return null;
  return Math.log(Math.max(second.exposures, 0.5) / Math.max(first.exposures, 0.5));
}
