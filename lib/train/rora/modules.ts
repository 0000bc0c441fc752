/** Which modules RoRA is about: those with a pretrained weight and low-rank factors, so not those of a fresh head. */
import { type BertConfig, linearModules, weightShapes } from "../../model/encoder.ts";
import type { StoredTensor } from "../../model/safetensors.ts";

type Tensors = ReadonlyMap<string, StoredTensor>;

/** Names, bottom to top, by the names of the trained tensors. */
export function adaptedModules(config: BertConfig, trained: { has(name: string): boolean }): string[] {
  const pretrained = weightShapes(config);
  return linearModules(config).map(({ name }) => name).filter((name) => pretrained.has(`${name}.weight`) && trained.has(`${name}.lora_B`));
}

/** What a method leaves of a module's weight beside its factors: less than the pretrained one where they start as a part of it (PiSSA, OLoRA). */
export function residualOf(module: string, pretrained: Tensors, fixed: Tensors): StoredTensor {
  return (fixed.get(`${module}.weight`) ?? pretrained.get(`${module}.weight`))!;
}
