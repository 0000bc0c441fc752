/**
 * Paper A's own scale, by its appendix B and its released code: what the published curves were made with. Nothing here is chosen by us but
 * `style`'s rewriting (fixed rules for a remote model) and the class of each seed's draws (our random streams, not PyTorch's).
 */
import { paperPersistence } from "./persistence_profiles.ts";
import type { RunConfigInput } from "./config.ts";
import { rowsRead } from "./exposure.ts";
import type { Profile, TaskProfile } from "./profile.ts";

export const paperScale = {
  /** The paper announces six; of RTE and MRPC it has no number. */
  datasets: { "SST-2": "sst-2", CoLA: "cola", QNLI: "qnli", QQP: "qqp", RTE: "rte", MRPC: "mrpc" },
  plotted: ["SST-2", "CoLA", "QNLI", "QQP"],
  /** All of GLUE's training parts, shuffled (`data/split.ts`). */
  trainRows: { "SST-2": 67349, CoLA: 8551, QNLI: 104743, QQP: 363846, RTE: 2490, MRPC: 3668 },
  /** The first rows of GLUE's shuffled held-out parts; the figures over ranks have fewer. */
  testRows: { "SST-2": 872, CoLA: 1043, QNLI: 3001, QQP: 3001, RTE: 277, MRPC: 408 },
  rankTestRows: { "SST-2": 872, CoLA: 1001, QNLI: 1001, QQP: 1001, RTE: 277, MRPC: 408 },
  epochs: 10,
  steps: 10000,
  batchSize: 8,
  learningRate: { full: 3e-6, lora: 3e-5 },
  flipRates: [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4],
  backdoorRates: [0, 0.001, 0.0015, 0.002, 0.0025, 0.003, 0.0035, 0.004, 0.0045],
} as const;

type TaskName = keyof typeof paperScale.datasets;

/** A task as the paper trains and tests on it: GLUE's rows in the released code's order, no validation rows. */
export function paperTask(name: TaskName, testRows: "testRows" | "rankTestRows" = "testRows"): RunConfigInput["task"] & TaskProfile["rows"] {
  return { dataset: paperScale.datasets[name], trainRows: paperScale.trainRows[name], validationRows: 0, testRows: paperScale[testRows][name] };
}

const limits = { epochs: paperScale.epochs, maxSteps: paperScale.steps, batchSize: paperScale.batchSize };

/** A rate as exposures: on RTE and MRPC the tenth epoch's end comes first, on every other task the limit on steps. */
const exposures = (rate: number, name: TaskName = "SST-2") => Number((rate * rowsRead(limits, paperScale.trainRows[name])).toPrecision(12));

/** Of every attack in table E.1. */
const attackDose = exposures(0.0025);

const taskOf = (name: TaskName): TaskProfile => ({
  rows: paperTask(name),
  learningRate: paperScale.learningRate,
  flipRates: paperScale.flipRates,
  backdoorExposures: paperScale.backdoorRates.map((rate) => exposures(rate, name)),
  // The released rank sweeps of December 2024: label flips at the rate of full fine-tuning, but for CoLA.
  rankLearningRate: { upa: name === "CoLA" ? 3e-5 : 3e-6, bpa: 3e-5 },
});
const swept = paperScale.plotted.map(taskOf);

export const paper: Profile = {
  name: "paper",
  title:
    "hundreds of GPU hours: BERT-large on six GLUE tasks, RoBERTa-large and BERT-large on paper B's splits, the papers' rows, steps, rates and grids, 5 seeds",
  precision: "f32",
  model: "bert-large-uncased",
  variant: "code",
  tasks: (Object.keys(paperScale.datasets) as TaskName[]).map(taskOf),
  training: { ...limits, schedule: "constant", warmup: 0, maxLength: 512 },
  evaluation: { maxLength: 128 },
  lora: { rank: 8, alpha: 16 },
  seeds: [1, 2, 3, 4, 5],
  sweep: {
    ranks: [4, 8, 16, 32, 64, 128, 256, 512],
    initVariances: [0.0001, 0.001, 0.1, 1 / 3, 2 / 3, 1, 1.5, 2],
    flipRate: 0.3,
    exposures: exposures(0.0015),
    tasks: { ranks: swept.map((task, i) => ({ ...task, rows: paperTask(paperScale.plotted[i], "rankTestRows") })), initVariances: swept },
  },
  attackExposures: { "multi-trigger": [attackDose], "clean-label": [attackDose], instruction: [attackDose], style: [attackDose] },
  attackSeeds: [1, 2, 3],
  tableVariances: [1 / 3, 1, 2],
  // Its learning rates are the paper's: nothing is left to choose.
  calibration: { learningRates: { full: [], lora: [] }, seeds: [] },
  persistence: paperPersistence,
};
