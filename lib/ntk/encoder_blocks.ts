/**
 * The per-example gradients of each trained tensor, held implicitly. A matrix's gradient is V_i^T U_i, from what went in (U) and what
 * came back (V) at each of an example's tokens; a vector's is a row. No n x P Jacobian is ever formed.
 */
import type { Lookup } from "../adapter/adapter.ts";
import { wordEmbeddings } from "../model/encoder.ts";
import { layerNorm } from "../tensor/ops.ts";
import { product } from "../tensor/product.ts";
import { tf } from "../tensor/tf.ts";
import { embeddings, type Taps } from "./encoder_taps.ts";

/** Per-example gradients of every class score with respect to one trained tensor; c class scores, n examples, t tokens (1: [CLS] alone). */
export type Block =
  /** The gradient itself, flat: c of [n, p]. */
  | { readonly kind: "rows"; readonly rows: readonly tf.Tensor[] }
  /** Its factors: V_i^T U_i [q, p], with U [n, t, p] and c of V [n, t, q]. */
  | { readonly kind: "factors"; readonly u: tf.Tensor; readonly v: readonly tf.Tensor[] }
  /** Of a table that is looked up: the rows `ids` [n, t] got c of V [n, t, q]. */
  | { readonly kind: "lookup"; readonly ids: tf.Tensor; readonly v: readonly tf.Tensor[] };

export interface BlockOptions {
  /** The names of the trained tensors. */
  readonly trained: readonly string[];
  /** Every tensor of the network by its name. */
  readonly get: Lookup;
  /** s = alpha / r of the adapters; it stands in their blocks once, so that kernels have s^2. */
  readonly scale: number;
  /** LayerNorm's. */
  readonly epsilon: number;
}

/** The blocks of the trained tensors by their names, for token ids [n, t]. */
export function blocksOf({ modules }: Taps, ids: tf.Tensor, { trained, get, scale, epsilon }: BlockOptions): Map<string, Block> {
  const n = ids.shape[0];
  const byToken = (x: tf.Tensor) => tf.reshape(x, [n, x.shape[0] / n, x.shape[1]!]); // [m, d] -> [n, t, d]
  const perExample = (gradients: readonly tf.Tensor[]): Block => ({ kind: "rows", rows: gradients.map((x) => tf.sum(byToken(x), 1)) });
  return new Map(trained.map((name): [string, Block] => {
    if (name === wordEmbeddings) return [name, { kind: "lookup", ids, v: modules.get(embeddings)!.gradients.map(byToken) }];
    // Position i is looked up by token i of every example; the type is always 0.
    if (name === "embeddings.position_embeddings.weight") {
      return [name, { kind: "rows", rows: modules.get(embeddings)!.gradients.map((x) => tf.reshape(x, [n, -1])) }];
    }
    if (name === "embeddings.token_type_embeddings.weight") return [name, perExample(modules.get(embeddings)!.gradients)];

    const cut = name.lastIndexOf("."), module = name.slice(0, cut), part = name.slice(cut + 1);
    const { input, gradients } = modules.get(module)!;
    const norm = module.endsWith("LayerNorm");
    if (part === "bias") return [name, perExample(gradients)];
    if (part === "weight" && norm) {
      const normalised = standardise(input, epsilon);
      return [name, perExample(gradients.map((x) => tf.mul(x, normalised)))];
    }
    const matrix = (u: tf.Tensor, v: readonly tf.Tensor[]): Block => smaller({ kind: "factors", u: byToken(u), v: v.map(byToken) });
    if (part === "weight") return [name, matrix(input, gradients)];
    if (part === "lora_B") return [name, matrix(tf.mul(product(input, get(`${module}.lora_A`), false, true), scale), gradients)];
    if (part === "lora_A") {
      return [name, matrix(input, gradients.map((x) => tf.mul(product(x, get(`${module}.lora_B`), false, false), scale)))];
    }
    throw new TypeError(`Cannot differentiate by example as trained tensors must be known by name: ${name}`);
  }));
}

/** LayerNorm without gain and bias. */
function standardise(x: tf.Tensor, epsilon: number): tf.Tensor {
  const d = x.shape[1]!;
  return layerNorm(x, tf.ones([d]), tf.zeros([d]), epsilon);
}

/** A block in whichever form holds fewer numbers. */
function smaller(block: Extract<Block, { kind: "factors" }>): Block {
  const { u, v } = block, [, t, p] = u.shape, q = v[0].shape[2]!;
  return v.length * q * p < t! * (p! + v.length * q) ? { kind: "rows", rows: v.map((x) => perExampleProduct(u, x)) } : block;
}

/** V_i^T U_i of every example, flat: U [n, t, p], V [n, t, q] -> [n, q p]. */
export function perExampleProduct(u: tf.Tensor, v: tf.Tensor): tf.Tensor {
  return tf.reshape(tf.matMul(v, u, true, false), [u.shape[0], -1]);
}
