/** Which modules RoRA is about: those with a pretrained weight and low-rank factors, so not a fresh classifier's. */
import { type BertConfig, linearModules } from "../../model/encoder.ts";

/** Names, bottom to top, by the names of the trained tensors. */
export function adaptedModules(config: BertConfig, trained: { has(name: string): boolean }): string[] {
  return linearModules(config).map(({ name }) => name).filter((name) => trained.has(`${name}.lora_B`));
}
