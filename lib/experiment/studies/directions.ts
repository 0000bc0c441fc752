/** Singular directions of what a poisoned encoder has and its never-poisoned twin has not, and weights without them (paper B, equation 2). */
import { matrixFrom } from "../../adapter/leading.ts";
import { type BertConfig, linearModules } from "../../model/encoder.ts";
import type { StoredTensor } from "../../model/safetensors.ts";
import { type Svd, svd } from "../../tensor/linalg.ts";

type Weights = ReadonlyMap<string, StoredTensor>;

/** D = W_poisoned - W_twin of one linear module, whole and in directions. */
export interface Difference {
  readonly whole: StoredTensor;
  readonly parts: Svd;
}

/** first - second, in float64 before it is rounded. */
export function subtracted(first: StoredTensor, second: StoredTensor): StoredTensor {
  return { shape: first.shape, data: first.data.map((x, i) => x - second.data[i]) };
}

/** Of every linear module of the encoder, by its name; the classifier is none. */
export function differencesOf(config: BertConfig, poisoned: Weights, twin: Weights): Map<string, Difference> {
  return new Map(
    linearModules(config).map(({ name }) => {
      const [first, second] = [poisoned, twin].map((weights) => weights.get(`${name}.weight`)!), whole = subtracted(first, second);
      return [name, { whole, parts: svd(matrixFrom(whole), "float32") }];
    }),
  );
}

/** The tensors with the k leading directions of each module's difference taken out of its weight; null: with all of it. */
export function withoutDirections(tensors: Weights, differences: ReadonlyMap<string, Difference>, k: number | null): Map<string, StoredTensor> {
  const left = new Map(tensors);
  for (const [module, { whole, parts }] of differences) {
    const name = `${module}.weight`, weight = tensors.get(name)!;
    left.set(name, k === null ? subtracted(weight, whole) : { shape: weight.shape, data: lessLeading(weight, parts, k) });
  }
  return left;
}

/** W - sum of the first k s_i u_i v_i^T, in float64. */
function lessLeading({ shape: [rows, cols], data }: StoredTensor, { u, s, v }: Svd, k: number): Float32Array {
  const left = Float64Array.from(data), columns = Math.min(k, s.length);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i++) {
      const factor = s[i] * u.data[row * u.cols + i];
      for (let col = 0; col < cols; col++) left[row * cols + col] -= factor * v.data[col * v.cols + i];
    }
  }
  return Float32Array.from(left);
}
