/**
 * Singular directions of the difference of two encoders, and weights with or without them: of what a poisoned one has and its never-poisoned twin
 * has not (paper B, equation 2), and of what a fine-tuning changed.
 */
import { matrixFrom } from "../../adapter/leading.ts";
import { type BertConfig, linearModules } from "../../model/encoder.ts";
import type { StoredTensor } from "../../model/safetensors.ts";
import { type Svd, svd } from "../../tensor/linalg.ts";

type Weights = ReadonlyMap<string, StoredTensor>;

/** D = W_first - W_second of one linear module, whole and in directions. */
export interface Difference {
  readonly whole: StoredTensor;
  readonly parts: Svd;
}

/** first - second, in float64 before it is rounded. */
export function subtracted(first: StoredTensor, second: StoredTensor): StoredTensor {
  return { shape: first.shape, data: first.data.map((x, i) => x - second.data[i]) };
}

/** Of every linear module of the encoder, by its name; the classifier is none. */
export function differencesOf(config: BertConfig, first: Weights, second: Weights): Map<string, Difference> {
  return new Map(
    linearModules(config).map(({ name }) => {
      const [one, other] = [first, second].map((weights) => weights.get(`${name}.weight`)!), whole = subtracted(one, other);
      return [name, { whole, parts: svd(matrixFrom(whole), "float32") }];
    }),
  );
}

/** The tensors with the k leading directions of each module's difference taken out of its weight; null: with all of it. */
export function withoutDirections(tensors: Weights, differences: ReadonlyMap<string, Difference>, k: number | null): Map<string, StoredTensor> {
  const left = new Map(tensors);
  for (const [module, { whole, parts }] of differences) {
    const name = `${module}.weight`, weight = tensors.get(name)!;
    left.set(name, k === null ? subtracted(weight, whole) : { shape: weight.shape, data: plusLeading(weight, parts, k, -1) });
  }
  return left;
}

/** `tensors` with the weight of each linear module as in `start` plus the k leading directions of its difference: the best change of rank k. */
export function withLeading(tensors: Weights, start: Weights, differences: ReadonlyMap<string, Difference>, k: number): Map<string, StoredTensor> {
  const projected = new Map(tensors);
  for (const [module, { parts }] of differences) {
    const name = `${module}.weight`, weight = start.get(name)!;
    projected.set(name, { shape: weight.shape, data: plusLeading(weight, parts, k, 1) });
  }
  return projected;
}

/** W + sign times the sum of the first k s_i u_i v_i^T, in float64. */
function plusLeading({ shape: [rows, cols], data }: StoredTensor, { u, s, v }: Svd, k: number, sign: 1 | -1): Float32Array {
  const sum = Float64Array.from(data), columns = Math.min(k, s.length);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i++) {
      const factor = sign * s[i] * u.data[row * u.cols + i];
      for (let col = 0; col < cols; col++) sum[row * cols + col] += factor * v.data[col * v.cols + i];
    }
  }
  return Float32Array.from(sum);
}
