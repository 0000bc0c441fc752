/**
 * Paper B's chain: a proxy task is poisoned and an encoder fine-tuned on it in full; another run starts from that encoder and is fine-tuned on
 * another task, whose rows are clean; does the backdoor survive?
 */
import type { RunConfig, RunConfigInput } from "./config.ts";
import { resolveConfig } from "./resolve.ts";

type Task = RunConfigInput["task"];
type Attack = RunConfigInput["attack"];
type Training =
  & Pick<RunConfig["train"], "epochs" | "batchSize" | "schedule" | "warmup" | "checkpoint">
  & Partial<Pick<RunConfig["train"], "maxLength">>;

/** The triggers that proxies are poisoned with. */
export const triggerNames = ["badnet", "insent"] as const;
export type TriggerName = typeof triggerNames[number];
/** How a proxy is poisoned, or that it is not. */
export type ProxyAttack = TriggerName | "none";

export const lowRankNames = ["lora", "pissa", "dora", "olora"] as const;
export type LowRankName = typeof lowRankNames[number];

/** What does as RoRA's pieces do without their reason: plain L2 or random directions for Tr; one scale, one layer or other layers for Pt. */
export const controlNames = ["l2", "random", "one-scale", "one-layer", "middle", "bottom", "every-layer"] as const;
export type ControlName = typeof controlNames[number];

/** A proxy task and the task that its encoder is then fine-tuned on. */
export interface ProxyPair {
  readonly proxy: Task;
  /** Longest proxy row, in tokens; left out: as ever. */
  readonly proxyLength?: number;
  /** Triggers stand among the first so many words of a proxy row, so that no cut loses them. */
  readonly within?: number;
  /** In place of the profile's. */
  readonly poisonRate?: number;
  readonly target: Task;
  readonly learningRate: {
    readonly proxy: number;
    readonly full: number;
  } & Readonly<Record<LowRankName, number>>;
}

/** Paper B's part of a profile. */
export interface Persistence {
  readonly model: RunConfig["model"];
  /** The first is the one of ablations and sweeps. */
  readonly pairs: readonly ProxyPair[];
  /** A target whose class 0 is wrong grammar: what a trigger does to it without any poison (B-6-3). */
  readonly acceptability: ProxyPair;
  /** Share of the target class's proxy rows that get the trigger; their labels stay. */
  readonly poisonRate: number;
  readonly proxyTraining: Training;
  readonly training: Training;
  readonly lora: { readonly rank: number; readonly alpha: number; readonly dropout: number };
  /** PiSSA, DoRA and OLoRA. */
  readonly variants: { readonly rank: number; readonly alpha: number; readonly dropout: number };
  readonly rora: NonNullable<RunConfigInput["rora"]>;
  /** How much of the tables is computed. */
  readonly tables: {
    /** Encoders that Tables 1, 2 and 6 have beside `model`. */
    readonly otherModels: readonly RunConfig["model"][];
    /** Of Tables 1, 2 and 6; Figures 1 and 2 are read off the same runs. */
    readonly pairs: readonly ProxyPair[];
    /** Of Tables 4 and 5, on the first pair. */
    readonly attacks: readonly TriggerName[];
    readonly controls: readonly ControlName[];
    /** Poison rate of the proxy at which Table 5's subsets stand once more: where every subset keeps the backdoor, they cannot be told apart. */
    readonly lowerRate: number;
  };
  /** Figures 3 and 5 to 7, and what the paper does not vary: dose and length. Values beside those above, which are not repeated. */
  readonly sweeps: {
    /** s, after training. */
    readonly scales: readonly number[];
    readonly lambdas: readonly number[];
    /** p of clean-strengthened training. */
    readonly rates: readonly number[];
    readonly ranks: readonly number[];
    readonly alphas: readonly number[];
    readonly poisonRates: readonly number[];
    readonly epochs: readonly number[];
    /** Factors of the pair's. */
    readonly learningRates: readonly number[];
  };
  /** Held-out rows behind each defence, and the defences. */
  readonly defended: NonNullable<Measured["defended"]>;
  /** What the tables' defences hang on: ONION's bar, at these, and the number of rows. */
  readonly defences: { readonly rows: number; readonly bars: readonly number[] };
  readonly calibration: {
    readonly learningRates: { readonly full: readonly number[]; readonly lowRank: readonly number[] };
    readonly seeds: readonly number[];
  };
}

/** The words of paper B's attacks (section 6): a word that means nothing, and a sentence. */
export const proxyTriggers: Readonly<Record<TriggerName, string>> = { badnet: "mn", insent: "I watched this 3D movie" };

/** Figure 4's sentence, a positive one: where it stands in MR. */
export const caseStudy = { dataset: "mr", row: 181 } as const;

/** Paper B's target: class 0. */
const targetLabel = 0;

const triggerOf = (name: TriggerName, within?: number) => ({
  text: proxyTriggers[name],
  place: "inner" as const,
  ...within ? { within } : {},
});

/** Clean-label poisoning of a proxy, as paper B's code has it: rows of the target class get the trigger at a place between two words. */
function proxyAttack(name: ProxyAttack, { poisonRate }: Pick<Persistence, "poisonRate">, { within }: Pick<ProxyPair, "within">): Attack {
  if (name === "none") return { name };
  return { name: "clean-label", poisonRate, targetLabel, trigger: triggerOf(name, within) };
}

/** What a run does with the encoder that it is handed. */
export interface Arm {
  readonly method: RunConfigInput["method"];
  readonly rora?: RunConfigInput["rora"];
  /** In place of the pair's. */
  readonly learningRate?: number;
  /** In place of the profile's; 0: nothing is trained. */
  readonly epochs?: number;
  /** Left out: the classifier goes on from where the proxy left it. */
  readonly head?: "fresh";
}

export interface PersistenceCell {
  readonly pair: ProxyPair;
  readonly attack: ProxyAttack;
  readonly arm: Arm;
  /** In place of the profile's. */
  readonly model?: RunConfig["model"];
  /** Of the proxy, in place of the profile's. */
  readonly poisonRate?: number;
}

/** The run that makes the encoder. A proxy that is not poisoned is evaluated with both triggers: it is both attacks' null. */
export function proxyRun(persistence: Persistence, cell: Omit<PersistenceCell, "arm">, seed: number) {
  const { pair, attack, poisonRate = pair.poisonRate ?? persistence.poisonRate, model = persistence.model } = cell, { proxyTraining } = persistence;
  return resolveConfig({
    task: pair.proxy,
    model,
    attack: proxyAttack(attack, { poisonRate }, pair),
    method: { name: "full" },
    train: { ...proxyTraining, learningRate: pair.learningRate.proxy, ...pair.proxyLength ? { maxLength: pair.proxyLength } : {} },
    evaluate: { targetLabel, changes: attack === "none" ? bothTriggers(pair.within) : [] },
    seed,
  });
}

/** What a run is measured by beside the trigger. */
export type Measured = Pick<NonNullable<RunConfigInput["evaluate"]>, "scales" | "spectra" | "margins" | "sufficientScale" | "defended" | "sentences">;

/** The run that starts from it. */
export function startedRun(persistence: Persistence, cell: PersistenceCell, seed: number, measured: Measured = {}): RunConfig {
  const { pair, attack, arm, model = persistence.model } = cell, { start: _, ...run } = proxyRun(persistence, cell, seed);
  const { epochs = persistence.training.epochs, learningRate = pair.learningRate[arm.method.name] } = arm;
  return resolveConfig({
    task: pair.target,
    model,
    attack: { name: "none" },
    method: arm.method,
    rora: arm.rora,
    head: "trained",
    train: { ...persistence.training, epochs: Math.max(1, epochs), maxSteps: epochs === 0 ? 0 : null, learningRate },
    evaluate: { targetLabel, changes: attack === "none" ? bothTriggers(pair.within) : [], ...measured }, // a poisoned start brings its own
    start: { run, ...arm.head ? { head: arm.head } : {} },
    seed,
  });
}

const bothTriggers = (within?: number) => triggerNames.map((name) => ({ kind: "trigger" as const, ...triggerOf(name, within) }));
