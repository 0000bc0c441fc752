/** Paper A's published curves (Figures 1, 2, 6, 7 and 8), as rows beside our own. */
import { readFileSync } from "node:fs";
import type { MethodLabel, Row } from "./figure.ts";

export type PaperFigure = "figure6" | "figure7" | "figure8";
export type PaperMetric = "accuracy" | "precision" | "recall" | "f1" | "class0PredictedAs1";

interface Curve {
  /** One value per rate. */
  readonly mean: readonly number[];
  /** Sample standard deviation over seeds. */
  readonly std?: readonly number[];
}

type Panel = { readonly testRows: number; readonly positiveRows: number } & Readonly<Record<MethodLabel, Readonly<Record<PaperMetric, Curve>>>>;

export interface PaperCurves {
  readonly paper: string;
  readonly source: string;
  /** Seeds behind every mean. */
  readonly seeds: number;
  /** Rows that training saw, epochs included: rate x trainedRows = exposures. */
  readonly trainedRows: number;
  readonly figures: Readonly<Record<PaperFigure, { readonly rates: readonly number[]; readonly panels: Readonly<Record<string, Panel>> }>>;
}

/** The task that ours resembles most: sentiment of film-review sentences. */
export const nearestTask = "SST-2";

let cached: PaperCurves | undefined;

/** Reads `data/papers/paper-a-figures.json`, once. */
export function paperCurves(): PaperCurves {
  return cached ??= JSON.parse(readFileSync(new URL("../../data/papers/paper-a-figures.json", import.meta.url), "utf8")) as PaperCurves;
}

/** Every published point of one metric of one figure: tasks x methods x rates. */
export function paperRows(curves: PaperCurves, panel: string, figure: PaperFigure, metric: PaperMetric): Row[] {
  const { rates, panels } = curves.figures[figure];
  return Object.entries(panels).flatMap(([task, { testRows, ...methods }]) =>
    (["FF", "LoRA"] as const).flatMap((method) => {
      const { mean, std } = methods[method][metric];
      return rates.map((poisonRate, i): Row => ({
        panel,
        source: "paper",
        method,
        series: `${method}, paper`,
        task,
        poisonRate,
        exposures: Math.round(poisonRate * curves.trainedRows),
        value: mean[i],
        low: std ? mean[i] - std[i] : null,
        high: std ? mean[i] + std[i] : null,
        seeds: curves.seeds,
        testRows,
        seed: null,
        key: null,
        collapsed: false,
      }));
    })
  );
}
