/** Published studies, recomputed and compared. */
import type { StudyRecord } from "../experiment/study_record.ts";
import { studySameness } from "../experiment/study_sameness.ts";
import { type StudySweepOptions, sweepStudies } from "../experiment/study_sweep.ts";
import { compareAll, type Compared } from "./compared.ts";
import type { Progress } from "./progress.ts";
import { createStudyView, studyLabel } from "./studies.ts";

/** Other processors add in another order; numbers that move by more than this share of the largest of their kind are another result. */
const tolerated = 0.01;

/** Rejects when interrupted. */
export async function verifyStudies(
  chosen: readonly StudyRecord[],
  options: Pick<StudySweepOptions, "store" | "execute" | "digestsOf"> & { readonly signal: AbortSignal },
  progress: Progress,
): Promise<Compared> {
  const view = createStudyView(progress);
  const { records, failed, aborted } = await sweepStudies({ ...options, studies: chosen.map(({ study }) => study), onEvent: view.show });
  view.stop();
  if (aborted) throw options.signal.reason;
  return compareAll(chosen, { records, failed: failed.map(({ study, error }) => ({ key: study.key, error })) }, {
    head: ["largest difference, of its kind's largest number", "where"],
    labelOf: ({ study }) => studyLabel(study),
    compare: studySameness,
    isSame: (_, { largestDifference }) => largestDifference <= tolerated,
    cellsOf: ({ largestDifference, field }) => [largestDifference.toExponential(1), field ?? ""],
  });
}
