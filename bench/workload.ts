/** The batches of a clean run of the quick profile, exactly as `reproduce` would train it. */
import { obtainAsset } from "../lib/assets/obtain.ts";
import type { RunConfig } from "../lib/experiment/config.ts";
import { selectExperiments } from "../lib/experiment/experiments.ts";
import { assetsOf } from "../lib/experiment/inputs.ts";
import { prepareRun } from "../lib/experiment/prepare.ts";
import { profileNamed } from "../lib/experiment/profiles.ts";
import type { Session } from "../lib/experiment/session.ts";
import { createRng } from "../lib/math/random.ts";
import { restrictVocabulary } from "../lib/model/vocabulary.ts";
import type { Sequence } from "../lib/tokens/batch.ts";
import { trainingBatches } from "../lib/tokens/batching.ts";
import type { Inputs, Recipe } from "./steps.ts";

export type MethodName = RunConfig["method"]["name"];

export interface Workload {
  readonly config: RunConfig;
  readonly recipe: Recipe;
  /** The encoder's folder. */
  readonly model: string;
  /** Unpadded rows and labels of each batch: what every side is given. */
  readonly rows: readonly (readonly Sequence[])[];
  /** The same batches as our trainer reads them, for the whole encoder. */
  readonly whole: Inputs;
  /** The same, for the encoder that runs use: word embeddings that no text of the task needs are left out, which changes no result. */
  readonly task: Inputs;
}

/** The clean run of the quick profile, evaluated without a trigger. */
export function cleanRun(method: MethodName, seed = 1): RunConfig {
  const configs = selectExperiments(["fig-a2"])[0].configs(profileNamed("quick"), [seed]);
  const config = configs.find(({ attack, method: { name } }) => attack.name === "none" && name === method)!;
  return { ...config, evaluate: { ...config.evaluate, changes: [], targetLabel: 1 } };
}

export function recipeOf({ method, head, seed, train: { learningRate, weightDecay } }: RunConfig): Recipe {
  return { method, head, seed, learningRate, weightDecay };
}

/** The folder of a run's encoder. */
export async function modelFolder(config: RunConfig): Promise<string> {
  return await obtainAsset(assetsOf(config)[1]);
}

/** @param steps how many batches at most; batches with fewer rows than the others are left out */
export async function prepareWorkload(session: Session, method: MethodName, steps: number): Promise<Workload> {
  const config = cleanRun(method), { batchSize } = config.train, rng = createRng(config.seed);
  const { encoder, encode } = await session.model(config.model);
  const { train, usedIds } = prepareRun(config, await session.split(config.task), encode, rng);
  const { encoder: restricted, map } = restrictVocabulary(encoder, usedIds);
  const cut = (sequences: readonly Sequence[]) =>
    trainingBatches(sequences, { batchSize, rng: rng.fork("order").fork(0) }) // rows and order depend on lengths only: the same both times
      .filter(({ rows }) => !rows.includes(-1)).slice(0, steps);
  const batches = cut(train);
  return {
    config,
    recipe: recipeOf(config),
    model: await modelFolder(config),
    rows: batches.map(({ rows }) => [...rows].map((row) => train[row])),
    whole: { encoder, batches },
    task: { encoder: restricted, batches: cut(train.map(({ ids, label }) => ({ ids: map(ids), label }))) },
  };
}
