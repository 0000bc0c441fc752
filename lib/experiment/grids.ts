/** Which runs each figure and table of paper A needs. Figures share a run through its key; a never-poisoned run is every attack's null. */
import { dose, flips as flipped, furtherAttacks, type Grid, grid, lora, mainMethods, overAttacks, type SweepAttack } from "./grid.ts";
import { resolveConfig } from "./resolve.ts";

/** Figures 1 and 6: label flips. */
export const flips: Grid = grid((profile) =>
  profile.tasks.flatMap((task) =>
    task.flipRates.flatMap((poisonRate) => mainMethods(profile).map((method) => ({ task, method, attack: flipped(poisonRate, profile) })))
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

/**
 * Figures 4, 9 and 10: LoRA over ranks, alpha = rank as in the paper's released code, so that s = 1 throughout. Where the attacks have learning
 * rates of their own, each has never-poisoned runs of its own.
 */
export const ranks = (...attacks: SweepAttack[]): Grid =>
  grid((profile) => {
    const { ranks, tasks } = profile.sweep, methods = ranks.map((rank) => ({ name: "lora" as const, rank, alpha: rank }));
    return (tasks?.ranks ?? profile.tasks.slice(0, 1)).flatMap((task) => {
      const byRate = Map.groupBy(attacks, (name) => task.rankLearningRate?.[name]);
      return [...byRate].flatMap(([learningRate, some]) => overAttacks(profile, some, methods, task).map((cell) => ({ ...cell, learningRate })));
    });
  });

/** Figures 5, 11 and 12: LoRA over k of the initial variance k / n_in. */
export const initVariances = (...attacks: SweepAttack[]): Grid =>
  grid((profile) => {
    const { initVariances, tasks } = profile.sweep, methods = initVariances.map((initVariance) => ({ ...lora(profile), initVariance }));
    return (tasks?.initVariances ?? profile.tasks.slice(0, 1)).flatMap((task) => overAttacks(profile, attacks, methods, task));
  });

/** Table E.1: four further attacks at each of their doses, and the never-poisoned runs. */
export const attacks: Grid = (profile, seeds = profile.attackSeeds) =>
  grid((profile) =>
    mainMethods(profile).flatMap((method) => {
      const [task] = profile.tasks;
      const doses = furtherAttacks.flatMap((name) => profile.attackExposures[name].map((exposures) => dose(name, exposures, profile, task)));
      return [undefined, ...doses].map((attack) => ({ task, method, attack }));
    })
  )(profile, seeds);

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
