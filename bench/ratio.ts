/** How much time one side takes of another's, block by block: of PyTorch's best mode, or of a baseline of our own. */
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
  /** Whose time it is a share of: "PyTorch's best", "LoRA's". */
  readonly share: string;
  /** The mode that it is compared with. */
  readonly against: string;
  /** Our time over the other's in the same block: below 1 it is less. */
  readonly blocks: readonly number[];
}

export function spread(values: readonly number[]): Spread {
  return { min: Math.min(...values), median: median([...values]), max: Math.max(...values) };
}

/** The timing with the smallest median, chosen over all blocks: the minimum within each block would reward luck. */
export function fastest(timings: readonly Timing[]): Timing | undefined {
  return timings.toSorted((a, b) => median([...a.blockSeconds]) - median([...b.blockSeconds]))[0];
}

/** What our modes are compared with: our own baseline where there is one, or PyTorch's best mode, if PyTorch takes part. */
export function comparedWith(timings: readonly Timing[]): { timing: Timing; share: string } | undefined {
  const own = timings.find(({ baseline }) => baseline), best = own ?? fastest(timings.filter(({ by }) => by === "PyTorch"));
  return best && { timing: best, share: own ? `${own.mode}'s` : "PyTorch's best" };
}

/** Each of our modes but the baseline against what it is compared with. */
export function ratios(timings: readonly Timing[]): Ratio[] {
  const found = comparedWith(timings);
  if (!found) return [];
  const { timing: other, share } = found;
  return timings.filter((timing) => timing.by === "lowrank" && timing !== other).map(({ mode, blockSeconds }) => {
    const blocks = blockSeconds.map((seconds, block) => seconds / other.blockSeconds[block]);
    return { mode, share, against: other.mode, blocks, ...spread(blocks) };
  });
}
