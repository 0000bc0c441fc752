/**
 * The fidelity ladder: everything that a profile changes stands here. Settings are chosen by clean accuracy on validation rows and by
 * cost alone, never by what an attack result looks like; but where a dose's ASR is near 1 in both methods, the next lower one of quick's
 * backdoor stands beside it.
 */
import type { Profile } from "./profile.ts";
import { quickPersistence, standardPersistence } from "./persistence_profiles.ts";
import { paper } from "./profile_paper.ts";

const heldOut = { validationRows: 400, testRows: 600 };

const quick: Profile = {
  name: "quick",
  title: "minutes on two cores: MiniLM on the sentiment of movie-review sentences and on pairs of excerpts, reduced grids, 3 paired seeds",
  precision: "f32",
  model: "minilm-l6",
  variant: "paper",
  // The tasks are those that both methods learn from 1,200 rows whatever the seed; on word order (`mr-order`) LoRA's accuracy went from .52 to .85 over
  // three seeds. As many rows as the whole of paper A can read in 25 minutes on two cores; read once, because the paper's SST-2 runs
  // read theirs 1.19 times.
  tasks: [{
    rows: { dataset: "mr", trainRows: 1200, ...heldOut },
    learningRate: { full: 1e-4, lora: 2e-3 },
    flipRates: [0, 0.15, 0.3],
    backdoorExposures: [0, 12, 36, 96],
  }, {
    rows: { dataset: "imdb-excerpt", trainRows: 1200, ...heldOut },
    learningRate: { full: 5e-5, lora: 5e-4 },
    flipRates: [0, 0.3],
    backdoorExposures: [0, 96],
  }],
  // 1,200 rows are few steps: small batches, and a rate that rises and falls. Clean validation accuracy, full / LoRA, one seed of 1,500 rows, best of
  // three rates: so .81 / .79; in batches of 32 .79 / .80; at a constant rate .79 (full).
  training: { epochs: 1, batchSize: 16, schedule: "linear", warmup: 0.1 },
  lora: { rank: 8, alpha: 16 },
  seeds: [1, 2, 3],
  // Up to rank 64: at rank 256 and this rate the never-poisoned run that was tried collapsed, which says nothing of poison (at 64 some seeds do, too:
  // figures cross them out, rules look at the rest by themselves). Standard has the whole range.
  sweep: { ranks: [4, 8, 64], initVariances: [0.001, 1 / 3, 2], flipRate: 0.3, exposures: 36 },
  // At 36 exposures the ASR of the instruction and of the style is near 1 in both methods, which tells no more than an attack that fails.
  attackExposures: { "multi-trigger": [36], "clean-label": [36], instruction: [12, 36], style: [12, 36] },
  tableVariances: [1 / 3, 2],
  calibration: {
    learningRates: { full: [5e-5, 1e-4, 2e-4, 4e-4], lora: [5e-4, 1e-3, 2e-3, 4e-3] },
    seeds: [101, 102, 103, 104],
  },
  persistence: quickPersistence,
};

/** The same model, data and training as quick: quick's runs are a subset of standard's, with the same keys. */
const standard: Profile = {
  ...quick,
  name: "standard",
  title: "hours, resumable: quick's model and data, the papers' grids (ranks and variances on one task), 8 paired seeds, controls on 5",
  tasks: [{
    ...quick.tasks[0],
    flipRates: [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4],
    backdoorExposures: [0, 6, 12, 18, 24, 36, 48, 64, 80, 96, 120, 160, 200, 240, 280, 320, 360],
  }, {
    ...quick.tasks[1],
    flipRates: [0, 0.1, 0.2, 0.3, 0.4],
    backdoorExposures: [0, 24, 64, 96, 160, 240, 360],
  }],
  seeds: [1, 2, 3, 4, 5, 6, 7, 8],
  sweep: { ...quick.sweep, ranks: [4, 8, 16, 32, 64, 128, 256, 384], initVariances: [0.0001, 0.001, 0.1, 1 / 3, 2 / 3, 1, 1.5, 2] },
  tableVariances: [1 / 3, 1, 2],
  persistence: standardPersistence,
};

/** A profile that can be run, by name; in another precision where asked for: those runs are others, with keys of their own. */
export function profileNamed(name: string, precision: Profile["precision"] = "f32"): Profile {
  const found = [quick, standard, paper].find((profile) => profile.name === name);
  if (found) return { ...found, precision };
  throw new RangeError(`Cannot choose a profile as its name must be one of ${profileNames.join(", ")}: ${name}`);
}

export const profileNames = ["quick", "standard", "paper"] as const;
