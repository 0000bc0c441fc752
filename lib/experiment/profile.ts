/** What a profile is: how much of the papers to compute, on what. */
import type { RunConfig } from "./config.ts";
import type { Persistence } from "./persistence.ts";

/** The methods that paper A compares. */
type MethodName = "full" | "lora";

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
  /** LoRA's in the sweep over ranks, clean runs beside each attack included; left out: LoRA's of the task. */
  readonly rankLearningRate?: Readonly<Record<"upa" | "bpa", number>>;
}

export interface Profile {
  readonly name: "quick" | "standard" | "paper";
  readonly title: string;
  /** Of the linear layers' products, in every run (`inPrecision`); part of a run's key. */
  readonly precision: RunConfig["precision"];
  /** Paper A's; paper B's is in `persistence`. */
  readonly model: RunConfig["model"];
  /** Whose attacks (`poison/variants.ts`). */
  readonly variant: "paper" | "code";
  /** The first is the one of the tables, and of the sweeps where they name none. */
  readonly tasks: readonly TaskProfile[];
  readonly training:
    & Pick<RunConfig["train"], "epochs" | "batchSize" | "schedule" | "warmup">
    & Partial<Pick<RunConfig["train"], "maxSteps" | "maxLength">>;
  readonly evaluation?: Pick<RunConfig["evaluate"], "maxLength">;
  readonly lora: { readonly rank: number; readonly alpha: number };
  readonly seeds: readonly number[];
  /** Figures 4, 5 and 9 ... 12: LoRA over ranks (alpha = rank) and over k of the variance k / n_in, clean and with one dose of either attack. */
  readonly sweep: {
    readonly ranks: readonly number[];
    readonly initVariances: readonly number[];
    readonly flipRate: number;
    readonly exposures: number;
    /** The tasks that each goes over; left out: the profile's first. */
    readonly tasks?: { readonly ranks: readonly TaskProfile[]; readonly initVariances: readonly TaskProfile[] };
  };
  /** Table E.1: poisoned exposures of each of the four further attacks, one dose or more. */
  readonly attackExposures: Readonly<Record<"multi-trigger" | "clean-label" | "instruction" | "style", readonly number[]>>;
  /** And its seeds, where they are not the profile's. */
  readonly attackSeeds?: readonly number[];
  /** Table 2 of appendix E.2: k of the other initialisations. */
  readonly tableVariances: readonly number[];
  readonly calibration: {
    readonly learningRates: Readonly<Record<MethodName, readonly number[]>>;
    /** Seeds of their own: the choice has not seen the runs that it is for. */
    readonly seeds: readonly number[];
  };
  /** Paper B. */
  readonly persistence: Persistence;
}
