/** A record as the rules see it: the settings that tell runs apart, and what was measured. */
import canonicalize from "canonicalize";
import { isPlain, isUsual } from "../adapter/method.ts";
import { type Confusion, isCollapsed } from "../evaluate/confusion.ts";
import { falsePositiveRate, type Metrics, metricsOf } from "../evaluate/metrics.ts";
import { isOfChain } from "../experiment/chain_rows.ts";
import type { RunConfig } from "../experiment/config.ts";
import type { SweepAttack } from "../experiment/grid.ts";
import type { Persistence } from "../experiment/persistence.ts";
import type { Profile, TaskProfile } from "../experiment/profile.ts";
import type { RunRecord } from "../experiment/record.ts";
import { variants } from "../poison/variants.ts";
import { measuredTrigger } from "../experiment/triggered.ts";
import { twinKey } from "../experiment/twin.ts";

/** Held-out rows as one run saw them. */
export interface Seen {
  readonly metrics: Metrics;
  /** Share of rows of other classes that are predicted as the target. */
  readonly asTarget: number;
}

export interface Run {
  readonly key: string;
  readonly dataset: string;
  /** Everything that is fixed in a comparison, as text: rows, training without the learning rate, model, precision. */
  readonly setting: string;
  readonly split: string;
  /** `none`, `upa`, `bpa`, ... */
  readonly attack: string;
  /** The attack without its rate, as text. */
  readonly attackSettings: string;
  readonly variant: string;
  /** Whether the attack is as the profile's figures have it, trigger included (or there is none): of the variants of an attack the main one. */
  readonly stated: boolean;
  readonly poisonRate: number;
  readonly exposures: number;
  readonly method: "full" | "lora";
  /** LoRA's settings and its head's; null for full fine-tuning. */
  readonly lora: (Omit<Extract<RunConfig["method"], { name: "lora" }>, "name"> & { readonly head: RunConfig["head"] }) | null;
  readonly learningRate: number;
  /** Whether the learning rate is the one that the profile trains this method and task with. */
  readonly main: boolean;
  /** The same of the sweep over ranks under either attack, never-poisoned runs included: the paper's has learning rates of its own. */
  readonly mainOverRanks: Readonly<Record<SweepAttack, boolean>>;
  readonly seed: number;
  /** What it shares with its never-poisoned twin, as text. */
  readonly twin: string;
  /** Mean training loss (nats) of the last epoch. */
  readonly trainingLoss: number;
  readonly collapsed: boolean;
  readonly clean: Seen;
  /** With its own trigger on every row; of a run without attack, the first that it was evaluated with. */
  readonly triggered: Seen | null;
  /** Own trigger, as text. */
  readonly trigger: string | null;
  /** With each change that it was evaluated with, by the change as text. */
  readonly changed: Readonly<Record<string, Seen>>;
}

/** What a profile says of its main runs: whose attacks they have, and which learning rates. */
export interface MainSettings extends Pick<Profile, "variant"> {
  /** Paper B's part. */
  readonly persistence?: Persistence;
  readonly tasks: readonly (Pick<TaskProfile, "learningRate" | "rankLearningRate"> & { readonly rows: Pick<TaskProfile["rows"], "dataset"> })[];
}

/**
 * Paper A's runs: those that start from others, and those that others start from, are paper B's (chains.ts). Where a task's learning rates are
 * not told, the main one is that which most runs of the method's default have.
 */
export function observe(records: readonly RunRecord[], { variant, tasks }: MainSettings = { variant: "paper", tasks: [] }): Run[] {
  const ofChain = isOfChain(records), runs = records.filter((record) => !ofChain(record)).map((record) => runOf(record, variant));
  const groups = Map.groupBy(runs, ({ setting, method }) => `${method} ${setting}`).values();
  return [...groups].flatMap((group) => {
    const [{ dataset, method }] = group, task = tasks.find(({ rows }) => rows.dataset === dataset);
    const rate = task?.learningRate[method] ?? commonest(group.filter(isDefault).map(({ learningRate }) => learningRate));
    const { upa = rate, bpa = rate } = task?.rankLearningRate ?? {};
    return group.map((run) => {
      const is = (rate: number | undefined) => run.learningRate === rate;
      return { ...run, main: is(rate), mainOverRanks: { upa: is(upa), bpa: is(bpa) } };
    });
  });
}

/** Full fine-tuning, or LoRA as the paper's main experiments have it: rank 8, alpha 16, k = 1/3. */
export function isDefault({ lora }: Run): boolean {
  return lora === null || isUsual(lora) && isPlainStart(lora);
}

/** All modules adapted, Kaiming-uniform A, B = 0, both trained, a frozen head: what the paper's sweeps share. */
export function isPlainStart(lora: NonNullable<Run["lora"]>): boolean {
  return isPlain(lora) && lora.head === "frozen";
}

function runOf(record: RunRecord, main: MainSettings["variant"]): Run {
  const { key, config, result } = record, { attack, method, train, task, evaluate, seed, variant, head, ...rest } = config;
  const { learningRate, ...training } = train, { name: _, ...lora } = method;
  const { poisonRate = 0, ...attackSettings } = attack.name === "none" ? { name: "none" as const } : attack;
  const seen = (counts: Confusion): Seen => ({
    metrics: metricsOf(counts),
    asTarget: falsePositiveRate(counts, evaluate.targetLabel), // the same share with a trigger is the attack's success
  });
  const changed = Object.fromEntries(evaluate.changes.map((change, i) => [text(change), seen(result.changed[i])]));
  const own = measuredTrigger(config), trigger = own && text(own);
  return {
    key,
    dataset: task.dataset,
    setting: text({ task, training, ...rest }),
    split: task.split,
    attack: attack.name,
    attackSettings: text(attackSettings),
    variant,
    stated: attack.name === "none" || variant === main && (attack.name !== "bpa" || attack.trigger.text === variants[main].trigger.text),
    poisonRate,
    exposures: result.ledger.exposures,
    method: method.name === "full" ? "full" : "lora", // paper A compares no others
    lora: method.name === "lora" ? { ...lora as Omit<NonNullable<Run["lora"]>, "head">, head } : null,
    learningRate,
    main: false,
    mainOverRanks: { upa: false, bpa: false },
    seed,
    twin: twinKey(config),
    trainingLoss: result.history.epochLoss.at(-1) ?? NaN,
    collapsed: isCollapsed(result.clean),
    clean: seen(result.clean),
    triggered: trigger === null ? null : changed[trigger] ?? null,
    trigger,
    changed,
  };
}

const text = (value: unknown): string => canonicalize(value)!;

function commonest(values: readonly number[]): number | undefined {
  const counts = [...Map.groupBy(values, (value) => value)].map(([value, { length }]) => ({ value, length }));
  return counts.sort((a, b) => b.length - a.length || a.value - b.value)[0]?.value;
}
