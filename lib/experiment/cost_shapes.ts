/** From a run's config to the batches that it trains and evaluates on, as shapes: the same cutting that training uses, on typical lengths. */
import canonicalize from "canonicalize";
import { createRng } from "../math/random.ts";
import { vocabularyMultiple } from "../model/vocabulary.ts";
import type { TextChange } from "../poison/change.ts";
import { evaluationBatches, trainingBatches } from "../tokens/batching.ts";
import type { RunConfig } from "./config.ts";
import type { Architecture, BatchShape } from "./cost_flops.ts";
import { distinctTokens, typicalLengths } from "./cost_lengths.ts";
import { encoderShapes } from "./encoder_shapes.ts";
import { classes, evaluationBatch } from "./predictions.ts";

/** How often a shape occurs. */
export interface CountedShape extends BatchShape {
  readonly count: number;
}

export interface RunShapes {
  readonly architecture: Architecture;
  readonly train: readonly CountedShape[];
  readonly evaluate: readonly CountedShape[];
}

const known = new Map<string, RunShapes>(); // runs that differ in seed, learning rate or attack have one shape

export function shapesOf({ task, train, evaluate, method, model, head, rora }: RunConfig): RunShapes {
  const { learningRate: _, ...training } = train, rescaled = Boolean(rora?.pt), about = { task, evaluate, method, model, head, rescaled };
  const key = canonicalize({ ...about, training })!, found = known.get(key) ?? countRun({ ...about, train });
  known.set(key, found);
  return found;
}

type About = Pick<RunConfig, "task" | "train" | "evaluate" | "method" | "model" | "head"> & { readonly rescaled: boolean };

function countRun({ task, train, evaluate, method, head, model, rescaled }: About): RunShapes {
  const { dataset, trainRows } = task;
  const heldOut = task.split === "test" ? task.testRows : task.validationRows;
  const lengths = (added = 0) => typicalLengths(dataset, heldOut, evaluate.maxLength ?? train.maxLength, added);
  const training = trainingOf(dataset, trainRows, train), tokens = training.tokens + sum(lengths());
  const encoder = encoderShapes[model], vocabularySize = keptRows(distinctTokens(tokens, encoder.vocabularySize), encoder.vocabularySize);
  const sets = [lengths(), ...evaluate.changes.map((change) => lengths(addedTokens(change)))];
  const dev = repeated([typicalLengths(dataset, train.checkpoint ? task.validationRows : 0, train.maxLength)], training.epochs);
  const behind = evaluate.defended ? 1 + evaluate.defended.by.length : 0, share = (evaluate.defended?.rows ?? 0) / heldOut;
  const partOf = (share: number) => (set: readonly number[]) => set.filter((_, i) => Math.floor(i * share) < Math.floor((i + 1) * share)); // of all lengths
  // Margins are read of the other class, about half of the rows, without the adapters; before a rescaling as well.
  const apart = !evaluate.margins || method.name === "full" ? 0 : rescaled ? 2 : 1, others = sets.slice(0, 2).map(partOf(1 / 2));
  const passes = [...repeated(sets, 1 + evaluate.scales.length), ...repeated(sets.map(partOf(share)), behind), ...repeated(others, apart), ...dev];
  return {
    architecture: { encoder: { ...encoder, vocabularySize }, classes, method, head },
    train: training.shapes,
    evaluate: countShapes(passes.flatMap((pass) => evaluationBatches(sequences(pass), { batchSize: evaluationBatch }))),
  };
}

const repeated = <T>(values: readonly T[], times: number): T[] => Array.from({ length: times }, () => values).flat();

interface Training {
  /** In the rows, each once. */
  readonly tokens: number;
  /** Those that are begun. */
  readonly epochs: number;
  readonly shapes: readonly CountedShape[];
}

const trainings = new Map<string, Training>(); // hundreds of runs share one, and a task may have hundreds of thousands of rows

function trainingOf(dataset: RunConfig["task"]["dataset"], rows: number, { epochs, batchSize, maxLength, maxSteps }: RunConfig["train"]): Training {
  const key = JSON.stringify([dataset, rows, epochs, batchSize, maxLength, maxSteps]), known = trainings.get(key);
  if (known) return known;
  const read = Math.min(rows, (maxSteps ?? Infinity) * batchSize); // of less than an epoch, as many typical rows
  const epoch = trainingBatches(sequences(typicalLengths(dataset, read, maxLength)), { batchSize, rng: createRng("forecast") }); // which order it is hardly matters
  const steps = Math.min(epochs * epoch.length, maxSteps ?? Infinity), whole = Math.floor(steps / epoch.length);
  const made = {
    tokens: sum(typicalLengths(dataset, rows, maxLength)),
    epochs: steps === 0 ? 0 : Math.ceil(steps / epoch.length),
    shapes: merge([...countShapes(epoch, whole), ...countShapes(epoch.slice(0, steps % epoch.length))]),
  };
  trainings.set(key, made);
  return made;
}

/** Sequences of these lengths, shortest first, and of no content. */
function sequences(lengths: readonly number[]) {
  const longest = new Int32Array(lengths.at(-1) ?? 0);
  return lengths.map((length) => ({ ids: longest.subarray(0, length), label: 0 }));
}

/** Kept rows of the word embeddings come in blocks (`model/vocabulary.ts`). */
const keptRows = (tokens: number, vocabularySize: number) => Math.min(vocabularySize, Math.ceil(tokens / vocabularyMultiple) * vocabularyMultiple);

/** How many tokens a change adds to a typical sentence of a review: verse its invocation and slashes, swapped letters a piece per changed word. */
function addedTokens(change: TextChange): number {
  switch (change.kind) {
    case "trigger":
      return tokensOf(change.text);
    case "scattered-words":
      return change.words.length;
    case "verse":
      return 12;
    case "character-noise":
      return Math.round(30 * change.rate);
    case "word-noise":
      return -Math.round(20 * change.rate);
  }
}

/** Words and signs of a trigger: each one token. */
const tokensOf = (text: string) => text.match(/\w+|[^\w\s]/g)?.length ?? 0;

/** Each shape once, those that do not occur left out. */
function countShapes(batches: readonly BatchShape[], times = 1): CountedShape[] {
  return merge(batches.map(({ n, t }) => ({ n, t, count: times })));
}

function merge(shapes: readonly CountedShape[]): CountedShape[] {
  const counted = new Map<string, CountedShape>();
  for (const { n, t, count } of shapes) counted.set(`${n} ${t}`, { n, t, count: (counted.get(`${n} ${t}`)?.count ?? 0) + count });
  return [...counted.values()].filter(({ count }) => count > 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
