/**
 * PiSSA (Meng et al. 2024): the factors start as the r leading singular triplets of the weight, which keeps the others.
 * W = U S V^T: B = U_r sqrt(S_r / s), A = sqrt(S_r / s) V_r^T, and W - s B A stays. What the model computes does not change.
 */
import { transpose } from "../math/matrix.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import type { Adapter } from "./adapter.ts";
import { leadingSingular, storedFrom } from "./leading.ts";
import { type Factors, lowRankAdapter, withoutProduct } from "./low_rank.ts";
import { type LowRank, type Method, scaleOf } from "./method.ts";
import { type Start, weightOf } from "./start.ts";

export function pissaAdapter(method: Extract<Method, { name: "pissa" }>, start: Start): Adapter {
  return lowRankAdapter(method, start, ({ name }) => pissaFactors(method, weightOf(start, name)));
}

/** Of W [out, in]; as many ranks as W has where r is more. */
export function pissaFactors(method: LowRank, weight: StoredTensor): Factors {
  const { u, s, v } = leadingSingular(weight, method.rank), scale = scaleOf(method);
  const byRoot = (x: number, k: number) => x * Math.sqrt(s[k % s.length] / scale); // columns are triplets
  const a = storedFrom(transpose({ ...v, data: v.data.map(byRoot) })), b = storedFrom({ ...u, data: u.data.map(byRoot) });
  return { a, b, weight: withoutProduct(weight, b, a, scale) };
}
