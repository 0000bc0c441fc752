/** Many runs, one after the other: each once, those in the store not at all, seed by seed, with a forecast of what is left. */
import canonicalize from "canonicalize";
import type { Defence } from "../defend/defence.ts";
import { type RunConfig, standingAlone } from "./config.ts";
import { createForecast, type Forecast, type Underway } from "./forecast.ts";
import type { DigestsOf } from "./inputs.ts";
import { type InputDigests, runKey } from "./key.ts";
import type { RunRecord } from "./record.ts";
import { explainDiskError } from "./keyed_files.ts";
import type { Store } from "./store.ts";

/** How far a run's training is. */
export interface RunProgress {
  readonly step: number;
  readonly steps: number;
  /** Training loss of the step, in nats. */
  readonly loss: number;
  /** Training rows a second. */
  readonly rate: number;
}

/** How far a defence is with the held-out texts that it has not seen before: all of it comes before the training. */
export interface PurifyProgress {
  readonly defence: Defence["name"];
  readonly done: number;
  readonly total: number;
}

export interface RunContext {
  readonly key: string;
  readonly digests: InputDigests;
  /** Where the run keeps its checkpoints; a new attempt goes on from what is there. */
  readonly checkpointFolder: string;
  /** Left out: the run starts from no other, and hands nothing on. */
  readonly weights?: {
    /** Where the weights lie that the run of a key hands on. */
    pathOf(key: string): string;
    /** Whether runs still to come start from this one. */
    readonly handsOn: boolean;
  };
  readonly onProgress: (progress: RunProgress) => void;
  readonly onPurify?: (progress: PurifyProgress) => void;
  readonly signal: AbortSignal;
}

/** Trains and evaluates one run; rejects when `signal` aborts, after its checkpoint is written. */
export type Execute = (config: RunConfig, context: RunContext) => Promise<RunRecord>;

/** A run in its sweep. */
export interface PlannedRun {
  readonly key: string;
  readonly config: RunConfig;
  readonly digests: InputDigests;
  /** Place in the sweep, from 1. */
  readonly index: number;
}

/** `remainingSeconds` is for the whole sweep; null while nothing is known. */
export type SweepEvent =
  | { readonly kind: "planned"; readonly runs: number; readonly present: number }
  | { readonly kind: "skipped"; readonly run: PlannedRun; readonly record: RunRecord }
  | { readonly kind: "started"; readonly run: PlannedRun; readonly remainingSeconds: number | null }
  | { readonly kind: "purifying"; readonly run: PlannedRun; readonly progress: PurifyProgress }
  | { readonly kind: "progress"; readonly run: PlannedRun; readonly progress: RunProgress; readonly remainingSeconds: number | null }
  /** `before`, the run that `run` starts from, is trained once more: its weights are gone. */
  | {
    readonly kind: "remaking";
    readonly run: PlannedRun;
    readonly before: PlannedRun;
    readonly progress: RunProgress;
    readonly remainingSeconds: number | null;
  }
  | {
    readonly kind: "finished";
    readonly run: PlannedRun;
    readonly record: RunRecord;
    readonly seconds: number;
    readonly remainingSeconds: number | null;
  }
  | { readonly kind: "failed"; readonly run: PlannedRun; readonly error: Error; readonly remainingSeconds: number | null };

export interface SweepOptions {
  readonly configs: readonly RunConfig[];
  readonly store: Store;
  readonly execute: Execute;
  readonly digestsOf: DigestsOf;
  /** Seconds that a run is expected to take; without it nothing is forecast before the first step. */
  readonly expected?: (config: RunConfig) => number;
  readonly onEvent?: (event: SweepEvent) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

export interface SweepResult {
  /** In the sweep's order. */
  readonly records: readonly RunRecord[];
  readonly failed: readonly { readonly run: PlannedRun; readonly error: Error }[];
  /** Whether `signal` ended it before its last run. */
  readonly aborted: boolean;
}

/**
 * Runs what is not in the store yet. A run that others start from comes before them; where only its weights are gone, and runs still to come
 * need them, it is trained once more. A run that fails is reported and the sweep goes on, without those that start from it; an error of the
 * store or of its disk ends it, since no later record could be kept either.
 */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { store, execute, signal = new AbortController().signal } = options;
  const runs = await planSweep(options.configs, options.digestsOf), present = new Map<string, RunRecord>();
  for (const { key } of runs) {
    const record = await store.get(key);
    if (record) present.set(key, record);
  }
  const isMissing = ({ key }: PlannedRun) => !present.has(key);
  /** Whether runs behind a place in the sweep start from the run of this key. */
  const isNeeded = (key: string, place = 0) => runs.slice(place).some((run) => run.digests.start === key && isMissing(run));
  for (const { key } of runs) if (isNeeded(key) && !await store.hasWeights(key)) present.delete(key);

  const forecast = createForecast({ expected: options.expected }), failures = new Map<string, Error>();
  const shared: Shared = { store, execute, signal, forecast, failures, tell: inOrder(options.onEvent) };
  const records: RunRecord[] = [], failed: { run: PlannedRun; error: Error }[] = [];
  await shared.tell({ kind: "planned", runs: runs.length, present: present.size });
  for (const run of runs) {
    const { key, index, digests: { start } } = run, handsOn = isNeeded(key, index);
    // asked again: another process may have published it since
    const stored = present.get(key) ?? (handsOn && !await store.hasWeights(key) ? null : await store.get(key));
    if (!stored && signal.aborted) return { records, failed, aborted: true };
    const place = { run, handsOn, waiting: runs.slice(index).filter(isMissing).map(({ config }) => config) };
    const end: RunEnd | null = stored ? { kind: "skipped", run, record: stored } : await runOne(place, runs.find(({ key }) => key === start), shared);
    if (!end) return { records, failed, aborted: true };
    if (end.kind === "failed") {
      failed.push({ run, error: end.error });
      failures.set(key, end.error);
    } else {
      records.push(end.record);
      if (start && !isNeeded(start, index)) await store.dropWeights(start);
    }
    await shared.tell(end);
  }
  return { records, failed, aborted: false };
}

/** What the runs of a sweep share. */
interface Shared extends Required<Pick<SweepOptions, "store" | "execute" | "signal">> {
  readonly forecast: Forecast;
  /** Why runs failed, by key. */
  readonly failures: Map<string, Error>;
  /** Resolves when this event and those before it are told; rejects with a listener's error, and tells no more. */
  readonly tell: (event: SweepEvent) => Promise<void>;
}

/** A run that is not in the store, and those to come. */
interface Place {
  readonly run: PlannedRun;
  readonly handsOn: boolean;
  readonly waiting: readonly RunConfig[];
}

type RunEnd = Extract<SweepEvent, { kind: "skipped" | "finished" | "failed" }>;

/**
 * How a run that is not in the store ends; null where the signal ended it.
 * @param before the run that it starts from
 */
async function runOne(place: Place, before: PlannedRun | undefined, shared: Shared): Promise<RunEnd | null> {
  const { store, signal, forecast, tell } = shared, { run, waiting } = place, { key, config } = run;
  await tell({ kind: "started", run, remainingSeconds: forecast.remaining(waiting, { config, seconds: 0, fraction: 0, resumedAt: 0 }) });
  const problem = before && await requireWeights(before, place, shared);
  const trained = problem ??
    await train(place, shared, (progress, remainingSeconds) => ({ kind: "progress", run, progress, remainingSeconds }));
  if (!(trained instanceof Error)) return { kind: "finished", run, ...trained, remainingSeconds: forecast.remaining(waiting) };
  if (signal.aborted) return null;
  const record = await store.get(key); // another process published it, and removed the checkpoints under this one
  return record ? { kind: "skipped", run, record } : { kind: "failed", run, error: trained, remainingSeconds: forecast.remaining(waiting) };
}

/**
 * Trains the run that this one starts from once more where its weights are gone: another process in the same folder may have dropped them, when
 * its own runs needed them no longer. Null, or why this one cannot start; a run that failed in this sweep is not tried again.
 */
async function requireWeights(before: PlannedRun, { run, waiting }: Place, shared: Shared): Promise<Error | null> {
  const { store, failures } = shared, { key } = before;
  if (await store.hasWeights(key)) return null;
  if (!failures.has(key)) {
    const place = { run: before, handsOn: true, waiting: [run.config, ...waiting] };
    const trained = await train(place, shared, (progress, remainingSeconds) => ({ kind: "remaking", run, before, progress, remainingSeconds }));
    if (!(trained instanceof Error) || await store.hasWeights(key)) return null; // another process was quicker, and removed the checkpoints
    failures.set(key, trained);
  }
  const cause = failures.get(key)!;
  return new Error(`Cannot start the run as the run that it starts from must have been trained: ${cause.message}`, { cause });
}

/**
 * Trains a run and stores its record. An error that is the run's own is returned; those of the disk, the store and the listener are thrown.
 * @param eventOf what is told of a step
 */
async function train(
  { run, handsOn, waiting }: Place,
  { store, execute, signal, forecast, tell }: Shared,
  eventOf: (progress: RunProgress, remainingSeconds: number | null) => SweepEvent,
): Promise<{ record: RunRecord; seconds: number } | Error> {
  const { key, config, digests } = run, start = performance.now(), secondsSince = (since: number) => (performance.now() - since) / 1000;
  let purified = start, resumedAt = 0, isFirst = true, told = Promise.resolve();
  // the pace is that of runs whose texts are purified already, as they are from the second run on
  const underway = (fraction: number): Underway => ({ config, seconds: secondsSince(purified), fraction, resumedAt });
  const context: RunContext = {
    key,
    digests,
    checkpointFolder: store.checkpointPath(key),
    weights: { pathOf: store.weightsPath, handsOn },
    onProgress(progress) {
      if (isFirst) resumedAt = (progress.step - 1) / progress.steps;
      isFirst = false;
      told = tell(eventOf(progress, forecast.remaining(waiting, underway(progress.step / progress.steps))));
    },
    onPurify(progress) {
      purified = performance.now();
      told = tell({ kind: "purifying", run, progress });
    },
    signal,
  };
  const outcome = await attempt(() => execute(config, context));
  await told;
  if (outcome instanceof Error) {
    const explained = explainDiskError(outcome, store.folder); // a checkpoint that found no room
    if (explained !== outcome) throw explained;
    return outcome;
  }
  const record = await store.put(outcome) ? outcome : await store.get(key) ?? outcome;
  forecast.observe(config, secondsSince(purified), resumedAt);
  return { record, seconds: secondsSince(start) };
}

/** Tells one event after the other, however slow the listener. */
function inOrder(onEvent: SweepOptions["onEvent"] = () => {}): Shared["tell"] {
  let told = Promise.resolve();
  return (event) => {
    told = told.then(() => onEvent(event));
    told.catch(() => {}); // thrown where somebody waits for it: when the run has ended
    return told;
  };
}

/** After the first: a computation that each seed has once is traced half as often, and what is handed on waits for two seeds at most. */
const seedsTogether = 2;

/**
 * Each run once, and the runs that they start from before them. All cells of the first seed come first: a whole figure stands then. The other seeds
 * follow in pairs. Within a seed and a pair, runs that are one computation follow each other, so that few traced steps need to be kept.
 */
export async function planSweep(configs: readonly RunConfig[], digestsOf: DigestsOf): Promise<PlannedRun[]> {
  const [first = [], ...others] = Map.groupBy(configs, ({ seed }) => seed).values(), runs = new Map<string, PlannedRun>();
  const pairs = [...Map.groupBy(others.entries(), ([i]) => Math.floor(i / seedsTogether)).values()].map((pair) => pair.flatMap(([, cells]) => cells));
  const computation = ({ task: { dataset }, model, method, rora, start, precision }: RunConfig) => {
    const computed = method.name === "lora" ? { ...method, init: null, initVariance: null } : method;
    return canonicalize([dataset, model, computed, rora && [rora.ci, rora.tr], start !== null, precision]);
  };
  const add = async (config: RunConfig): Promise<void> => {
    if (config.start) await add(standingAlone(config.start.run));
    const digests = await digestsOf(config), key = runKey(config, digests);
    if (!runs.has(key)) runs.set(key, { key, config, digests, index: runs.size + 1 });
  };
  for (const cells of [first, ...pairs]) for (const config of [...Map.groupBy(startsFirst(cells), computation).values()].flat()) await add(config);
  return [...runs.values()];
}

/** The runs that others start from, then the others in their order. */
function startsFirst(configs: readonly RunConfig[]): RunConfig[] {
  return [...configs.flatMap(({ start }) => start ? [standingAlone(start.run)] : []), ...configs];
}

async function attempt<T>(work: () => Promise<T>): Promise<T | Error> {
  try {
    return await work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
