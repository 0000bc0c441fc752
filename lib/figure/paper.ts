/** Paper A's published curves (Figures 1, 2 and 4 to 12), as rows beside our own. */
import { readFileSync } from "node:fs";
import type { Arm, Place, Row } from "./figure.ts";

/** Figures 1, 2, 4 and 5 are rows of these. */
export type PaperFigure = "figure6" | "figure7" | "figure8" | "figure9" | "figure10" | "figure11" | "figure12";
export type Unpublished = "december2024Flips" | "december2024Backdoor";
export type PaperMetric = "accuracy" | "precision" | "recall" | "f1" | "class0PredictedAs1";

interface Curve {
  /** One value per x; null where the plot lacks the point. */
  readonly mean: readonly (number | null)[];
  /** Sample standard deviation over seeds. */
  readonly std?: readonly (number | null)[];
}

type PaperArm = "FF" | "LoRA" | "clean" | "poisoned";
type Curves = Readonly<Partial<Record<PaperArm, Readonly<Record<PaperMetric, Curve>>>>>;

export interface CurveFigure {
  readonly attack: "upa" | "bpa";
  readonly xName: "poisonRate" | "rank" | "initVariance";
  readonly x: readonly number[];
  /** Of the poisoned arm, where x is something else. */
  readonly poisonRate?: number;
  /** By task. */
  readonly panels: Readonly<Record<string, Curves & { readonly testRows: number; readonly positiveRows: number }>>;
}

export interface PaperCurves {
  readonly paper: string;
  readonly source: string;
  /** Seeds behind every mean. */
  readonly seeds: number;
  /** Rows that training saw, epochs included: rate x trainedRows = exposures. */
  readonly trainedRows: number;
  readonly figures: Readonly<Record<PaperFigure, CurveFigure>>;
  /** Curves of the authors' repository that no figure of the paper shows. */
  readonly unpublished: Readonly<Record<Unpublished, CurveFigure>>;
}

/** The task that ours resembles most: sentiment of film-review sentences. */
export const nearestTask = "SST-2";

/** The paper's LoRA where it is not varied. */
const usual = { rank: 8, initVariance: 1 / 3 };

let cached: PaperCurves | undefined;

/** Reads `data/papers/paper-a-figures.json`, once. */
export function paperCurves(): PaperCurves {
  return cached ??= JSON.parse(readFileSync(new URL("../../data/papers/paper-a-figures.json", import.meta.url), "utf8")) as PaperCurves;
}

/** Every published point of one metric of one figure: tasks x arms x positions. */
export function paperRows(curves: PaperCurves, panel: string, figure: PaperFigure, metric: PaperMetric): Row[] {
  return curveRows(curves, panel, curves.figures[figure], metric);
}

/** The rank sweeps that the paper does not show, as tasks of their own: the one at another learning rate, and rank 512 behind the published ranks. */
export function unpublishedRows(curves: PaperCurves, panel: string, figure: "figure9" | "figure10", metric: PaperMetric): Row[] {
  if (figure === "figure9") {
    const rows = curveRows(curves, panel, curves.unpublished.december2024Flips, metric);
    return rows.map((row) => ({ ...row, task: `${row.task}, unpublished (learning rate 3e-5)` }));
  }
  const rows = [
    ...curveRows(curves, panel, curves.figures.figure10, metric),
    ...curveRows(curves, panel, curves.unpublished.december2024Backdoor, metric),
  ];
  return rows.map((row) => ({ ...row, task: `${row.task}, with unpublished rank 512` }));
}

function curveRows({ seeds, trainedRows }: PaperCurves, panel: string, figure: CurveFigure, metric: PaperMetric): Row[] {
  return Object.entries(figure.panels).flatMap(([task, { testRows, positiveRows: _, ...arms }]) =>
    (Object.keys(arms) as PaperArm[]).flatMap((arm) => {
      const { mean, std } = arms[arm]![metric];
      return figure.x.flatMap((x, i): Row[] => {
        const value = mean[i], spread = std?.[i] ?? null;
        if (value === null) return [];
        return [{
          panel,
          source: "paper",
          arm,
          series: `${arm}, paper`,
          task,
          against: null,
          ...placeOf(figure, arm, x, trainedRows),
          value,
          low: spread === null ? null : value - spread,
          high: spread === null ? null : value + spread,
          seeds,
          testRows,
          seed: null,
          key: null,
          collapsed: false,
        }];
      });
    })
  );
}

/** How many labels a poisoned row changed is not published: about half of the backdoor's, all of the flips'. */
function placeOf({ xName, attack, poisonRate = 0 }: CurveFigure, arm: Arm, x: number, trainedRows: number): Place {
  const rate = xName === "poisonRate" ? x : arm === "poisoned" ? poisonRate : 0, exposures = Math.round(rate * trainedRows);
  return {
    poisonRate: rate,
    exposures,
    relabelledExposures: attack === "upa" ? exposures : null,
    rank: arm === "FF" ? null : xName === "rank" ? x : usual.rank,
    initVariance: arm === "FF" ? null : xName === "initVariance" ? x : usual.initVariance,
  };
}
