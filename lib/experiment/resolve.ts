/** From what a caller writes to what a run sees: defaults filled in, checked as a whole, one spelling for each set of numbers. */
import canonicalize from "canonicalize";
import { RunConfig } from "./config.ts";
import { pairSeparator } from "../data/names.ts";
import { configError } from "./config_errors.ts";
import { datasets, models } from "./inputs.ts";
import { knownKeys } from "./schema_walk.ts";
import type { Attack } from "../poison/attack.ts";
import { triggerOf } from "../poison/attacks.ts";
import { isTrigger } from "../poison/change.ts";
import { variants } from "../poison/variants.ts";

/**
 * A config with every field present, or an error that says what was expected and what came. Configs that give the same numbers
 * resolve to the same value: a poison rate of 0 becomes the attack `none`, so that figures share their clean runs, and fields that
 * nothing reads take one fixed value.
 */
export function resolveConfig(input: unknown): RunConfig {
  const parsed = RunConfig.safeParse(input);
  if (!parsed.success) throw configError(parsed.error.issues, input, (path) => knownKeys(RunConfig, path, input));
  checkTogether(parsed.data);
  return withVariant(normalise(parsed.data), (input as { variant?: RunConfig["variant"] }).variant);
}

/** Fills in whose attack it is: the first variant with these settings, whatever the trigger's words, the target and the rate. */
function withVariant(config: RunConfig, said: RunConfig["variant"] | undefined): RunConfig {
  const names = variantsOf(config.attack);
  must(said === undefined || names.includes(said), `variant must be ${names.join(" or ")}, which the attack's settings are`, said ?? "");
  return { ...config, variant: names[0] };
}

function variantsOf(attack: RunConfig["attack"]): RunConfig["variant"][] {
  if (attack.name === "none") return ["paper", "code", "controlled"];
  const { name, poisonRate } = attack, wordless = { targetLabel: 0, words: [] };
  const settings = (one: Attack) => canonicalize({ ...one, ...wordless, trigger: "trigger" in one ? { ...one.trigger, text: "" } : null });
  const names = (["paper", "code", "controlled"] as const).filter((variant) => settings(variants[variant][name](poisonRate)) === settings(attack));
  return names.length ? names : ["custom"];
}

function checkTogether({ task, model, attack, method, train, evaluate }: RunConfig): void {
  const { classes } = datasets[task.dataset], { width, positions } = models[model];
  checkRows(task);
  for (const [part, { maxLength }] of Object.entries({ train, evaluate })) {
    const fits = maxLength === null || 3 <= maxLength && maxLength <= positions;
    must(fits, `${part}.maxLength must be from 3 to the ${positions} positions of ${model}`, maxLength!);
  }
  if (method.name === "lora") must(method.rank <= width, `method.rank must be at most ${width}, the width of ${model}`, method.rank);
  must(evaluate.targetLabel < classes, `evaluate.targetLabel must be one of the ${classes} classes of ${task.dataset}, from 0`, evaluate.targetLabel);
  if (!("targetLabel" in attack)) return;
  must(attack.targetLabel < classes, `attack.targetLabel must be one of the ${classes} classes of ${task.dataset}, from 0`, attack.targetLabel);
  must(evaluate.targetLabel === attack.targetLabel, `evaluate.targetLabel must be attack.targetLabel (${attack.targetLabel})`, evaluate.targetLabel);
}

function checkRows({ dataset, trainRows, validationRows, testRows, split }: RunConfig["task"]): void {
  const { rows, heldOut } = datasets[dataset];
  if (heldOut === null) {
    const asked = trainRows + validationRows + testRows;
    must(asked <= rows, `${dataset} has ${rows} rows for training, validation and test together`, asked);
  } else {
    must(trainRows + validationRows <= rows, `${dataset} has ${rows} rows for training and validation together`, trainRows + validationRows);
    must(testRows <= heldOut, `${dataset} has ${heldOut} rows for test`, testRows);
  }
  must(split === "test" || validationRows > 0, "task.validationRows must be at least 1 where they are evaluated", validationRows);
}

function must(holds: boolean, what: string, came: number | string): void {
  if (!holds) throw new RangeError(`Cannot resolve config as ${what}: ${came}`);
}

function normalise(config: RunConfig): RunConfig {
  const { task, attack, method, head, train, evaluate } = config, changes = changesOf(config);
  return {
    ...config,
    train: { ...train, maxSteps: reachedSteps(config) },
    task: datasets[task.dataset].pairs ? task : { ...task, pairSeparator }, // nothing else reads it
    attack: attack.name !== "none" && attack.poisonRate === 0 ? { name: "none" } : attack,
    head: method.name === "full" ? "trained" : head, // full fine-tuning trains the head whatever the config says
    evaluate: {
      changes,
      targetLabel: changes.some(isTrigger) ? evaluate.targetLabel : 1, // only triggered rows have a target
      maxLength: evaluate.maxLength === train.maxLength ? null : evaluate.maxLength,
    },
  };
}

/** A limit that training does not reach is none. */
function reachedSteps({ task, train: { epochs, batchSize, maxSteps } }: RunConfig): number | null {
  return maxSteps !== null && maxSteps < epochs * Math.ceil(task.trainRows / batchSize) ? maxSteps : null;
}

/** Each change once, in the order given; behind them the trigger of the attack, which its run (and the clean run beside it) is measured with. */
function changesOf({ attack, evaluate }: RunConfig): RunConfig["evaluate"]["changes"] {
  const trigger = triggerOf(attack);
  const changes = new Map([...evaluate.changes, ...(trigger ? [trigger] : [])].map((change) => [canonicalize(change), change]));
  return [...changes.values()];
}
