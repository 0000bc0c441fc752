/**
 * Distances in weight space. For LoRA that is dW = s B A of each module, never (A, B): factors may differ while their product does not, and
 * only dW can be set beside full fine-tuning's.
 */
import { scaleOf } from "../../adapter/method.ts";
import type { TangentModel } from "../../ntk/encoder_tangents.ts";
import type { StoredTensor } from "../../model/safetensors.ts";
import { product } from "../../tensor/product.ts";
import { tf } from "../../tensor/tf.ts";
import type { Distance } from "../study_record.ts";
import { groupOf, isMatched } from "./modules.ts";

type Weights = ReadonlyMap<string, StoredTensor>;
type Model = Pick<TangentModel, "adapter" | "method">;

/** The change of a weight since the start, flat: of `MODULE.weight` for a pair of factors, of the tensor itself otherwise. */
function displacement({ adapter, method }: Model, weights: Weights, name: string): Float32Array {
  const b = weights.get(`${name.replace(/\.weight$/, "")}.lora_B`);
  if (!b) {
    const start = adapter.trained.get(name)!.data;
    return weights.get(name)!.data.map((x, i) => x - start[i]);
  }
  const factor = name.replace(/\.weight$/, ".lora_A"), a = weights.get(factor) ?? adapter.fixed.get(factor)!;
  const scale = method.name === "lora" ? scaleOf(method) : 1;
  const tensors = [tf.tensor(b.data, [...b.shape]), tf.tensor(a.data, [...a.shape])], merged = product(tensors[0], tensors[1], false, false);
  const data = (merged.dataSync() as Float32Array).map((x) => scale * x); // it starts at 0, as one of its factors does
  tf.dispose([...tensors, merged]);
  return data;
}

/** Names of the weights that training changes: `MODULE.weight` for each pair of factors. */
function changedWeights({ adapter }: Model): string[] {
  return [...new Set([...adapter.trained.keys()].map((name) => name.replace(/\.lora_[AB]$/, ".weight")))];
}

export interface Distances {
  readonly groups: Record<string, Distance>;
  readonly matched: Distance;
  readonly all: Distance;
}

/** |dW| of the first model and |dW - dW~| to the second, in groups and together; sums in float64. */
export function distancesBetween(model: Model, first: Weights, second: Weights): Distances {
  const squares = new Map<string, [moved: number, apart: number]>();
  for (const name of changedWeights(model)) {
    const one = displacement(model, first, name), other = displacement(model, second, name);
    const sums = squares.get(groupOf(name)) ?? squares.set(groupOf(name), [0, 0]).get(groupOf(name))!;
    for (let i = 0; i < one.length; i++) {
      sums[0] += one[i] * one[i];
      sums[1] += (one[i] - other[i]) ** 2;
    }
  }
  const over = (take: (group: string) => boolean): Distance => {
    const taken = [...squares].filter(([group]) => take(group)).map(([, sums]) => sums);
    return { moved: Math.sqrt(taken.reduce((sum, [moved]) => sum + moved, 0)), apart: Math.sqrt(taken.reduce((sum, [, apart]) => sum + apart, 0)) };
  };
  return {
    groups: Object.fromEntries([...squares.keys()].map((group) => [group, over((one) => one === group)])),
    matched: over(isMatched),
    all: over(() => true),
  };
}
