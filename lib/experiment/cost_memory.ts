/** Peak resident memory of a process that trains runs, from shapes. */
import { isPartial } from "../adapter/method.ts";
import { countParameters } from "../model/encoder.ts";
import { type BatchShape, formedWeights, trainedParameters } from "./cost_flops.ts";
import type { RunShapes } from "./cost_shapes.ts";
import { keptTrainers } from "./trainer_pool.ts";

const float = 4; // bytes of a float32
/** Tokenizer, read data set, the session's tables: JavaScript's heap beside the tensors, measured with the movie reviews. */
const readerBytes = 2e8;
/** A traced function, per encoder layer: its graph and the library's prepared operations, measured as growth from one shape to the next. */
const tracedBytes = { step: 2.2e6, predict: 0.7e6 };

export interface MemoryForecast {
  /** The library and the process before any tensor; texts and tokenizer. */
  readonly fixed: number;
  /** Weights, moments and gradients; the encoder's copies outside the engine. */
  readonly weights: number;
  /** What the largest batch's forward pass keeps for the backward pass, and what is under way beside it. */
  readonly activations: number;
  readonly traces: number;
  readonly total: number;
}

/** @param startBytes of the process with its engine, before any run */
export function memoryOf({ architecture, train, evaluate }: RunShapes, startBytes: number): MemoryForecast {
  const { encoder, method } = architecture, trained = trainedParameters(architecture), all = countParameters(encoder);
  const frozen = method.name === "full" && !isPartial(method) ? 0 : all;
  // Stored weights lie in the file's bytes and in the kept table; native: frozen, and trained with two moments and a gradient.
  const formed = formedWeights(architecture); // kept for the backward pass
  const checkpoint = 3 * trained; // weights and moments, read out of the engine
  const weights = float * (2 * all + frozen + 4 * trained + formed + checkpoint);
  const kept = Math.max(0, ...train.map((shape) => keptActivations(architecture.encoder, shape)));
  const passing = Math.max(0, ...evaluate.map(({ n, t }) => n * t * 4 * encoder.innerWidth)); // predicting keeps nothing but what is under way
  const activations = float * Math.max(kept, passing),
    traces = encoder.layers * (train.length * tracedBytes.step + evaluate.length * tracedBytes.predict);
  const fixed = startBytes + readerBytes;
  return { fixed, weights, activations, traces, total: fixed + weights + activations + traces };
}

/** Of a process that does these runs one after the other: trainers stay, activations are used again. */
export function memoryOfRuns(runs: readonly RunShapes[], startBytes: number): number {
  const kinds = new Map(runs.map((run) => [JSON.stringify(run.architecture), run]));
  const methodOf = ({ architecture: { encoder, ...method } }: RunShapes) => JSON.stringify([{ ...encoder, vocabularySize: 0 }, method]);
  const most = Math.min(...runs.map(({ architecture }) => keptTrainers(countParameters(architecture.encoder))));
  const ofMethods = [...Map.groupBy(kinds.values(), methodOf).values()].map((own) => own.map((run) => memoryOf(run, startBytes)));
  const kept = ofMethods.map((own) => own.map(({ weights, traces }) => weights + traces).sort((a, b) => b - a).slice(0, most));
  const activations = ofMethods.flat().map(({ activations }) => activations);
  return startBytes + readerBytes + Math.max(0, ...activations) + Math.max(0, ...kept.map((own) => own.reduce((a, b) => a + b, 0)));
}

/** Numbers that the gradient needs, and the few largest tensors that the backward pass makes beside them. */
function keptActivations({ layers, width, heads, innerWidth }: RunShapes["architecture"]["encoder"], { n, t }: BatchShape): number {
  const read = n * t;
  // Of width d: input, query, key, value, their mixture, two normalised states with their scaled copies and sums; GELU's input,
  // distribution and result; the attention. In the last layer only [CLS] has most of them.
  const layer = (asking: number) => read * 3 * width + asking * (7 * width + 3 * innerWidth + heads * t);
  return (layers - 1) * layer(read) + layer(n) + read * (2 * width + 3 * innerWidth);
}
