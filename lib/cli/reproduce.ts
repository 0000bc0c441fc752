/** `reproduce`: from whatever is there to records, figures, notebooks and the report. The same command goes on where it stopped. */
import { expectedSeconds } from "../experiment/cost.ts";
import { knownRates } from "../experiment/cost_rates.ts";
import { createExecutor } from "../experiment/execute.ts";
import { assetsOf, createDigests, requireOwnInputs } from "../experiment/inputs.ts";
import type { Profile } from "../experiment/profile.ts";
import { createSession, type Session } from "../experiment/session.ts";
import { openStore, type Store } from "../experiment/store.ts";
import { createStudyExecutor } from "../experiment/study_execute.ts";
import { type Execute, type PlannedRun, sweep, type SweepEvent } from "../experiment/sweep.ts";
import { checkPrecision } from "../tensor/precision.ts";
import { obtainAll } from "./assets.ts";
import { executeNotebooks } from "./book.ts";
import { conclude } from "./conclude.ts";
import { createRedraw } from "./draw.ts";
import { ExitError } from "./errors.ts";
import { watchInterrupts } from "./interrupt.ts";
import { configsOf, type Selection, selectionOf, type SelectionOptions } from "./options.ts";
import { createProgress, type Progress } from "./progress.ts";
import { measureStudies } from "./studies.ts";
import { createSweepView } from "./sweep_view.ts";
import { theoryAt } from "./theory.ts";
import { duration } from "./units.ts";

export interface ReproduceOptions extends SelectionOptions {
  readonly notebooks: boolean;
}

/** What a test puts in the place of downloads and training. */
export interface ReproduceParts {
  readonly obtain?: typeof obtainAll;
  readonly execute?: (session: Session) => Execute;
}

export async function reproduce(
  options: ReproduceOptions,
  { obtain = obtainAll, execute = createExecutor }: ReproduceParts = {},
): Promise<void> {
  const selection = selectionOf(options),
    { outputs } = selection,
    configs = configsOf(selection),
    start = performance.now(),
    session = createSession();
  await requireOwnInputs(configs);
  const store = await openStore(outputs), progress = createProgress();
  const interrupt = watchInterrupts(() => progress.say("Stopping; what is done is kept (again: at once)"));
  try {
    await obtain([...new Set(["tensorflow", ...configs.flatMap(assetsOf)])], progress);
    interrupt.signal.throwIfAborted();
    await requirePrecision(selection.profile, session);
    const failed = await train(selection, store, execute(session), progress, interrupt.signal);
    session.dispose(); // of its trainers: what follows needs the memory
    const unmeasured = options.only ? [] : await study(selection, session, progress, interrupt.signal);
    if (!options.only) await proveTheory(outputs, progress, interrupt.signal);
    // Notebooks ask for whole figures: with a part of the experiments they would train the rest.
    const problems = options.notebooks && !options.only && failed.length === 0
      ? await executeNotebooks(selection, notebookEnvironment(selection), progress, interrupt.signal)
      : [];
    progress.stop();
    const undrawn = await conclude(selection, store, { took: duration((performance.now() - start) / 1000), signal: interrupt.signal });
    const all = [...failedText(failed, options.notebooks && !options.only), ...unmeasured, ...problems, ...undrawn];
    if (all.length) throw new ExitError(1, all.join("\n"));
  } catch (error) {
    progress.stop();
    const code = interrupt.exitCode();
    throw code === null ? error : new ExitError(code, "Stopped. The same command goes on from here");
  } finally {
    interrupt.release();
  }
}

/** Before the first run, where each would fail. */
async function requirePrecision({ precision }: Profile, session: Session): Promise<void> {
  if (precision === "f32") return;
  await session.versions; // a device beside the processor is known once the engine has started
  checkPrecision(precision);
}

/** Trains what is missing and redraws each figure as its runs land; rejects when interrupted. Returns the runs that failed. */
async function train(selection: Selection, store: Store, execute: Execute, progress: Progress, signal: AbortSignal) {
  const digestsOf = createDigests(), view = createSweepView(progress), redraw = await createRedraw(selection, digestsOf, progress.say);
  const onEvent = async (event: SweepEvent) => {
    view.show(event);
    if (event.kind === "skipped") redraw.add(event.record);
    if (event.kind === "finished") await redraw.draw(event.record);
  };
  const configs = configsOf(selection), rates = await knownRates({ precision: selection.profile.precision }); // measured by `forecast`
  const expected = rates ? expectedSeconds(configs, rates) : undefined;
  const { failed, aborted } = await sweep({ configs, store, execute, digestsOf, expected, onEvent, signal });
  view.stop();
  if (aborted) throw signal.reason;
  return failed;
}

/** Measures the studies that are missing; what they traced is gone when the notebooks begin. Returns a sentence if some failed. */
async function study(selection: Selection, session: Session, progress: Progress, signal: AbortSignal): Promise<string[]> {
  const { execute, dispose } = createStudyExecutor(session);
  try {
    return await measureStudies(selection, progress, signal, execute);
  } finally {
    dispose();
    session.dispose();
  }
}

/** The theorem cells that verdicts rest on, beside the records. */
async function proveTheory(outputs: string, progress: Progress, signal: AbortSignal): Promise<void> {
  progress.say("Theory: every line of every proof against its numbers (about a minute, once)");
  const bar = progress.bar("theory");
  try {
    await theoryAt({ outputs, compute: true, signal, onCell: (cell, of, id) => bar.update((cell - 1) / of, `${id}, cell ${cell} of ${of}`) });
  } finally {
    bar.remove();
  }
}

/** What a notebook needs to find the same records. */
function notebookEnvironment({ profile, outputs, seeds }: Selection): Record<string, string> {
  const { name, precision } = profile;
  return { LOWRANK_PROFILE: name, LOWRANK_PRECISION: precision, LOWRANK_OUTPUTS: outputs, ...(seeds ? { LOWRANK_SEEDS: seeds.join(",") } : {}) };
}

function failedText(failed: readonly { readonly run: PlannedRun; readonly error: Error }[], notebooksAsked: boolean): string[] {
  if (failed.length === 0) return [];
  const text = `Cannot call this complete as every run must end: ${failed.length} failed, the first with: ${failed[0].error.message}`;
  return [text, ...notebooksAsked ? ["The notebooks were not executed, since they would run the same again; the same command tries anew"] : []];
}
