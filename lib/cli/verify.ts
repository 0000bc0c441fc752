/** `verify`: recomputes some of the published runs and studies from nothing and compares. */
import { createExecutor } from "../experiment/execute.ts";
import { assetsOf, createDigests } from "../experiment/inputs.ts";
import { publishedFolder } from "../experiment/published.ts";
import { createSession } from "../experiment/session.ts";
import { openStore } from "../experiment/store.ts";
import { createStudyExecutor, type ExecuteStudy } from "../experiment/study_execute.ts";
import { openStudies } from "../experiment/study_store.ts";
import type { Execute } from "../experiment/sweep.ts";
import { createRng } from "../math/random.ts";
import { obtainAll } from "./assets.ts";
import { ExitError } from "./errors.ts";
import { watchInterrupts } from "./interrupt.ts";
import { createProgress } from "./progress.ts";
import { verifyRuns } from "./verify_runs.ts";
import { verifyStudies } from "./verify_studies.ts";

export interface VerifyOptions {
  /** How many runs. */
  readonly sample: number;
  /** How many studies. */
  readonly studies: number;
  /** Which they are: another number draws others. */
  readonly draw: number;
  /** Where the published records lie. */
  readonly published?: string;
}

/** What a test puts in the place of downloads, training and measuring. */
export interface VerifyParts {
  readonly obtain?: typeof obtainAll;
  readonly executors?: () => { readonly run: Execute; readonly study: ExecuteStudy; dispose(): void };
}

export async function verify(
  { sample, studies: studyCount, draw, published = publishedFolder }: VerifyOptions,
  { obtain = obtainAll, executors = ownExecutors }: VerifyParts = {},
): Promise<void> {
  const drawn = <T>(all: readonly T[], count: number) => createRng(`verify/${draw}`).shuffle([...all]).slice(0, count);
  const runs = await (await openStore(published, { readOnly: true })).list(),
    studies = await (await openStudies(published, { readOnly: true })).list();
  const chosenRuns = drawn(runs, sample), chosenStudies = drawn(studies, studyCount);
  if (chosenRuns.length + chosenStudies.length === 0) {
    throw new ExitError(
      1,
      `Cannot verify as there must be published records to draw from: ${published} has ${runs.length} runs, ${studies.length} studies`,
    );
  }
  const folder = await Deno.makeTempDir({ prefix: "lowrank-verify-" }), progress = createProgress();
  const interrupt = watchInterrupts(() => progress.say("Stopping")), { signal } = interrupt, digestsOf = createDigests();
  const execute = executors();
  try {
    const configs = [...chosenRuns.map(({ config }) => config), ...chosenStudies.map(({ study }) => study.run)];
    await obtain([...new Set(["tensorflow", ...configs.flatMap(assetsOf)])], progress);
    const compared = [
      ...chosenRuns.length
        ? [await verifyRuns(chosenRuns, { store: await openStore(folder), execute: execute.run, digestsOf, signal }, progress)]
        : [],
      ...chosenStudies.length
        ? [await verifyStudies(chosenStudies, { store: await openStudies(folder), execute: execute.study, digestsOf, signal }, progress)]
        : [],
    ];
    progress.stop();
    for (const { table } of compared) console.log(table);
    const problems = compared.flatMap(({ problems }) => problems);
    if (problems.length) throw new ExitError(1, `Cannot verify as every sampled record must repeat: ${problems.join("; ")}`);
    console.log(
      `${chosenRuns.length} of ${runs.length} published runs and ${chosenStudies.length} of ${studies.length} studies recomputed from nothing: all repeat`,
    );
  } catch (error) {
    if (signal.aborted) throw new ExitError(interrupt.exitCode() ?? 1, "Stopped; nothing was kept");
    throw error;
  } finally {
    progress.stop();
    interrupt.release();
    execute.dispose();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Both in one session. */
function ownExecutors() {
  const session = createSession(), { execute: study, dispose } = createStudyExecutor(session);
  return { run: createExecutor(session), study, dispose };
}
