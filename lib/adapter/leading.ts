/** The leading singular vectors of pretrained weights: many runs start from one encoder, so each weight is decomposed once. */
import type { Matrix } from "../math/matrix.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import { type TopSingular, topSingular } from "../spectral/sigma_max.ts";

const known = new WeakMap<Float32Array, TopSingular>();

/** The k largest singular values of W [out, in] with their vectors, or all min(out, in) of them where k is more. Signs are the method's. */
export function leadingSingular(weight: StoredTensor, k: number): TopSingular {
  const count = Math.min(k, ...weight.shape), found = known.get(weight.data);
  if (found?.s.length === count) return found;
  const made = topSingular(matrixFrom(weight), count);
  known.set(weight.data, made);
  return made;
}

export function matrixFrom({ shape: [rows, cols], data }: StoredTensor): Matrix {
  return { rows, cols, data: Float64Array.from(data) };
}

export function storedFrom({ rows, cols, data }: Matrix): StoredTensor {
  return { shape: [rows, cols], data: Float32Array.from(data) };
}
