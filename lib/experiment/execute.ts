/** One run, from its config to its record. */
import { sizeOf } from "../math/size.ts";
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { Example } from "../data/dataset.ts";
import type { Defence } from "../defend/defence.ts";
import { metricsOf } from "../evaluate/metrics.ts";
import { createRng } from "../math/random.ts";
import { type Encoder, weightShapes } from "../model/encoder.ts";
import { digestTensors } from "../model/safetensors.ts";
import { restrictVocabulary } from "../model/vocabulary.ts";
import { isRelabelled, type LedgerRow, poisonedRows } from "../poison/poison.ts";
import type { Sequence } from "../tokens/batch.ts";
import { returnFreeMemory } from "../tensor/free_memory.ts";
import { tfjsVersion } from "../tensor/tf.ts";
import { fit } from "../train/fit.ts";
import { startingAdapter } from "./adapted.ts";
import type { RunConfig } from "./config.ts";
import { defendedRows } from "./defended.ts";
import { epochsRead } from "./exposure.ts";
import { type HandedOn, loadHandedOn, saveHandedOn } from "./handed_on.ts";
import { RECIPE } from "./key.ts";
import { confusionAt } from "./predictions.ts";
import { prepareRun } from "./prepare.ts";
import { describeMachine } from "./machine.ts";
import { measureRun } from "./measure_run.ts";
import type { RunRecord, RunResult } from "./record.ts";
import { mapPlaces } from "./sentences.ts";
import { createSession, type Session } from "./session.ts";
import type { Execute } from "./sweep.ts";

/** An `Execute` whose runs share one session. */
export function createExecutor(session: Session = createSession()): Execute {
  return async (config, context) => {
    try {
      return await executeRun(session, config, context);
    } finally {
      returnFreeMemory(); // of its weights and rows, before the next run reads its own
    }
  };
}

/** Trains and evaluates one run. Paired arms of one seed share head, poisoned rows and batch order, since each draws from a stream named for it. */
export async function executeRun(session: Session, config: RunConfig, context: Parameters<Execute>[1]): Promise<RunRecord> {
  const start = performance.now(), seconds = (since: number) => (performance.now() - since) / 1000;
  const rng = createRng(config.seed);
  const { encoder: pretrained, encode } = await session.model(config.model), before = await startOf(config, pretrained, context);
  const purify = (defence: Defence, texts: readonly string[]) =>
    session.purify(defence, texts, (progress) => context.onPurify?.({ defence: defence.name, ...progress }));
  const split = await session.split(config.task), defended = await defendedRows(config, split, purify);
  const whole = before?.encoder ?? pretrained, prepared = prepareRun(config, split, encode, rng, defended, await lookedAt(config, session));
  const { encoder, map, widen } = restrictVocabulary(whole, prepared.usedIds);
  const mapped = (sequences: readonly Sequence[]) => sequences.map(({ ids, label }) => ({ ids: map(ids), label }));
  const adapter = startingAdapter(config, encoder, before, rng), trainer = await session.trainer(encoder, adapter, config);

  const trainStart = performance.now();
  const dev = mapped(prepared.dev), scoreEpoch = dev.length ? async () => metricsOf(await confusionAt(trainer, dev)).accuracy : undefined;
  const history = await fit(trainer, mapped(prepared.train), { ...config.train, rng, scoreEpoch }, {
    checkpointFolder: context.checkpointFolder,
    onProgress: context.onProgress,
    signal: context.signal,
  });
  const trained = { ...adapter, trained: trainer.weights() };
  const train = seconds(trainStart), evaluateStart = performance.now();
  const heldOut = {
    clean: mapped(prepared.clean),
    changed: prepared.changed.map(mapped),
    defended: prepared.defended.map((sets) => sets.map(mapped)),
    sentences: prepared.sentences.map((sentence) => mapPlaces(sentence, ({ ids, label }) => ({ ids: map(ids), label }))),
  };
  const { left, measured } = await measureRun({ config, encoder, adapter, trained, trainer, prepared: heldOut });
  const evaluate = seconds(evaluateStart);
  if (context.weights?.handsOn) await saveHandedOn(context.weights.pathOf(context.key), trained.trained, widen);

  const { resumed, ...historyWithoutResumes } = history;
  const result: RunResult = {
    ...measured,
    ledger: summarise(prepared.ledger, epochsRead(config)),
    history: historyWithoutResumes,
    trainableParameters: countParameters(config, whole.config, adapter.trained),
    weightsDigest: digestTensors(left.trained),
    ...before ? { startDigest: before.digest } : {},
  };
  const { tensorflow, threads } = await session.versions;
  return {
    schema: 1,
    key: context.key,
    config,
    digests: { ...context.digests, recipe: RECIPE },
    result,
    provenance: {
      ...await describeMachine(),
      versions: { deno: Deno.version.deno, tensorflow, tfjs: tfjsVersion },
      threads,
      seconds: { train, evaluate, total: seconds(start) },
      ...defended ? { defences: defended.with } : {},
      resumed,
    },
  };
}

/** The rows of `evaluate.sentences`: of the run's own data set, or of its start's. */
function lookedAt({ task, start, evaluate: { sentences } }: RunConfig, session: Session): Promise<Example[]> {
  return Promise.all(sentences.map(({ dataset, row }) => session.row(dataset === task.dataset ? task : start!.run.task, row)));
}

/** What the run before this one handed on; null where this one starts from the pretrained weights. */
async function startOf({ start }: RunConfig, { config }: Encoder, { digests, weights }: Parameters<Execute>[1]): Promise<HandedOn | null> {
  if (!start) return null;
  if (!weights || !digests.start) {
    throw new TypeError("Cannot start the run as it must be told where the weights lie that it starts from: it was not");
  }
  return await loadHandedOn(weights.pathOf(digests.start), config);
}

/** @param epochs in effect; where they are no whole number, exposures are those to expect, rounded */
function summarise(ledger: readonly LedgerRow[], epochs: number): RunResult["ledger"] {
  const relabelled = ledger.filter(isRelabelled).map(({ id }) => id);
  const poisoned = poisonedRows(ledger);
  return {
    poisonedRows: poisoned,
    relabelledRows: relabelled.length,
    exposures: Math.round(poisoned * epochs),
    rows: ledger.map(({ id }) => id),
    relabelled,
    digest: createHash("sha256").update(canonicalize(ledger)!).digest("hex"),
  };
}

/** Trained numbers of the whole model: rows of the word embeddings that no text uses are trained as well, though nobody has to compute them. */
function countParameters(
  { method }: RunConfig,
  whole: Parameters<typeof weightShapes>[0],
  trained: ReadonlyMap<string, { shape: readonly number[] }>,
): number {
  const shapes = method.name === "full" ? weightShapes(whole) : new Map<string, readonly number[]>();
  return [...trained].reduce((sum, [name, { shape }]) => sum + sizeOf(shapes.get(name) ?? shape), 0);
}
