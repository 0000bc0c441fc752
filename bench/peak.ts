/** How busy the processor's multipliers are: achieved GFLOP/s beside the best that a matrix product reaches. */
import type { Timing } from "./measure.ts";
import { spread } from "./ratio.ts";

/** Best matrix product by side length, GFLOP/s, in one precision. */
export type Peak = Readonly<Record<string, number>>;

/** 0 where none was measured. */
export function peakOf(peak: Peak): number {
  return Math.max(0, ...Object.values(peak));
}

/** GFLOP/s of the median block; null where the case does not count its products. */
export function gflopsOf({ flops, blockSeconds }: Timing): number | null {
  return flops === null ? null : flops / spread(blockSeconds).median / 1e9;
}
