/** What a case is to reach, and whether it does. */
import { bytes } from "../lib/cli/units.ts";
import { gflopsOf, type Peak, peakOf } from "./peak.ts";
import type { Timing } from "./measure.ts";
import { type Ratio, type Spread, spread } from "./ratio.ts";

export interface Aim {
  /** Our time over that of PyTorch's best mode, or of our own baseline, at most. */
  readonly ratio?: number;
  /** At most. */
  readonly seconds?: number;
  /** Achieved GFLOP/s over the machine's matrix-product peak in the same precision, at least. */
  readonly peakShare?: number;
  /** Of our process, at most. */
  readonly peakMemoryBytes?: number;
}

export interface Verdict {
  /** Our mode. */
  readonly mode: string;
  readonly measure: string;
  readonly found: string;
  readonly aim: string;
  /** By the median over blocks. */
  readonly met: boolean;
}

/** One verdict for each part of the aim that was measured: without PyTorch there is no ratio. */
export function verdicts({ ratio, seconds, peakShare, peakMemoryBytes }: Aim, timing: Timing, compared: Ratio | undefined, peak: Peak): Verdict[] {
  const found: Verdict[] = [], rate = gflopsOf(timing), time = spread(timing.blockSeconds), memory = timing.peakMemoryBytes;
  const add = (measure: string, shown: string, aim: string, met: boolean) => found.push({ mode: timing.mode, measure, found: shown, aim, met });
  if (ratio !== undefined && compared) add(`time / ${compared.share}`, range(compared, 2), `<= ${ratio}`, compared.median <= ratio);
  if (seconds !== undefined) add("seconds", range(time, 1), `<= ${seconds}`, time.median <= seconds);
  if (peakShare !== undefined && rate !== null) {
    const share = rate / peakOf(peak);
    add("GFLOP/s of peak", percent(share), `>= ${percent(peakShare)}`, share >= peakShare);
  }
  if (peakMemoryBytes !== undefined && memory !== undefined) {
    add("peak memory", bytes(memory), `<= ${bytes(peakMemoryBytes)}`, memory <= peakMemoryBytes);
  }
  return found;
}

/** `0.97 (0.73 ... 1.08)` */
export function range({ min, median, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} ... ${max.toFixed(digits)})`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
