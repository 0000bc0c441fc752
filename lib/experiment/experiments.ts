/** The figures' grids: which runs an experiment needs. Figures share a run through its key. */
import type { RunConfig, RunConfigInput } from "./config.ts";
import type { Profile } from "./profiles.ts";
import { resolveConfig } from "./resolve.ts";

export interface Experiment {
  readonly id: string;
  readonly title: string;
  /** Whether `reproduce` runs it unasked. */
  readonly standing: boolean;
  /** The runs, resolved; `seeds` in place of the profile's own. */
  configs(profile: Profile, seeds?: readonly number[]): RunConfig[];
}

type MethodName = RunConfig["method"]["name"];
const methods: readonly MethodName[] = ["full", "lora"];

/** The figures' clean and backdoor runs are evaluated with the trigger too: the never-poisoned model is the backdoor's null. */
const withTrigger: RunConfigInput["evaluate"] = { changes: [{ kind: "trigger" }], targetLabel: 1 };

const figure1 = (profile: Profile, seeds: readonly number[] = profile.seeds) =>
  grid(seeds, profile.flipRates, (seed, poisonRate, method) => ({
    ...base(profile, method, seed),
    attack: { name: "upa", poisonRate },
    evaluate: poisonRate === 0 ? withTrigger : {},
  }));

const figure2 = (profile: Profile, seeds: readonly number[] = profile.seeds) =>
  grid(seeds, profile.backdoorExposures, (seed, exposures, method) => ({
    ...base(profile, method, seed),
    attack: { name: "bpa", poisonRate: exposures / (profile.epochs * profile.task.trainRows) },
    evaluate: withTrigger,
  }));

/** Clean runs only, measured on validation rows: what the profile's learning rates are chosen by. */
const calibration = (profile: Profile, seeds: readonly number[] = profile.calibration.seeds) =>
  grid(seeds, [profile.task], (seed, task, method) =>
    profile.calibration.learningRates[method].map((learningRate) => {
      const clean = base(profile, method, seed);
      return { ...clean, task: { ...task, split: "validation" as const }, train: { ...clean.train, learningRate } };
    }));

export const experiments: readonly Experiment[] = [
  { id: "fig-a1", title: "Figure 1: accuracy under label flips", standing: true, configs: figure1 },
  { id: "fig-a2", title: "Figure 2: accuracy under the backdoor trigger", standing: true, configs: figure2 },
  { id: "fig-a6", title: "Figure 6: four metrics under label flips", standing: true, configs: figure1 },
  { id: "fig-a7", title: "Figure 7: four metrics under the backdoor trigger", standing: true, configs: figure2 },
  { id: "fig-a8", title: "Figure 8: four metrics of backdoored models without the trigger", standing: true, configs: figure2 },
  { id: "calibration", title: "Learning rates by clean validation accuracy", standing: false, configs: calibration },
];

/** The experiments of these ids, or all that `reproduce` runs unasked. */
export function selectExperiments(ids?: readonly string[]): Experiment[] {
  if (!ids) return experiments.filter((experiment) => experiment.standing);
  return ids.map((id) => {
    const found = experiments.find((experiment) => experiment.id === id);
    if (found) return found;
    throw new RangeError(`Cannot select an experiment as its id must be one of ${experiments.map((e) => e.id).join(", ")}: ${id}`);
  });
}

function base(profile: Profile, method: MethodName, seed: number): RunConfigInput {
  return {
    task: profile.task,
    attack: { name: "none" },
    method: method === "lora" ? { name: "lora", ...profile.lora } : { name: "full" },
    train: { epochs: profile.epochs, batchSize: profile.batchSize, learningRate: profile.learningRate[method] },
    seed,
  };
}

/** Seed by seed, and within a seed level by level with both methods side by side. */
function grid<Level>(
  seeds: readonly number[],
  levels: readonly Level[],
  run: (seed: number, level: Level, method: MethodName) => RunConfigInput | RunConfigInput[],
): RunConfig[] {
  return seeds.flatMap((seed) => levels.flatMap((level) => methods.flatMap((method) => run(seed, level, method)))).map(resolveConfig);
}
