/** The runs that claims need beside the figures: what else could be behind an effect, and what the appendix says of LoRA. */
import { createRng } from "../math/random.ts";
import { variants } from "../poison/variants.ts";
import { type Cell, dose, flips, furtherAttacks, type Grid, grid, lora, mainMethods, overAttacks, rateOf, some } from "./grid.ts";
import { models } from "./inputs.ts";
import type { Profile, TaskProfile } from "./profile.ts";

/** Of `rankControls`: where the learning rate varies, too. */
const controlledRanks = [4, 32, 256];

/**
 * Rank x learning rate x alpha: whether the rank's effect is the step size's. At the usual rate every rank of the sweep, with alpha = r and alpha = 16;
 * at some ranks three rates, and alpha = 2r beside.
 */
export const rankControls: Grid = some(
  5,
  grid((profile) =>
    [...new Set([...profile.sweep.ranks, ...controlledRanks])].flatMap((rank) => {
      const isControlled = controlledRanks.includes(rank);
      const alphas = new Set([rank, 16, ...isControlled ? [2 * rank] : []]), factors = isControlled ? [0.3, 1, 3] : [1];
      return [...alphas].flatMap((alpha) =>
        factors.flatMap((factor) =>
          overAttacks(profile, ["upa", "bpa"], [{ name: "lora", rank, alpha }]).map((cell) => ({
            ...cell,
            learningRate: factor * cell.task.learningRate.lora,
          }))
        )
      );
    })
  ),
);

/** A dose between one at which the backdoor hardly takes and one at which it has taken over. */
const around = (exposures: number) => [exposures / 3, exposures, exposures * 8 / 3];

/** Half of each method's learning rate, at which attacks stand once more. */
const atHalfRate = (profile: Profile, task: TaskProfile) =>
  mainMethods(profile).map((method) => ({ task, method, learningRate: task.learningRate[method.name] / 2 }));

/** One learning rate for both methods: between their own, the geometric mean to one digit. */
const atOneRate = (profile: Profile, task: TaskProfile) => {
  const { full, lora } = task.learningRate, learningRate = Number(Math.sqrt(full * lora).toPrecision(1));
  return mainMethods(profile).map((method) => ({ task, method, learningRate }));
};

/** Figure 1's rates, half of the sweeps' and the sweeps', at other learning rates; the never-poisoned runs are those that losses are matched by. */
export const flipControls: Grid = some(
  5,
  grid((profile) => {
    const [task] = profile.tasks, { flipRate } = profile.sweep;
    return [undefined, flipRate / 2, flipRate].flatMap((rate) =>
      [...atHalfRate(profile, task), ...atOneRate(profile, task)].map((cell) => ({
        ...cell,
        attack: rate === undefined ? rate : flips(rate, profile),
      }))
    );
  }),
);

/** Figure 2's doses at half the learning rates, and three of them at one rate for both methods. */
export const backdoorControls: Grid = some(
  5,
  grid((profile) => {
    const [task] = profile.tasks, { exposures } = profile.sweep;
    const at = (cells: readonly Cell[], doses: readonly number[]) =>
      doses.flatMap((exposures) => cells.map((cell) => ({ ...cell, attack: dose("bpa", exposures, profile, task) })));
    return [
      ...at(atHalfRate(profile, task), task.backdoorExposures.filter((exposures) => exposures <= 120)),
      ...at(atOneRate(profile, task), around(exposures)),
    ];
  }),
);

/**
 * The backdoor as the paper's text has it, as its released code does, and on rows of the other class alone: there, where no chance decides how many labels
 * change, at a dose on either side as well.
 */
export const backdoorVariants: Grid = grid((profile) => {
  const [task] = profile.tasks, { exposures } = profile.sweep;
  const at = (attack: (rate: number) => Cell["attack"], exposures: number) =>
    mainMethods(profile).map((method) => ({ task, method, attack: attack(rateOf(exposures, profile, task)) }));
  return [
    ...Object.values(variants).flatMap((variant) => at(variant.bpa, exposures)),
    ...around(exposures).filter((dose) => dose !== exposures).flatMap((dose) => at(variants.controlled.bpa, dose)),
  ];
});

/** Table E.1's attacks and label flips as the released code does them: a coin for each row, its triggers, its own negatives. */
export const attackVariants: Grid = some(
  5,
  grid((profile) => {
    const [task] = profile.tasks, { code } = variants;
    const doses = furtherAttacks.flatMap((name) => profile.attackExposures[name].map((exposures) => code[name](rateOf(exposures, profile, task))));
    return mainMethods(profile).flatMap((method) => [...doses, code.upa(profile.sweep.flipRate)].map((attack) => ({ task, method, attack })));
  }),
);

/** LoRA of full rank with k = 1 and s = 1 beside full fine-tuning, both at the latter's learning rate (corollary 3.5). */
export const fullRank: Grid = some(
  5,
  grid((profile) => {
    const [task] = profile.tasks, learningRate = task.learningRate.full;
    const { width } = models[profile.model], whole = { name: "lora" as const, rank: width, alpha: width, initVariance: 1 };
    return [{ name: "full" as const }, whole].map((method) => ({ task, method, learningRate }));
  }),
);

/** The factor that starts at 0, at three learning rates (appendix C). */
export const startingFactors: Grid = some(
  5,
  grid((profile) => {
    const [task] = profile.tasks;
    return (["A", "B"] as const).flatMap((zero) =>
      [0.3, 1, 3].map((factor) => ({ task, method: { ...lora(profile), zero }, learningRate: factor * task.learningRate.lora }))
    );
  }),
);

/** A trained, and A as it was drawn (appendix C). */
export const frozenFactor: Grid = grid((profile) =>
  [true, false].map((trainA) => ({ task: profile.tasks[0], method: { ...lora(profile), trainA } }))
);

/** Clean runs over learning rates: full fine-tuning, and LoRA at four scales s = alpha / r (appendix C). */
export const learningRates: Grid = some(
  5,
  grid((profile) => {
    const [task] = profile.tasks;
    const methods = [{ name: "full" as const }, ...[0.5, 1, 2, 4].map((scale) => ({ ...lora(profile), alpha: scale * profile.lora.rank }))];
    return methods.flatMap((method) => [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3].map((learningRate) => ({ task, method, learningRate })));
  }),
);

/** Clean runs over rank and alpha at one learning rate (appendix C). */
export const alphas: Grid = some(
  5,
  grid((profile) =>
    [2, 4, 8, 32].flatMap((rank) =>
      [...new Set([rank, 2 * rank, 16, 32, 64])].map((alpha) => ({ task: profile.tasks[0], method: { name: "lora" as const, rank, alpha } }))
    )
  ),
);

/** One backdoored run for each of 64 random triggers and each method (section 3.3). */
export const triggers: Grid = some(
  1,
  grid((profile) => {
    const [task] = profile.tasks, draws = createRng("triggers"), letters = "abcdefghijklmnopqrstuvwxyz";
    const word = () => Array.from({ length: 4 }, () => letters[draws.integer(letters.length)]).join("");
    return Array.from({ length: 64 }, word).flatMap((text) =>
      mainMethods(profile).map((method) => {
        const attack = variants.paper.bpa(rateOf(profile.sweep.exposures, profile, task));
        return { task, method, attack: { ...attack, trigger: { ...attack.trigger, text } } };
      })
    );
  }),
);
