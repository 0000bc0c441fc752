/** What the paper's own scale would cost: BERT-large on GLUE, here and on GPUs. It cannot be run by this version; what is assumed says so. */
import type { BertConfig } from "../model/encoder.ts";
import { type Architecture, type PassKind, workOf } from "./cost_flops.ts";
import { evaluationBatch } from "./execute.ts";
import { forecastShapes, type RunForecast } from "./cost.ts";
import type { MethodName, Rates } from "./cost_rates.ts";
import type { CountedShape, RunShapes } from "./cost_shapes.ts";
import { paperScale } from "./profiles.ts";

/** google-bert/bert-large-uncased. */
const bertLarge: BertConfig = {
  layers: 24,
  width: 1024,
  heads: 16,
  innerWidth: 4096,
  vocabularySize: 30522,
  maxPositions: 512,
  layerNormEpsilon: 1e-12,
};

/** Assumed: tokens a row, padded to a batch's longest. */
export const paperTokens: Readonly<Record<keyof typeof paperScale.trainRows, number>> = { "SST-2": 24, CoLA: 16, QNLI: 72, QQP: 48 };

/** Assumed, not measured: the data sheet's dense TF32 rate (T4: float32), the share of it that training reaches, what starting a layer's operations takes. */
export const gpus = [
  { name: "T4 (16 GB)", flopsPerSecond: 8.1e12, share: 0.4 },
  { name: "RTX 4090 (24 GB; the paper had eight)", flopsPerSecond: 82.6e12, share: 0.4 },
  { name: "A100 (80 GB)", flopsPerSecond: 156e12, share: 0.4 },
  { name: "H100 (80 GB)", flopsPerSecond: 494e12, share: 0.3 },
] as const;
const gpuSecondsPerLayer: Readonly<Record<PassKind, number>> = { step: 1e-3, predict: 3e-4 };

export interface PaperForecast {
  readonly id: string;
  readonly title: string;
  readonly runs: number;
  readonly flops: number;
  /** One run after the other, on this machine. */
  readonly seconds: number;
  /** The same on one GPU of each class, in the order of `gpus`. */
  readonly gpuSeconds: readonly number[];
  /** Of the largest run. */
  readonly bytes: number;
}

/** Figures 1 and 6, and 2, 7 and 8, by the paper's grids; in the second its clean runs are those of the first, evaluated with the trigger too. */
export function forecastPaper(rates: Rates): PaperForecast[] {
  const levels = { "fig-a1": paperScale.flipRates, "fig-a2": paperScale.backdoorRates };
  const figure = (id: keyof typeof levels, title: string) => {
    const cells = Object.keys(paperScale.trainRows).flatMap((task) =>
      (["full", "lora"] as const).flatMap((method) =>
        levels[id].map((rate) => paperShapes(task as keyof typeof paperTokens, method, id === "fig-a2" || rate === 0)).slice(id === "fig-a2" ? 1 : 0)
      )
    );
    return total(id, title, cells, rates);
  };
  return [
    figure("fig-a1", "Figures 1 and 6: label flips"),
    figure("fig-a2", "Figures 2, 7 and 8: backdoor, without the clean runs of the line above"),
  ];
}

function total(id: string, title: string, cells: readonly RunShapes[], rates: Rates): PaperForecast {
  const known = new Set<string>(), runs = cells.map((shapes) => forecastShapes(shapes, rates, known)), seeds = paperScale.seeds.length;
  const sum = (value: (run: RunForecast) => number) => runs.reduce((sum, run) => sum + value(run), 0);
  return {
    id,
    title,
    runs: seeds * cells.length,
    flops: seeds * sum(({ flops }) => flops),
    seconds: seeds * sum(({ seconds }) => seconds.train + seconds.evaluate) + sum(({ seconds }) => seconds.traces),
    gpuSeconds: gpus.map((gpu) => seeds * cells.reduce((sum, shapes) => sum + gpuSeconds(shapes, gpu), 0)),
    bytes: Math.max(...runs.map(({ memory }) => memory.total)),
  };
}

/** A run of the paper's scale. */
function paperShapes(task: keyof typeof paperTokens, name: MethodName, withTrigger: boolean): RunShapes {
  const { rank } = paperScale.lora, t = paperTokens[task];
  const architecture: Architecture = {
    encoder: bertLarge,
    classes: 2,
    method: name === "lora" ? { name, rank, targets: "all" } : { name },
    head: name === "lora" ? "frozen" : "trained",
  };
  const batches = Math.ceil(paperScale.testRows[task] / evaluationBatch);
  return {
    architecture,
    train: [{ n: paperScale.batchSize, t, count: paperScale.steps }],
    evaluate: [{ n: evaluationBatch, t, count: withTrigger ? 2 * batches : batches }],
  };
}

function gpuSeconds({ architecture, train, evaluate }: RunShapes, { flopsPerSecond, share }: typeof gpus[number]): number {
  const of = (shapes: readonly CountedShape[], kind: PassKind) =>
    shapes.reduce((sum, { n, t, count }) => {
      const { flops, layers } = workOf(architecture, { n, t }, kind);
      return sum + count * Math.max(flops / (share * flopsPerSecond), layers * gpuSecondsPerLayer[kind]);
    }, 0);
  return of(train, "step") + of(evaluate, "predict");
}
