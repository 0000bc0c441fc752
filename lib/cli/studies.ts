/** A profile's studies under one bar, after its runs. */
import { createDigests } from "../experiment/inputs.ts";
import { studies } from "../experiment/studies/grid.ts";
import type { ExecuteStudy } from "../experiment/study_execute.ts";
import { openStudies } from "../experiment/study_store.ts";
import { type StudyEvent, sweepStudies } from "../experiment/study_sweep.ts";
import type { Study } from "../experiment/study_schema.ts";
import { runLabel } from "./label.ts";
import type { Selection } from "./options.ts";
import type { Progress } from "./progress.ts";
import { duration } from "./units.ts";

/** Measures what is missing; rejects when interrupted. Returns a sentence if some failed. */
export async function measureStudies(
  { profile, paper, seeds, outputs }: Pick<Selection, "profile" | "paper" | "seeds" | "outputs">,
  progress: Progress,
  signal: AbortSignal,
  execute: ExecuteStudy,
): Promise<string[]> {
  const view = createStudyView(progress), store = await openStudies(outputs);
  const { failed, aborted } = await sweepStudies({
    studies: studies(profile, seeds, paper),
    store,
    execute,
    digestsOf: createDigests(),
    onEvent: view.show,
    signal,
  });
  view.stop();
  if (aborted) throw signal.reason;
  return failed.length
    ? [`Cannot call this complete as every study must end: ${failed.length} failed, the first with: ${failed[0].error.message}`]
    : [];
}

/** `twins: LoRA, backdoor 3 %, seed 1`. */
export const studyLabel = ({ study, run }: Study): string => `${study}: ${runLabel(run)}`;

/** One bar for all of them, and a line for each that ends. */
export function createStudyView(progress: Progress): { show(event: StudyEvent): void; stop(): void } {
  const bar = progress.bar("studies");
  let count = 0;
  const at = (index: number, within: number, text: string) => bar.update(count === 0 ? 1 : (index - 1 + within) / count, text);
  return {
    show(event) {
      if (event.kind === "planned") {
        count = event.studies;
        return progress.say(`${count} studies, ${event.present} of them done before`);
      }
      const { index, study } = event.study, place = `[${String(index).padStart(String(count).length)}/${count}]`;
      if (event.kind === "progress") return at(index, event.step / event.steps, `${index}/${count}, ${studyLabel(study)}`);
      if (event.kind === "finished") progress.say(`${place} ${studyLabel(study)}: ${duration(event.record.provenance.seconds)}`);
      if (event.kind === "failed") progress.say(`${place} ${studyLabel(study)} FAILED: ${event.error.message}`);
      at(index, event.kind === "started" ? 0 : 1, `${index}/${count}, ${studyLabel(study)}`);
    },
    stop: bar.remove,
  };
}
