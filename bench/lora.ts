/** The LoRA that is timed: rank 8, alpha 16, every linear module. */
import type { Lora } from "../lib/adapter/method.ts";

export const plainLora: Lora = {
  name: "lora",
  rank: 8,
  alpha: 16,
  targets: "all",
  dropout: 0,
  init: "kaiming-uniform",
  initVariance: 1 / 3,
  zero: "B",
  trainA: true,
};
