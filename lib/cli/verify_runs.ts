/** Published runs, recomputed and compared. */
import type { RunRecord } from "../experiment/record.ts";
import { evaluationsOf, type Sameness, sameness } from "../experiment/sameness.ts";
import { sweep, type SweepOptions } from "../experiment/sweep.ts";
import { compareAll, type Compared } from "./compared.ts";
import { runLabel } from "./label.ts";
import type { Progress } from "./progress.ts";
import { createSweepView } from "./sweep_view.ts";

/** Other processors add in another order; counts that move by more than this share of the evaluated rows are another result. */
const tolerated = 0.01;

/** Rejects when interrupted. */
export async function verifyRuns(
  chosen: readonly RunRecord[],
  options: Pick<SweepOptions, "store" | "execute" | "digestsOf"> & { readonly signal: AbortSignal },
  progress: Progress,
): Promise<Compared> {
  const view = createSweepView(progress);
  const { records, failed, aborted } = await sweep({ ...options, configs: chosen.map(({ config }) => config), onEvent: view.show });
  view.stop();
  if (aborted) throw options.signal.reason;
  return compareAll(chosen, { records, failed: failed.map(({ run, error }) => ({ key: run.key, error })) }, {
    head: ["counts", "largest loss difference, nats"],
    labelOf: ({ config }) => runLabel(config),
    compare: sameness,
    isSame,
    cellsOf: ({ sameCounts, movedRows, largestLossDifference }) => [
      sameCounts ? "the same" : `${movedRows} rows moved`,
      largestLossDifference.toExponential(1),
    ],
  });
}

/** Equal counts, or so few rows moved that only rounding can be behind it. */
function isSame({ result }: RunRecord, { sameCounts, movedRows }: Sameness): boolean {
  const rows = evaluationsOf(result).flat(2).reduce((sum, count) => sum + count, 0);
  return sameCounts || movedRows <= tolerated * rows;
}
