/**
 * Tr, the trigger-insensitive constraint (paper B, equations 9 to 11): the loss gets lambda Omega, where
 * Omega = |U_k^T B|^2 + |A V_k|^2 for the k leading singular vectors of each adapted module's pretrained weight W = U S V^T.
 *
 * With all k, U and V are square and orthogonal, so |U^T B|^2 = tr(B^T U U^T B) = |B|^2 and |A V|^2 = |A|^2: plain L2 of the factors,
 * whatever the weight. So `k: "full"` is computed as that, and stores no directions.
 */
import type { Adapter, Lookup } from "../../adapter/adapter.ts";
import { leadingSingular, storedFrom } from "../../adapter/leading.ts";
import { randomColumns } from "../../adapter/orthonormal.ts";
import type { Rng } from "../../math/random.ts";
import type { Encoder } from "../../model/encoder.ts";
import { product } from "../../tensor/product.ts";
import { tf } from "../../tensor/tf.ts";
import { adaptedModules, residualOf } from "./modules.ts";
import type { TriggerInsensitive } from "./rora.ts";

/**
 * The adapter with the directions that the constraint reads, among its fixed tensors: `MODULE.rora_U` [out, k] and `MODULE.rora_V` [in, k].
 * @param encoder the pretrained one, whose weights PiSSA and OLoRA have not yet taken their factors from
 * @param rng the run's stream: random directions draw from a fork of their own
 */
export function withDirections(adapter: Adapter, encoder: Encoder, { k, space }: TriggerInsensitive, rng: Rng): Adapter {
  if (k === "full") return adapter;
  const directions = adaptedModules(encoder.config, adapter.trained).flatMap((name) => {
    const weight = space === "residual" ? residualOf(name, encoder.weights, adapter.fixed) : encoder.weights.get(`${name}.weight`)!;
    const own = rng.fork("rora").fork(name), count = Math.min(k, ...weight.shape);
    const { u, v } = space !== "random" ? leadingSingular(weight, k) : {
      u: randomColumns(weight.shape[0], count, own.fork("U")),
      v: randomColumns(weight.shape[1], count, own.fork("V")),
    };
    return [[`${name}.rora_U`, storedFrom(u)], [`${name}.rora_V`, storedFrom(v)]] as const;
  });
  return { ...adapter, fixed: new Map([...adapter.fixed, ...directions]) };
}

export interface Penalty {
  /** lambda Omega: []. */
  readonly value: tf.Tensor;
  /** Its gradients by the names of the factors, 2 lambda U U^T B and 2 lambda A V V^T. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
}

/** @param modules the adapted ones */
export function penaltyOf({ lambda, k, reduce }: TriggerInsensitive, modules: readonly string[], get: Lookup): Penalty {
  const factor = reduce === "mean" ? lambda / modules.length : lambda, gradients = new Map<string, tf.Tensor>();
  const squares = modules.flatMap((name) => {
    const [a, b] = [get(`${name}.lora_A`), get(`${name}.lora_B`)];
    if (k === "full") {
      gradients.set(`${name}.lora_A`, tf.mul(a, 2 * factor)).set(`${name}.lora_B`, tf.mul(b, 2 * factor));
      return [tf.sum(tf.square(a)), tf.sum(tf.square(b))];
    }
    const [u, v] = [get(`${name}.rora_U`), get(`${name}.rora_V`)];
    const along = product(a, v, false, false), across = product(u, b, true, false); // [r, k], [k, r]
    gradients.set(`${name}.lora_A`, tf.mul(product(along, v, false, true), 2 * factor));
    gradients.set(`${name}.lora_B`, tf.mul(product(u, across, false, false), 2 * factor));
    return [tf.sum(tf.square(along)), tf.sum(tf.square(across))];
  });
  return { value: tf.mul(tf.addN(squares), factor), gradients };
}
