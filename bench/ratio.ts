/** How much time one side takes of another's, block by block. */
import { median } from "simple-statistics";
import type { Timing } from "./measure.ts";

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface Ratio extends Spread {
  /** Our side's mode. */
  readonly mode: string;
  /** PyTorch's mode, its best. */
  readonly against: string;
  /** Our time over PyTorch's in the same block: below 1 we are faster. */
  readonly blocks: readonly number[];
}

export function spread(values: readonly number[]): Spread {
  return { min: Math.min(...values), median: median([...values]), max: Math.max(...values) };
}

/** The timing with the smallest median, chosen over all blocks: the minimum within each block would reward luck. */
export function fastest(timings: readonly Timing[]): Timing | undefined {
  return timings.toSorted((a, b) => median([...a.blockSeconds]) - median([...b.blockSeconds]))[0];
}

/** Each of our modes against PyTorch's best; none without PyTorch. */
export function ratios(timings: readonly Timing[]): Ratio[] {
  const best = fastest(timings.filter(({ by }) => by === "PyTorch"));
  if (!best) return [];
  return timings.filter(({ by }) => by === "lowrank").map(({ mode, blockSeconds }) => {
    const blocks = blockSeconds.map((seconds, block) => seconds / best.blockSeconds[block]);
    return { mode, against: best.mode, blocks, ...spread(blocks) };
  });
}
