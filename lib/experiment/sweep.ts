/** Many runs, one after the other: each once, those in the store not at all, seed by seed, with a forecast of what is left. */
import canonicalize from "canonicalize";
import type { Defence } from "../defend/defence.ts";
import { type RunConfig, standingAlone } from "./config.ts";
import { createForecast, type Underway } from "./forecast.ts";
import type { DigestsOf } from "./inputs.ts";
import { type InputDigests, runKey } from "./key.ts";
import type { RunRecord } from "./record.ts";
import { explainDiskError, type Store } from "./store.ts";

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
 * need them, it is trained once more. A run that fails is reported and the sweep goes on; an error of the store or of its disk ends it, since no
 * later record could be kept either.
 */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { store, execute, onEvent = () => {}, signal = new AbortController().signal } = options;
  const runs = await planSweep(options.configs, options.digestsOf);
  const present = new Map<string, RunRecord>();
  for (const { key } of runs) {
    const record = await store.get(key);
    if (record) present.set(key, record);
  }
  const handsOn = (key: string, later: readonly PlannedRun[]) => later.some((run) => run.digests.start === key && !present.has(run.key));
  /** After a run, the weights that it started from go, unless later runs start from them too. */
  const tidy = async ({ digests: { start } }: PlannedRun, later: readonly PlannedRun[]) => {
    if (start && !handsOn(start, later)) await store.dropWeights(start);
  };
  /** Another process in the same folder may have dropped the weights that a run starts from, when its own runs needed them no longer. */
  const requireStart = async ({ digests: { start } }: PlannedRun) => {
    const maker = runs.find(({ key }) => key === start);
    if (!maker || await store.hasWeights(maker.key)) return;
    const weights = { pathOf: store.weightsPath, handsOn: true }, checkpointFolder = store.checkpointPath(maker.key);
    await execute(maker.config, { ...maker, checkpointFolder, weights, onProgress: () => {}, onPurify: () => {}, signal });
  };
  for (const { key } of runs) if (handsOn(key, runs) && !await store.hasWeights(key)) present.delete(key);
  await onEvent({ kind: "planned", runs: runs.length, present: present.size });

  const records: RunRecord[] = [], failed: { run: PlannedRun; error: Error }[] = [];
  const forecast = createForecast({ expected: options.expected });
  for (const run of runs) {
    const later = runs.slice(run.index), waiting = later.filter(({ key }) => !present.has(key)).map(({ config }) => config);
    const isNeeded = handsOn(run.key, later);
    // asked again: another process may have published it since
    const stored = present.get(run.key) ?? (isNeeded && !await store.hasWeights(run.key) ? null : await store.get(run.key));
    if (stored) {
      records.push(stored);
      await tidy(run, later);
      await onEvent({ kind: "skipped", run, record: stored });
      continue;
    }
    if (signal.aborted) return { records, failed, aborted: true };
    const start = performance.now(), secondsSince = (since: number) => (performance.now() - since) / 1000;
    let purified = start, resumedAt = 0, isFirst = true, told = Promise.resolve();
    // the pace is that of runs whose texts are purified already, as they are from the second run on
    const underway = (fraction: number): Underway => ({ config: run.config, seconds: secondsSince(purified), fraction, resumedAt });
    const tell = (event: SweepEvent) => {
      told = told.then(() => onEvent(event)); // one after the other
      told.catch(() => {}); // a listener's error is thrown below, when the run has ended
    };
    await onEvent({ kind: "started", run, remainingSeconds: forecast.remaining(waiting, underway(0)) });
    const onProgress = (progress: RunProgress) => {
      if (isFirst) resumedAt = (progress.step - 1) / progress.steps;
      isFirst = false;
      const remainingSeconds = forecast.remaining(waiting, underway(progress.step / progress.steps));
      tell({ kind: "progress", run, progress, remainingSeconds });
    };
    const onPurify = (progress: PurifyProgress) => {
      purified = performance.now();
      tell({ kind: "purifying", run, progress });
    };
    const { key, digests } = run;
    const context = {
      key,
      digests,
      checkpointFolder: store.checkpointPath(key),
      weights: { pathOf: store.weightsPath, handsOn: isNeeded },
      onProgress,
      onPurify,
      signal,
    };
    const outcome = await attempt(async () => {
      await requireStart(run);
      return await execute(run.config, context);
    });
    await told;
    if (outcome instanceof Error) {
      const explained = explainDiskError(outcome, store.folder); // a checkpoint that found no room
      if (explained !== outcome) throw explained;
      if (signal.aborted) return { records, failed, aborted: true };
      const other = await store.get(key); // another process published it, and removed the checkpoints under this one
      if (other) {
        records.push(other);
        await tidy(run, later);
        await onEvent({ kind: "skipped", run, record: other });
        continue;
      }
      failed.push({ run, error: outcome });
      await onEvent({ kind: "failed", run, error: outcome, remainingSeconds: forecast.remaining(waiting) });
      continue;
    }
    const record = await store.put(outcome) ? outcome : await store.get(key) ?? outcome;
    forecast.observe(run.config, secondsSince(purified), resumedAt);
    records.push(record);
    await tidy(run, later);
    await onEvent({ kind: "finished", run, record, seconds: secondsSince(start), remainingSeconds: forecast.remaining(waiting) });
  }
  return { records, failed, aborted: false };
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
