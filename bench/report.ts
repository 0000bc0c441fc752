/** What a benchmark found, as data: what `--json` writes and the table shows. */
import type { Timing } from "./measure.ts";
import type { Ratio } from "./ratio.ts";

export interface CaseReport {
  readonly name: "lora" | "full";
  readonly title: string;
  readonly timings: readonly Timing[];
  /** Each of our modes against PyTorch's best. */
  readonly ratios: readonly Ratio[];
  /** Between the sides' losses over the first steps, nats. */
  readonly lossDisagreement: number;
}

export interface BenchReport {
  readonly schema: 1;
  readonly finishedAt: string;
  readonly commit: string | null;
  readonly platform: string;
  readonly cpu: string;
  /** Of the last minute before the start: other programs' work, which slows both sides. */
  readonly loadBefore: number;
  readonly threads: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly batches: {
    readonly rows: number;
    /** Means over the timed batches, in tokens a row: real ones, ours with padding, PyTorch's with padding. */
    readonly tokens: { readonly real: number; readonly ours: number; readonly pytorch: number };
  };
  readonly blocks: number;
  readonly warmupSteps: number;
  readonly timedSteps: number;
  /** Best float32 matrix product by side length, GFLOP/s. */
  readonly peak: Readonly<Record<string, number>>;
  readonly cases: readonly CaseReport[];
}
