/**
 * What the low-rank methods share: a module computes with W + s B A, s = alpha / r, A: [r, in], B: [out, r]. They differ in where A, B and
 * W start.
 */
import { tf } from "../tensor/tf.ts";
import { addBias, linear, lowRankLinear } from "../tensor/ops.ts";
import { withPrecision } from "../tensor/precision.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import type { Adapter, Lookup, Training } from "./adapter.ts";
import { plainLinear } from "./full.ts";
import { type LowRankMethod, scaleOf } from "./method.ts";
import { type Module, type Start, targetModules, untrained } from "./start.ts";

/** Where one module starts. */
export interface Factors {
  readonly a: StoredTensor;
  readonly b: StoredTensor;
  /** What is left of the module's weight, where the factors took something of it: W - s B A. */
  readonly weight?: StoredTensor;
}

/** @param trainA whether A is trained, or stays where it starts */
export function lowRankAdapter(method: LowRankMethod, start: Start, factorsOf: (module: Module) => Factors, trainA = true): Adapter {
  const { head, headTrained } = start;
  const trained = new Map<string, StoredTensor>(headTrained ? head : []), kept = new Map<string, StoredTensor>(headTrained ? [] : head);
  const modules = targetModules(method, start);
  for (const module of modules) {
    const { a, b, weight } = factorsOf(module);
    (trainA ? trained : kept).set(`${module.name}.lora_A`, a);
    trained.set(`${module.name}.lora_B`, b);
    if (weight) kept.set(`${module.name}.weight`, weight);
  }
  const scale = scaleOf(method), { dropout = 0 } = method, adapted = new Set(modules.map(({ name }) => name));
  return {
    kind: `${method.name}, scale ${scale}${dropout ? `, dropout ${dropout}` : ""}`,
    trained,
    ...untrained(start, kept),
    linear(get, name, x, training) {
      return adapted.has(name) ? addBias(lowRankModule(get, name, x, scale, dropout, training), get(`${name}.bias`)) : plainLinear(get, name, x);
    },
  };
}

/** x (W + s B A)^T: one product where the two paths get the same input, two where training drops something of one of them. */
function lowRankModule(get: Lookup, name: string, x: tf.Tensor, scale: number, dropout: number, training?: Training): tf.Tensor {
  const [weight, a, b] = ["weight", "lora_A", "lora_B"].map((part) => get(`${name}.${part}`));
  if (!training || dropout === 0 && !training.pretrained) return lowRankLinear(x, weight, a, b, scale);
  const multiply = (x: tf.Tensor) => linear(x, weight), dropped = training.drop(x, dropout);
  const update = withPrecision("f32", () => linear(tf.mul(linear(dropped, a), scale), b)); // the update is not rounded, as in lowRankLinear
  return tf.add(training.pretrained?.(x, multiply) ?? multiply(x), update);
}

/** W + scale B A for W [out, in], B [out, r], A [r, in], row-major, in float64. */
export function addProduct({ data: weight }: StoredTensor, b: StoredTensor, a: StoredTensor, scale: number): Float64Array {
  const [rank, size] = a.shape, [out] = b.shape, sum = Float64Array.from(weight);
  for (let i = 0; i < out; i++) {
    for (let q = 0; q < rank; q++) {
      const factor = scale * b.data[i * rank + q];
      for (let j = 0; j < size; j++) sum[i * size + j] += factor * a.data[q * size + j];
    }
  }
  return sum;
}

/** What is left of a weight without its factors' product: W - s B A. */
export function withoutProduct(weight: StoredTensor, b: StoredTensor, a: StoredTensor, scale: number): StoredTensor {
  return { shape: weight.shape, data: Float32Array.from(addProduct(weight, b, a, -scale)) };
}
