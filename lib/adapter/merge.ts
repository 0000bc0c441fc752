/** An adapted model as a plain one. Computed in float64. */
import type { StoredTensor } from "../model/safetensors.ts";
import { mergedDora } from "./dora.ts";
import { addProduct } from "./low_rank.ts";
import { type Method, scaleOf } from "./method.ts";

type Tensors = ReadonlyMap<string, StoredTensor>;

/**
 * The encoder's weights with the adapters in them, and the head: what full fine-tuning would train.
 * @param weights the encoder's, before training
 * @param trained an adapter's trained tensors, as training left them
 * @param fixed the same adapter's
 */
export function mergeAdapter(method: Method, weights: Tensors, trained: Tensors, fixed: Tensors): Map<string, StoredTensor> {
  const merged = new Map(weights);
  for (const [name, tensor] of [...fixed, ...trained]) if (/^(classifier|pooler\.dense)\.(weight|bias)$/.test(name)) merged.set(name, tensor);
  if (method.name === "full") return new Map([...merged, ...trained]);
  for (const [key, b] of trained) {
    if (!key.endsWith(".lora_B")) continue;
    const name = key.slice(0, -".lora_B".length), target = `${name}.weight`;
    const weight = fixed.get(target) ?? merged.get(target), a = trained.get(`${name}.lora_A`) ?? fixed.get(`${name}.lora_A`);
    if (!weight || !a) throw new TypeError(`Cannot merge as the adapter's module must have a weight and both factors: ${name} has not`);
    const sum = addProduct(weight, b, a, scaleOf(method));
    const data = method.name === "dora" ? mergedDora(sum, trained.get(`${name}.lora_magnitude`)!) : sum;
    merged.set(target, { shape: weight.shape, data: Float32Array.from(data) });
  }
  return merged;
}
