/** What every grid of runs is made of: cells, doses, and the evaluation that goes with a cell. */
import canonicalize from "canonicalize";
import { hasUsualVariance, isPlain } from "../adapter/method.ts";
import { triggerOf } from "../poison/attacks.ts";
import type { RowAttack } from "../poison/attack.ts";
import { variants } from "../poison/variants.ts";
import type { RunConfig, RunConfigInput } from "./config.ts";
import type { Profile, TaskProfile } from "./profile.ts";
import { rowsRead } from "./exposure.ts";
import { resolveConfig } from "./resolve.ts";

/** The runs of a profile, resolved, seed by seed; `seeds` in place of the profile's own. */
export type Grid = (profile: Profile, seeds?: readonly number[]) => RunConfig[];

export type MethodInput = RunConfigInput["method"];
type AttackInput = RunConfigInput["attack"];
export interface Cell {
  readonly task: TaskProfile;
  readonly method: MethodInput;
  readonly attack?: AttackInput;
  /** In place of the method's own. */
  readonly learningRate?: number;
}

/** Table E.1's attacks. */
export const furtherAttacks = ["multi-trigger", "clean-label", "instruction", "style"] as const satisfies readonly RowAttack["name"][];

/** What held-out rows are changed by beside an attack's own trigger: noise of two kinds, and every attack's trigger for its null. */
const noise = [{ kind: "character-noise", rate: 0.2 }, { kind: "word-noise", rate: 0.2 }] as const;
const triggersOf = ({ variant }: Profile) => (["bpa", ...furtherAttacks] as const).map((name) => triggerOf(variants[variant][name](1))!);

/** The same for the first seeds of a profile only, unless seeds are asked for. */
export function some(count: number, whole: Grid): Grid {
  return (profile, seeds = profile.seeds.slice(0, count)) => whole(profile, seeds);
}

export type SweepAttack = "upa" | "bpa";

/** Each method never poisoned, and with the sweep's dose of each attack. */
export function overAttacks(
  profile: Profile,
  attacks: readonly SweepAttack[],
  methods: readonly MethodInput[],
  task: TaskProfile = profile.tasks[0],
): Cell[] {
  const { flipRate, exposures } = profile.sweep;
  const doses = { upa: flips(flipRate, profile), bpa: dose("bpa", exposures, profile, task) } as const;
  return methods.flatMap((method) => [undefined, ...attacks].map((name) => ({ task, method, attack: name && doses[name] })));
}

/** The two methods that the figures compare. */
export function mainMethods(profile: Profile) {
  return [{ name: "full" as const }, lora(profile)];
}

/** LoRA as the profile has it. */
export const lora = ({ lora }: Profile) => ({ name: "lora" as const, ...lora });

/** Poisoned exposures as a rate of the training rows. */
export const rateOf = (exposures: number, { training }: Profile, { rows }: TaskProfile): number => exposures / rowsRead(training, rows.trainRows);

/** Label flips as the profile has them. */
export const flips = (poisonRate: number, { variant }: Profile): AttackInput => variants[variant].upa(poisonRate);

/** An attack as the profile has it, with so many poisoned exposures; the clean-label attack's rate counts rows of the target class. */
export function dose(name: "bpa" | typeof furtherAttacks[number], exposures: number, profile: Profile, task: TaskProfile): AttackInput {
  return variants[profile.variant][name](rateOf(exposures, profile, task));
}

/** A grid out of the cells of one seed. */
export function grid(cells: (profile: Profile) => Cell[]): Grid {
  return (profile, seeds = profile.seeds) =>
    seeds.flatMap((seed) =>
      cells(profile).map(
        ({ task, method, attack = { name: "none" }, learningRate = task.learningRate[method.name === "full" ? "full" : "lora"] }) => {
          const { model, training, evaluation } = profile;
          const config = resolveConfig({ task: task.rows, model, attack, method, train: { ...training, learningRate }, evaluate: evaluation, seed });
          return resolveConfig({
            ...config,
            evaluate: { ...config.evaluate, changes: [...config.evaluate.changes, ...changesFor(config, task, profile)] },
          });
        },
      )
    );
}

/** A function of the run alone, whichever figure asks for it: figures share runs. Evaluations cost time, so only the main runs get all. */
function changesFor(config: RunConfig, task: TaskProfile, profile: Profile): RunConfig["evaluate"]["changes"] {
  const { attack } = config, triggers = triggersOf(profile), isTabled = isFirst(task, profile) && isMain(config, profile);
  if (attack.name === "none") return isTabled ? [...triggers, ...noise] : triggers.slice(0, 1);
  return isTabled && attack.name === "upa" && attack.poisonRate === profile.sweep.flipRate ? [...noise] : [];
}

/** By its rows: a sweep may have its own object of the same task. */
const isFirst = ({ rows }: TaskProfile, { tasks }: Profile): boolean => canonicalize(rows) === canonicalize(tasks[0].rows);

/** Whether a run's method is one of the two that the figures compare, however it was spelt. */
function isMain({ method }: RunConfig, { lora: { rank, alpha } }: Profile): boolean {
  if (method.name !== "lora") return method.name === "full";
  return method.rank === rank && method.alpha === alpha && isPlain(method) && hasUsualVariance(method);
}
