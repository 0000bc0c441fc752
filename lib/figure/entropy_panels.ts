/** Rows -> Vega-Lite heat maps. The colours rise in lightness throughout, so that they order values in print and without colour vision too. */
import type { EntropyRow } from "./entropy_row.ts";
import type { Spec } from "./figure.ts";
import { note } from "./no_runs.ts";
import { panelHeight, panelWidth } from "./panels.ts";
import { config } from "./theme.ts";

export interface HeatPanel {
  readonly id: EntropyRow["panel"];
  readonly heading: string;
  readonly legend: string;
  /** The paper's vertical axis is linear. */
  readonly yScale: "linear" | "log";
  /** d3 format of the legend's labels. */
  readonly format: string;
  /** Said in place of the cells. */
  readonly note?: string;
}

/** The usual variance of A: Kaiming-uniform's. */
const usual = 1 / 3;
const line = "#57c7ff"; // on every colour of the scheme

export function heatMapSpec(description: string, rows: readonly EntropyRow[], panels: readonly HeatPanel[]): Spec {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    description,
    config,
    data: { values: rows },
    columns: 2,
    bounds: "flush",
    spacing: { row: 120, column: 84 },
    resolve: { scale: { color: "independent" }, legend: { color: "independent" } },
    concat: panels.map((panel) => heatMap(panel, rows.filter((row) => row.panel === panel.id))),
  };
}

function heatMap({ id, heading, legend, yScale, format, note: said }: HeatPanel, rows: readonly EntropyRow[]): Spec {
  const end = (of: (values: number[]) => number, edge: "left" | "right" | "bottom" | "top") => of(rows.map((row) => row[edge]));
  const domain = (
    low: "left" | "bottom",
    high: "right" | "top",
  ) => [end((values) => Math.min(...values), low), end((values) => Math.max(...values), high)];
  const quantitative = (field: string, title: string, scale: Spec, axis: Spec) => ({
    field,
    type: "quantitative",
    title,
    scale: { ...scale, nice: false },
    axis,
  });
  const published = id === "published";
  if (rows.length === 0) return { title: heading, width: panelWidth, height: panelHeight, layer: [note(said ?? "nothing to draw", panelHeight)] };
  return {
    title: heading,
    width: panelWidth,
    height: panelHeight,
    layer: [
      {
        transform: [{ filter: `datum.panel === '${id}'` }],
        mark: { type: "rect", aria: false, clip: true, x2Offset: 0.7, yOffset: 0.7 }, // cells overlap, or the ground shines through their seams
        encoding: {
          x: quantitative("left", published ? "rank r, as labelled (in truth a variance)" : "rank r", {
            type: "log",
            domain: domain("left", "right"),
          }, {
            values: [4, 8, 16, 32, 64, 128, 256],
            format: "d",
            grid: false,
          }),
          x2: { field: "right" },
          y: quantitative("bottom", published ? "k, as labelled (in truth a rank)" : "k (variance of A times n)", {
            type: yScale,
            domain: domain("bottom", "top"),
            ...(yScale === "linear" ? { zero: false } : {}),
          }, {
            values: published ? [0.5, 1, 1.5, 2] : [0.01, 0.03, 0.1, usual, 1],
            format: ".2~g",
            grid: false,
          }),
          y2: { field: "top" },
          color: {
            field: "value",
            type: "quantitative",
            scale: { scheme: "inferno" },
            legend: {
              orient: "top",
              direction: "horizontal",
              title: legend,
              titleOrient: "left",
              titleFontWeight: 500,
              gradientLength: 150,
              gradientThickness: 10,
              format,
              tickCount: 4,
              offset: 6,
            },
          },
          tooltip: [
            { field: "rank", title: "rank", format: ".3~g" },
            { field: "initVariance", title: "k", format: ".3~g" },
            { field: "value", title: "value", format: ".4~g" },
            { field: "standardDeviation", title: "standard deviation over draws", format: ".2~g" },
          ],
        },
      },
      {
        data: { values: [{ k: usual }] },
        mark: { type: "rule", color: line, strokeWidth: 1.8, strokeDash: [6, 3], aria: false },
        encoding: { y: { field: "k", type: "quantitative" } },
      },
      {
        data: { values: [{ k: usual }] },
        mark: {
          type: "text",
          text: published ? "the paper's line at .333" : "default k = 1/3",
          align: "left",
          dx: 6,
          dy: -8,
          fontSize: 10.5,
          color: line,
          aria: false,
        },
        encoding: { y: { field: "k", type: "quantitative" }, x: { value: 0 } },
      },
    ],
  };
}
