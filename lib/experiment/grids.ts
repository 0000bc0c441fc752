/** Which runs each figure and table needs. Figures share a run through its key; a never-poisoned run is every attack's null. */
import { triggerOf } from "../poison/attacks.ts";
import type { RowAttack } from "../poison/attack.ts";
import { variants } from "../poison/variants.ts";
import type { RunConfig, RunConfigInput } from "./config.ts";
import type { Profile, TaskProfile } from "./profiles.ts";
import { resolveConfig } from "./resolve.ts";

/** The runs of a profile, resolved, seed by seed; `seeds` in place of the profile's own. */
export type Grid = (profile: Profile, seeds?: readonly number[]) => RunConfig[];

type MethodInput = RunConfigInput["method"];
type AttackInput = RunConfigInput["attack"];
interface Cell {
  readonly task: TaskProfile;
  readonly method: MethodInput;
  readonly attack?: AttackInput;
  /** In place of the method's own. */
  readonly learningRate?: number;
}

/** Table E.1's attacks. */
export const furtherAttacks = ["multi-trigger", "clean-label", "instruction", "style"] as const satisfies readonly RowAttack["name"][];

/** What a never-poisoned run of the two main methods is evaluated under: every attack's trigger, and noise of two kinds. */
const nullChanges = [
  ...(["bpa", ...furtherAttacks] as const).map((name) => triggerOf(variants.paper[name](1))!),
  { kind: "character-noise" as const, rate: 0.2 },
  { kind: "word-noise" as const, rate: 0.2 },
];
const backdoorTrigger = nullChanges.slice(0, 1);

/** Figures 1 and 6: label flips. */
export const flips: Grid = grid((profile) =>
  profile.tasks.flatMap((task) =>
    task.flipRates.flatMap((poisonRate) => mainMethods(profile).map((method) => ({ task, method, attack: { name: "upa", poisonRate } })))
  )
);

/** Figures 2, 7 and 8: the backdoor. */
export const backdoor: Grid = grid((profile) =>
  profile.tasks.flatMap((task) =>
    task.backdoorExposures.flatMap((exposures) =>
      mainMethods(profile).map((method) => ({ task, method, attack: dose("bpa", exposures, profile, task) }))
    )
  )
);

/** Figures 4, 9 and 10: LoRA over ranks, alpha = rank as in the paper's released code, so that s = 1 throughout. */
export const ranks = (...attacks: SweepAttack[]): Grid =>
  grid((profile) => overAttacks(profile, attacks, profile.sweep.ranks.map((rank) => ({ name: "lora", rank, alpha: rank }))));

/** Figures 5, 11 and 12: LoRA over k of the initial variance k / n_in. */
export const initVariances = (...attacks: SweepAttack[]): Grid =>
  grid((profile) => overAttacks(profile, attacks, profile.sweep.initVariances.map((initVariance) => ({ ...lora(profile), initVariance }))));

/** Table E.1: four further attacks, and the never-poisoned runs. */
export const attacks: Grid = grid((profile) =>
  mainMethods(profile).flatMap((method) => {
    const [task] = profile.tasks;
    return [undefined, ...furtherAttacks].map((name) => ({
      task,
      method,
      attack: name && dose(name, profile.attackExposures, profile, task),
    }));
  })
);

/** Table 2 (appendix E.2): other initialisations of A, clean and with the backdoor. */
export const initialisations: Grid = grid((profile) =>
  overAttacks(
    profile,
    ["bpa"],
    (["gaussian", "xavier-normal"] as const).flatMap((init) =>
      profile.tableVariances.map((initVariance) => ({ ...lora(profile), init, initVariance }))
    ),
  )
);

/** Clean runs only, measured on validation rows: what the learning rates are chosen by. */
export const calibration: Grid = (profile, seeds = profile.calibration.seeds) =>
  grid((profile) =>
    profile.tasks.flatMap((task) =>
      mainMethods(profile).flatMap((method) => profile.calibration.learningRates[method.name].map((learningRate) => ({ task, method, learningRate })))
    )
  )(profile, seeds).map((config) => resolveConfig({ ...config, task: { ...config.task, split: "validation" }, evaluate: {} }));

/** Rank x learning rate x alpha: whether the rank's effect is the step size's. */
export const rankControls: Grid = grid((profile) =>
  [4, 32, 256].flatMap((rank) =>
    [rank, 16, 2 * rank].flatMap((alpha) =>
      [0.3, 1, 3].flatMap((factor) =>
        overAttacks(profile, ["upa", "bpa"], [{ name: "lora", rank, alpha }]).map((cell) => ({
          ...cell,
          learningRate: factor * cell.task.learningRate.lora,
        }))
      )
    )
  )
);

/** Figure 2's doses at a second learning rate for each method. */
export const backdoorControls: Grid = grid((profile) => {
  const [task] = profile.tasks;
  return task.backdoorExposures.filter((exposures) => exposures <= 120).flatMap((exposures) =>
    mainMethods(profile).map((method) => ({
      task,
      method,
      attack: dose("bpa", exposures, profile, task),
      learningRate: task.learningRate[method.name] / 2,
    }))
  );
});

/** The backdoor as the paper's text has it, as its released code does, and on rows of the other class alone. */
export const backdoorVariants: Grid = grid((profile) => {
  const [task] = profile.tasks;
  return Object.values(variants).flatMap((variant) =>
    mainMethods(profile).map((method) => ({ task, method, attack: variant.bpa(rateOf(profile.sweep.exposures, profile, task)) }))
  );
});

type SweepAttack = "upa" | "bpa";

/** Each method never poisoned, and with the sweep's dose of each attack. */
function overAttacks(profile: Profile, attacks: readonly SweepAttack[], methods: readonly MethodInput[]): Cell[] {
  const [task] = profile.tasks, { flipRate, exposures } = profile.sweep;
  const doses = { upa: { name: "upa", poisonRate: flipRate }, bpa: dose("bpa", exposures, profile, task) } as const;
  return methods.flatMap((method) => [undefined, ...attacks].map((name) => ({ task, method, attack: name && doses[name] })));
}

function mainMethods(profile: Profile) {
  return [{ name: "full" as const }, lora(profile)];
}

const lora = ({ lora }: Profile) => ({ name: "lora" as const, ...lora });

/** Poisoned exposures as a rate of the training rows. */
const rateOf = (exposures: number, { training }: Profile, { rows }: TaskProfile): number => exposures / (training.epochs * rows.trainRows);

/** An attack as the paper's text has it, with so many poisoned exposures; the clean-label attack's rate counts rows of the target class. */
function dose(name: "bpa" | typeof furtherAttacks[number], exposures: number, profile: Profile, task: TaskProfile): AttackInput {
  return variants.paper[name](rateOf(exposures, profile, task));
}

function grid(cells: (profile: Profile) => Cell[]): Grid {
  return (profile, seeds = profile.seeds) =>
    seeds.flatMap((seed) =>
      cells(profile).map(({ task, method, attack = { name: "none" }, learningRate = task.learningRate[method.name] }) => {
        const config = resolveConfig({ task: task.rows, attack, method, train: { ...profile.training, learningRate }, seed });
        if (config.attack.name !== "none") return config;
        const isTabled = task === profile.tasks[0] && isMain(config, profile);
        return resolveConfig({ ...config, evaluate: { changes: isTabled ? nullChanges : backdoorTrigger } });
      })
    );
}

/** Whether a run's method is one of the two that the figures compare, however it was spelt. */
function isMain({ method }: RunConfig, { lora: { rank, alpha } }: Profile): boolean {
  if (method.name === "full") return true;
  const { initVariance, init, targets, zero, trainA } = method;
  return method.rank === rank && method.alpha === alpha && init === "kaiming-uniform" && initVariance === 1 / 3 && targets === "all" &&
    zero === "B" && trainA;
}
