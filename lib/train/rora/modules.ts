/** Which modules RoRA is about: those with a pretrained weight and low-rank factors, so not those of a fresh head. */
import { type BertConfig, linearModules, weightShapes } from "../../model/encoder.ts";

/** Names, bottom to top, by the names of the trained tensors. */
export function adaptedModules(config: BertConfig, trained: { has(name: string): boolean }): string[] {
  const pretrained = weightShapes(config);
  return linearModules(config).map(({ name }) => name).filter((name) => pretrained.has(`${name}.weight`) && trained.has(`${name}.lora_B`));
}
