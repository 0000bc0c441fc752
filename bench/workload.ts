/** What is timed: the batches of a clean run of the quick profile, exactly as `reproduce` would train it. */
import type { RunConfig } from "../lib/experiment/config.ts";
import { selectExperiments } from "../lib/experiment/experiments.ts";
import { prepareRun } from "../lib/experiment/prepare.ts";
import { profileNamed } from "../lib/experiment/profiles.ts";
import type { Session } from "../lib/experiment/session.ts";
import { createRng } from "../lib/math/random.ts";
import type { Encoder } from "../lib/model/encoder.ts";
import { restrictVocabulary } from "../lib/model/vocabulary.ts";
import type { Batch, Sequence } from "../lib/tokens/batch.ts";
import { trainingBatches } from "../lib/tokens/batching.ts";

export type MethodName = RunConfig["method"]["name"];

export interface Workload {
  readonly config: RunConfig;
  /** Unpadded rows and labels of each batch: what every side is given. */
  readonly rows: readonly (readonly Sequence[])[];
  /** The same batches as our trainer reads them, for the whole encoder. */
  readonly whole: Inputs;
  /** The same, for the encoder that runs use: word embeddings that no text of the task needs are left out, which changes no result. */
  readonly task: Inputs;
}

export interface Inputs {
  readonly encoder: Encoder;
  readonly batches: readonly Batch[];
}

/** @param steps how many batches at most; batches with fewer rows than the others are left out */
export async function prepareWorkload(session: Session, method: MethodName, steps: number): Promise<Workload> {
  const configs = selectExperiments(["fig-a2"])[0].configs(profileNamed("quick"), [1]);
  const config = configs.find(({ attack, method: { name } }) => attack.name === "none" && name === method)!;
  const { batchSize } = config.train, rng = createRng(config.seed);
  const { encoder, encode } = await session.model(config.model);
  const { train, usedIds } = prepareRun(config, await session.split(config.task), encode, rng);
  const { encoder: restricted, map } = restrictVocabulary(encoder, usedIds);
  const cut = (sequences: readonly Sequence[]) =>
    trainingBatches(sequences, { batchSize, rng: rng.fork("order").fork(0) }) // rows and order depend on lengths only: the same both times
      .filter(({ rows }) => !rows.includes(-1)).slice(0, steps);
  const batches = cut(train);
  return {
    config,
    rows: batches.map(({ rows }) => [...rows].map((row) => train[row])),
    whole: { encoder, batches },
    task: { encoder: restricted, batches: cut(train.map(({ ids, label }) => ({ ids: map(ids), label }))) },
  };
}
