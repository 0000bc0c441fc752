/** The leading singular vectors of pretrained weights: many runs start from one encoder, so what was decomposed lately is kept. */
import { createHash } from "node:crypto";
import type { Matrix } from "../math/matrix.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import { type TopSingular, topSingular } from "../spectral/sigma_max.ts";

/** Of some eight encoders, query and value of six layers each: 200 kB a weight of 384 x 384. */
const keptAtMost = 96;

/** By content, since runs read the same weights from a file each for itself. */
const kept = new Map<string, TopSingular>();

/** The k largest singular values of W [out, in] with their vectors, or all min(out, in) of them where k is more. Signs are the method's. */
export function leadingSingular(weight: StoredTensor, k: number): TopSingular {
  const count = Math.min(k, ...weight.shape);
  const key = `${createHash("sha256").update(weight.data).digest("hex")} ${weight.shape} ${count}`;
  const found = kept.get(key) ?? topSingular(matrixFrom(weight), count);
  kept.delete(key); // and put back as the latest
  kept.set(key, found);
  if (kept.size > keptAtMost) kept.delete(kept.keys().next().value!);
  return found;
}

export function matrixFrom({ shape: [rows, cols], data }: StoredTensor): Matrix {
  return { rows, cols, data: Float64Array.from(data) };
}

export function storedFrom({ rows, cols, data }: Matrix): StoredTensor {
  return { shape: [rows, cols], data: Float32Array.from(data) };
}
