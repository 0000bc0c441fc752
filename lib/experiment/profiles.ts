/**
 * The fidelity ladder: everything that a profile changes stands here. Settings are chosen by clean accuracy on validation rows and by
 * cost alone, never by what an attack result looks like.
 */
import type { RunConfig, RunConfigInput } from "./config.ts";

type MethodName = RunConfig["method"]["name"];

/** One task of a profile: its rows, what each method is trained with, and its grids. */
export interface TaskProfile {
  readonly rows: {
    readonly dataset: RunConfig["task"]["dataset"];
    readonly trainRows: number;
    readonly validationRows: number;
    readonly testRows: number;
  };
  /** Per method: chosen on clean validation accuracy (experiment `calibration`, by the rule of calibration.ts). */
  readonly learningRate: Readonly<Record<MethodName, number>>;
  /** Figure 1: fraction of flipped labels. */
  readonly flipRates: readonly number[];
  /**
   * Figure 2: poisoned exposures (poisoned rows x epochs). The paper's runs meet 80 ... 360 of them in 80,000 training rows; it is this
   * count, not the rate, that carries over to fewer rows.
   */
  readonly backdoorExposures: readonly number[];
}

export interface Profile {
  readonly name: "quick" | "standard";
  readonly title: string;
  /** The first is the one of the sweeps over rank and variance, and of the tables. */
  readonly tasks: readonly TaskProfile[];
  readonly training: Pick<RunConfig["train"], "epochs" | "batchSize" | "schedule" | "warmup">;
  readonly lora: { readonly rank: number; readonly alpha: number };
  readonly seeds: readonly number[];
  /** Figures 4, 5 and 9 ... 12: LoRA over ranks (alpha = rank) and over k of the variance k / n_in, clean and with one dose of either attack. */
  readonly sweep: {
    readonly ranks: readonly number[];
    readonly initVariances: readonly number[];
    readonly flipRate: number;
    readonly exposures: number;
  };
  /** Table E.1: poisoned exposures of each of the four further attacks. */
  readonly attackExposures: number;
  /** Table 2 of appendix E.2: k of the other initialisations. */
  readonly tableVariances: readonly number[];
  readonly calibration: {
    readonly learningRates: Readonly<Record<MethodName, readonly number[]>>;
    /** Seeds of their own: the choice has not seen the runs that it is for. */
    readonly seeds: readonly number[];
  };
}

const heldOut = { validationRows: 400, testRows: 600 };

const quick: Profile = {
  name: "quick",
  title: "minutes on two cores: MiniLM on the sentiment of movie-review sentences and on pairs of excerpts, reduced grids, 3 paired seeds",
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
    backdoorExposures: [0, 36],
  }],
  // 1,200 rows are few steps: small batches, and a rate that rises and falls. Clean validation accuracy, full / LoRA, one seed of 1,500 rows, best of
  // three rates: so .81 / .79; in batches of 32 .79 / .80; at a constant rate .79 (full).
  training: { epochs: 1, batchSize: 16, schedule: "linear", warmup: 0.1 },
  lora: { rank: 8, alpha: 16 },
  seeds: [1, 2, 3],
  sweep: { ranks: [4, 32, 256], initVariances: [0.001, 1 / 3, 2], flipRate: 0.3, exposures: 36 },
  attackExposures: 36,
  tableVariances: [1 / 3, 2],
  calibration: {
    learningRates: { full: [5e-5, 1e-4, 2e-4, 4e-4], lora: [5e-4, 1e-3, 2e-3, 4e-3] },
    seeds: [101, 102, 103, 104],
  },
};

/** The same model, data and training as quick: quick's runs are a subset of standard's, with the same keys. */
const standard: Profile = {
  ...quick,
  name: "standard",
  title: "hours, resumable: quick's model and data, the paper's full grids, 8 paired seeds",
  tasks: [{
    ...quick.tasks[0],
    flipRates: [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4],
    backdoorExposures: [0, 6, 12, 18, 24, 36, 48, 64, 80, 96, 120, 160, 200, 240, 280, 320, 360],
  }, {
    ...quick.tasks[1],
    flipRates: [0, 0.1, 0.2, 0.3, 0.4],
    backdoorExposures: [0, 12, 24, 36, 64, 96, 160],
  }],
  seeds: [1, 2, 3, 4, 5, 6, 7, 8],
  sweep: { ...quick.sweep, ranks: [4, 8, 16, 32, 64, 128, 256, 384], initVariances: [0.0001, 0.001, 0.1, 1 / 3, 2 / 3, 1, 1.5, 2] },
  tableVariances: [1 / 3, 1, 2],
};

/** The paper's own scale (appendix B and its released code): what a run will need, written down before it can be had. */
export const paperScale = {
  model: "google-bert/bert-large-uncased",
  datasets: { "SST-2": "sst-2", CoLA: "cola", QNLI: "qnli", QQP: "qqp" },
  trainRows: { "SST-2": 67349, CoLA: 8551, QNLI: 104743, QQP: 363846 },
  /** The first rows of GLUE's shuffled held-out parts; the figures over ranks and variances take fewer. */
  testRows: { "SST-2": 872, CoLA: 1043, QNLI: 3001, QQP: 3001 },
  sweepTestRows: { "SST-2": 872, CoLA: 1001, QNLI: 1001, QQP: 1001 },
  steps: 10000,
  batchSize: 8,
  learningRate: { full: 3e-6, lora: 3e-5 },
  lora: { rank: 8, alpha: 16 },
  seeds: [1, 2, 3, 4, 5],
  flipRates: [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4],
  backdoorRates: [0, 0.001, 0.0015, 0.002, 0.0025, 0.003, 0.0035, 0.004, 0.0045],
} as const;

/** A task as the paper trains and tests on it: GLUE's rows in the released code's order (`data/split.ts`), no validation rows. */
export function paperTask(name: keyof typeof paperScale.datasets, testRows: "testRows" | "sweepTestRows" = "testRows"): RunConfigInput["task"] {
  return { dataset: paperScale.datasets[name], trainRows: paperScale.trainRows[name], validationRows: 0, testRows: paperScale[testRows][name] };
}

export const profileNames = ["quick", "standard", "paper"] as const;

/** A profile that can be run, by name. */
export function profileNamed(name: string): Profile {
  if (name === "quick") return quick;
  if (name === "standard") return standard;
  if (name === "paper") {
    throw new Error(
      "Cannot run the paper profile as BERT-large and the GLUE tasks must be at hand: this version loads neither; use --profile standard, the " +
        "paper's grids on a small encoder",
    );
  }
  throw new RangeError(`Cannot choose a profile as its name must be one of ${profileNames.join(", ")}: ${name}`);
}
