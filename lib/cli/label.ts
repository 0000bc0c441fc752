/** What a run is called on the screen. */
import type { RunConfig } from "../experiment/config.ts";
import { percent } from "./units.ts";

/** `LoRA, backdoor 0.4 %`: method and attack, the cell of a figure. */
export function cellLabel({ method, attack }: RunConfig): string {
  const attacks = {
    "none": "clean",
    "upa": "label flips",
    "bpa": "backdoor",
    "multi-trigger": "multi-word trigger",
    "clean-label": "clean-label backdoor",
    "instruction": "instruction backdoor",
    "style": "style backdoor",
  };
  const rate = attack.name === "none" ? "" : ` ${percent(attack.poisonRate)}`;
  return `${method.name === "full" ? "FF" : "LoRA"}, ${attacks[attack.name]}${rate}`;
}

/** `LoRA r 8, backdoor 0.4 %, mr, seed 1`: one run. */
export function runLabel(config: RunConfig): string {
  const { method, task: { dataset }, seed } = config, cell = cellLabel(config);
  return `${method.name === "lora" ? cell.replace("LoRA", `LoRA r ${method.rank}`) : cell}, ${dataset}, seed ${seed}`;
}
