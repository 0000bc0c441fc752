/** From a run's config to the batches that it trains and evaluates on, as shapes: the same cutting that training uses, on typical lengths. */
import { createRng } from "../math/random.ts";
import type { BertConfig } from "../model/encoder.ts";
import { vocabularyMultiple } from "../model/vocabulary.ts";
import type { TextChange } from "../poison/change.ts";
import { evaluationBatches, trainingBatches } from "../tokens/batching.ts";
import { evaluationBatch } from "./execute.ts";
import type { RunConfig } from "./config.ts";
import type { Architecture, BatchShape } from "./cost_flops.ts";
import { distinctTokens, typicalLengths } from "./cost_lengths.ts";

/** How often a shape occurs. */
export interface CountedShape extends BatchShape {
  readonly count: number;
}

export interface RunShapes {
  readonly architecture: Architecture;
  readonly train: readonly CountedShape[];
  readonly evaluate: readonly CountedShape[];
}

const classes = 2;

/** The models' shapes: what their config.json says. */
export const encoderShapes: Readonly<Record<RunConfig["model"], BertConfig>> = {
  "minilm-l6": { layers: 6, width: 384, heads: 12, innerWidth: 1536, vocabularySize: 30522, maxPositions: 512, layerNormEpsilon: 1e-12 },
};

export function shapesOf(config: RunConfig): RunShapes {
  const { task, train, evaluate, method, head, model } = config, { dataset, trainRows } = task;
  const heldOut = task.split === "test" ? task.testRows : task.validationRows;
  const lengths = (rows: number, added = 0) => typicalLengths(dataset, rows, train.maxLength, added);
  const trainLengths = lengths(trainRows), tokens = sum(trainLengths) + sum(lengths(heldOut));
  const encoder = encoderShapes[model], vocabularySize = keptRows(distinctTokens(tokens, encoder.vocabularySize), encoder.vocabularySize);
  const passes = [lengths(heldOut), ...evaluate.changes.map((change) => lengths(heldOut, addedTokens(change)))];
  return {
    architecture: { encoder: { ...encoder, vocabularySize }, classes, method, head },
    train: countShapes(trainingShapes(trainLengths, train.batchSize), train.epochs),
    evaluate: countShapes(passes.flatMap((pass) => evaluationBatches(sequences(pass), { batchSize: evaluationBatch }))),
  };
}

const trainingShapes = (lengths: readonly number[], batchSize: number) =>
  trainingBatches(sequences(lengths), { batchSize, rng: createRng("forecast") }); // which order it is hardly matters

/** Sequences of these lengths and of no content. */
function sequences(lengths: readonly number[]) {
  const longest = new Int32Array(Math.max(0, ...lengths));
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

function countShapes(batches: readonly BatchShape[], times = 1): CountedShape[] {
  const counted = new Map<string, CountedShape>();
  for (const { n, t } of batches) counted.set(`${n} ${t}`, { n, t, count: (counted.get(`${n} ${t}`)?.count ?? 0) + times });
  return [...counted.values()];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
