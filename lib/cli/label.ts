/** What a run is called on the screen. */
import { methodTitles } from "../adapter/method.ts";
import type { RunConfig, Stage } from "../experiment/config.ts";
import { methodLabel } from "../experiment/method_label.ts";
import { percent } from "../math/percent.ts";

const attacks = {
  "none": "clean",
  "upa": "label flips",
  "bpa": "backdoor",
  "multi-trigger": "multi-word trigger",
  "clean-label": "clean-label backdoor",
  "instruction": "instruction backdoor",
  "style": "style backdoor",
} as const;

/** `LoRA, backdoor 0.4 %`: method and attack, the cell of a figure; of a run that starts from another, that one's attack. */
export function cellLabel({ start, ...config }: RunConfig): string {
  return `${methodLabel(config)}, ${start ? `after ${attackLabel(start.run)} on ${start.run.task.dataset}` : attackLabel(config)}`;
}

function attackLabel({ attack }: Pick<Stage, "attack">): string {
  if (attack.name === "none") return attacks.none;
  const { text = "", place = "" } = "trigger" in attack ? attack.trigger : {};
  return `${attacks[attack.name]} ${percent(attack.poisonRate)}${place === "inner" ? ` "${text}"` : ""}`;
}

/** `LoRA r 8, backdoor 0.4 %, mr, seed 1`: one run. */
export function runLabel(config: RunConfig): string {
  const { method, task: { dataset }, seed } = config, cell = cellLabel(config), name = methodTitles[method.name];
  return `${method.name === "full" ? cell : cell.replace(name, `${name} r ${method.rank}`)}, ${dataset}, seed ${seed}`;
}
