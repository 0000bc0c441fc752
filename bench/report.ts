/** What a benchmark found, as data: what `--json` writes and the table shows. */
import type { Verdict } from "./aims.ts";
import type { Precision } from "../lib/tensor/precision.ts";
import type { Failure, Timing } from "./measure.ts";
import type { Peak } from "./peak.ts";
import type { Ratio } from "./ratio.ts";

export interface CaseReport {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly precision: Precision;
  readonly notes: readonly string[];
  readonly blocks: number;
  readonly steps: number;
  readonly timings: readonly Timing[];
  /** PyTorch's modes that could not run; they count for nothing. */
  readonly failures: readonly Failure[];
  /** Each of our modes against PyTorch's best, or our own baseline. */
  readonly ratios: readonly Ratio[];
  /** What was compared between the sides, and how nearly they agree; null where there was nothing to compare. */
  readonly agreement: { readonly what: string; readonly unit: string; readonly tolerance: number; readonly found: number } | null;
  readonly verdicts: readonly Verdict[];
}

export interface BenchReport {
  readonly schema: 2;
  readonly finishedAt: string;
  readonly commit: string | null;
  readonly platform: string;
  readonly cpu: string;
  /** Of the last minute before the start: other programs' work, which slows both sides. */
  readonly loadBefore: number;
  readonly threads: number;
  readonly versions: Readonly<Record<string, string>>;
  /** Of each precision that was timed. */
  readonly peaks: Readonly<Partial<Record<Precision, Peak>>>;
  readonly cases: readonly CaseReport[];
  /** Cases without a result, and why. */
  readonly failed: readonly { readonly name: string; readonly error: string }[];
}
