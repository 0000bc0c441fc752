/** Paper B's printed cells as marks beside our own. Its numbers are percent, ours fractions. */
import { type PaperBModel, type PaperBRow, paperBRows, type PaperBTables, paperBTables, type PaperBTask } from "../../claims/paper_b/published.ts";
import type { Mark, Spot } from "./mark.ts";
import { attackNames, paperPairs, publishedNames } from "./names.ts";

/** The cells of tables, wherever `spotOf` has a place for them. A margin is printed, or there is none. */
export function publishedMarks(tables: readonly string[], spotOf: (row: PaperBRow) => Omit<Spot, "series" | "x">[]): Mark[] {
  return tables.flatMap(paperBRows).flatMap((row) =>
    spotOf(row).flatMap((spot) => {
      const { CA, ASR } = paperBTables().testRows[row.dataset];
      return [mark("CA", row.CA, row, spot, CA), mark("ASR", row.ASR, row, spot, ASR), mark("CA − ASR", row.delta, row, spot, CA)].flat();
    })
  );
}

/** The pairs whose cells these tables have, in the paper's order. */
export function publishedPairs(tables: readonly string[]): { readonly task: PaperBTask; readonly pair: string }[] {
  const tasks = new Set(tables.flatMap(paperBRows).map(({ dataset }) => dataset));
  return (Object.keys(paperPairs) as PaperBTask[]).filter((task) => tasks.has(task)).map((task) => ({ task, pair: paperPairs[task] }));
}

function mark(
  panel: Mark["panel"],
  percent: number | null | undefined,
  { model }: PaperBRow,
  spot: Omit<Spot, "series" | "x">,
  testRows: number,
): Mark[] {
  return percent === null || percent === undefined ? [] : [stated(panel, percent, publishedNames[model], { ...spot, x: null }, testRows)];
}

/** A number of the paper at a spot. */
export function stated(panel: Mark["panel"], percent: number, series: string, spot: Omit<Spot, "series">, testRows: number): Mark {
  return { panel, source: "paper", series, ...spot, value: percent / 100, low: null, high: null, seeds: 1, testRows, ...ofNoRun };
}

const ofNoRun = { seed: null, key: null, collapsed: false };

/** What a figure's entry says: by model, what the text states at single places of the axis. */
interface StatedFigure {
  readonly figure: string;
  readonly dataset?: PaperBTask;
  readonly model?: PaperBModel;
  readonly values: Stated | readonly (Stated & { readonly model: PaperBModel })[] | null;
}

interface Stated {
  readonly points?: Readonly<Record<string, Readonly<Record<string, number | string>>>>;
}

/** The numbers that the text states of a figure (`5a`), at their places; the curves themselves are pictures without numbers. */
export function statedMarks(figure: string): Mark[] {
  const { figures, testRows } = paperBTables() as PaperBTables & { readonly figures: readonly StatedFigure[] };
  return figures.filter((entry) => entry.figure === figure).flatMap(({ dataset = "SST-2", model = "RoBERTa", values }) => {
    const parts: readonly (Stated & { readonly model?: PaperBModel })[] = Array.isArray(values) ? values : values ? [values as Stated] : [];
    return parts.flatMap(({ points = {}, ...part }) =>
      Object.entries(points).filter(([x]) => Number.isFinite(Number(x))).flatMap(([x, cells]) =>
        (["CA", "ASR"] as const).flatMap((panel) => {
          const percent = cells[panel], spot = { group: `${paperPairs[dataset]}, ${attackNames.badnet}`, label: "", x: Number(x) };
          return typeof percent === "number" ? [stated(panel, percent, publishedNames[part.model ?? model], spot, testRows[dataset][panel])] : [];
        })
      )
    );
  });
}
