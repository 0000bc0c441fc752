/** One run, from its config to its record. */
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { createAdapter } from "../adapter/create.ts";
import type { Confusion } from "../evaluate/confusion.ts";
import { createRng } from "../math/random.ts";
import { weightShapes } from "../model/encoder.ts";
import { digestTensors } from "../model/safetensors.ts";
import { restrictVocabulary } from "../model/vocabulary.ts";
import { isRelabelled, type LedgerRow, poisonedRows } from "../poison/poison.ts";
import type { Sequence } from "../tokens/batch.ts";
import { tfjsVersion } from "../tensor/tf.ts";
import { fit } from "../train/fit.ts";
import type { RunConfig } from "./config.ts";
import { epochsRead } from "./exposure.ts";
import { RECIPE } from "./key.ts";
import { classes, confusionAt } from "./predictions.ts";
import { prepareRun } from "./prepare.ts";
import { describeMachine } from "./machine.ts";
import type { RunRecord, RunResult } from "./record.ts";
import { createSession, type Session } from "./session.ts";
import type { Execute } from "./sweep.ts";

/** An `Execute` whose runs share one session. */
export function createExecutor(session: Session = createSession()): Execute {
  return (config, context) => executeRun(session, config, context);
}

/** Trains and evaluates one run. Paired arms of one seed share head, poisoned rows and batch order, since each draws from a stream named for it. */
export async function executeRun(session: Session, config: RunConfig, context: Parameters<Execute>[1]): Promise<RunRecord> {
  const start = performance.now(), seconds = (since: number) => (performance.now() - since) / 1000;
  const rng = createRng(config.seed);
  const { encoder: whole, encode } = await session.model(config.model);
  const prepared = prepareRun(config, await session.split(config.task), encode, rng);
  const { encoder, map } = restrictVocabulary(whole, prepared.usedIds);
  const mapped = (sequences: readonly Sequence[]) => sequences.map(({ ids, label }) => ({ ids: map(ids), label }));
  const adapter = createAdapter(config.method, encoder, { classes, head: config.head }, rng);
  const trainer = await session.trainer(encoder, adapter, config);

  const trainStart = performance.now();
  const history = await fit(trainer, mapped(prepared.train), { ...config.train, rng }, {
    checkpointFolder: context.checkpointFolder,
    onProgress: context.onProgress,
    signal: context.signal,
  });
  const train = seconds(trainStart), evaluateStart = performance.now();
  const clean = await confusionAt(trainer, mapped(prepared.clean));
  const changed: Confusion[] = [];
  for (const rows of prepared.changed) changed.push(await confusionAt(trainer, mapped(rows)));
  const evaluate = seconds(evaluateStart);

  const { resumed, ...historyWithoutResumes } = history;
  const result: RunResult = {
    clean,
    changed,
    ledger: summarise(prepared.ledger, epochsRead(config)),
    history: historyWithoutResumes,
    trainableParameters: countParameters(config, whole.config, adapter.trained),
    weightsDigest: digestTensors(trainer.weights()),
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
      resumed,
    },
  };
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
  const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
  const shapes = method.name === "full" ? weightShapes(whole) : new Map<string, readonly number[]>();
  return [...trained].reduce((sum, [name, { shape }]) => sum + size(shapes.get(name) ?? shape), 0);
}
