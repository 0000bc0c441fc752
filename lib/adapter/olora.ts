/**
 * OLoRA (Büyükakyüz 2024): the factors start as the leading part of the weight's QR decomposition. W = Q R: B = Q[:, :r], A = R[:r, :],
 * and W - s B A stays. What the model computes does not change. B and A are not divided by s, as in the authors' code.
 */
import type { StoredTensor } from "../model/safetensors.ts";
import type { Adapter } from "./adapter.ts";
import { type Factors, lowRankAdapter, withoutProduct } from "./low_rank.ts";
import { type LowRank, type Method, scaleOf } from "./method.ts";
import { orthonormalColumns } from "./orthonormal.ts";
import { type Start, weightOf } from "./start.ts";

export function oloraAdapter(method: Extract<Method, { name: "olora" }>, start: Start): Adapter {
  return lowRankAdapter(method, start, ({ name }) => oloraFactors(method, weightOf(start, name)));
}

/** Of W [out, in]; as many ranks as W has where r is more. */
export function oloraFactors(method: LowRank, weight: StoredTensor): Factors {
  const { shape: [out, size], data } = weight, rank = Math.min(method.rank, out, size), scale = scaleOf(method);
  const columns = orthonormalColumns(Array.from({ length: rank }, (_, q) => Float64Array.from({ length: out }, (_, i) => data[i * size + q])));
  const rows = columns.map((column) => { // Q^T W, which is R above its r-th row
    const row = new Float64Array(size);
    column.forEach((x, i) => {
      for (let j = 0; j < size; j++) row[j] += x * data[i * size + j];
    });
    return row;
  });
  const a = { shape: [rank, size], data: Float32Array.from(rows.flatMap((row) => [...row])) };
  const b = { shape: [out, rank], data: Float32Array.from({ length: out * rank }, (_, k) => columns[k % rank][Math.floor(k / rank)]) };
  return { a, b, weight: withoutProduct(weight, b, a, scale) };
}
