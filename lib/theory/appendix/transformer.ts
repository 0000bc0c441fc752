/** A tiny transformer in float64, whose every linear module's input and output can be reached: one block, one head, no biases. */
import { columnOf, type Matrix, multiply, plus } from "../../math/matrix.ts";
import type { Rng } from "../../math/random.ts";
import { attend } from "../../ntk/attention.ts";
import { drawMatrix } from "../draws.ts";
import { gelu } from "./gelu.ts";

export const moduleNames = ["embedding", "q", "k", "v", "o", "ff1", "ff2", "head"] as const;
export type ModuleName = typeof moduleNames[number];

/** [out, in] per module; the embedding reads one-hot columns. */
export type Weights = Readonly<Record<ModuleName, Matrix>>;

const vocabulary = 7, width = 6, inner = 8, classes = 3;

export function randomTransformer(rng: Rng): Weights {
  const square = [width, width] as const;
  const sizes: Record<ModuleName, readonly [number, number]> = {
    embedding: [width, vocabulary],
    q: square,
    k: square,
    v: square,
    o: square,
    ff1: [inner, width],
    ff2: [width, inner],
    head: [classes, width],
  };
  const drawn = moduleNames.map((name) => {
    const [out, size] = sizes[name];
    return [name, drawMatrix(out, size, name === "embedding" ? 1 : 1 / size, rng.fork(name))];
  });
  return Object.fromEntries(drawn) as Record<ModuleName, Matrix>;
}

/** Distinct and repeated tokens: an embedding's kernel sees which are the same. */
export const randomTokens = (count: number, rng: Rng): number[] => Array.from({ length: count }, () => rng.integer(vocabulary));

export interface Pass {
  /** Logits of the first token: [classes]. */
  readonly logits: Float64Array;
  /** What each module read, a column per token (the head: the first only). */
  readonly inputs: Weights;
}

/**
 * Embedding, self-attention and feed-forward with GELU, each added to what it read and normalised, then the head on the first token.
 * @param nudge a matrix that is added to one module's output, to differentiate by that output
 */
export function runTransformer(weights: Weights, tokens: readonly number[], nudge?: { name: ModuleName; by: Matrix }): Pass {
  const inputs = {} as Record<ModuleName, Matrix>;
  const linear = (name: ModuleName, x: Matrix): Matrix => {
    inputs[name] = x;
    const y = multiply(weights[name], x);
    return nudge?.name === name ? plus(y, nudge.by) : y;
  };
  const x = linear("embedding", oneHot(tokens));
  const { mixed } = attend(linear("q", x), linear("k", x), linear("v", x));
  const attended = normalised(plus(x, linear("o", mixed)));
  const hidden = linear("ff1", attended), fed = linear("ff2", { ...hidden, data: hidden.data.map(gelu) });
  return { logits: linear("head", columnOf(normalised(plus(attended, fed)), 0)).data, inputs };
}

const oneHot = (tokens: readonly number[]): Matrix => ({
  rows: vocabulary,
  cols: tokens.length,
  data: Float64Array.from({ length: vocabulary * tokens.length }, (_, at) => Number(tokens[at % tokens.length] === Math.floor(at / tokens.length))),
});

/** Every column with mean 0 and variance 1. */
function normalised({ rows, cols, data }: Matrix): Matrix {
  const result = Float64Array.from(data);
  for (let j = 0; j < cols; j++) {
    let mean = 0, variance = 0;
    for (let i = j; i < data.length; i += cols) mean += data[i] / rows;
    for (let i = j; i < data.length; i += cols) variance += (data[i] - mean) ** 2 / rows;
    for (let i = j; i < data.length; i += cols) result[i] = (data[i] - mean) / Math.sqrt(variance + 1e-12);
  }
  return { rows, cols, data: result };
}
