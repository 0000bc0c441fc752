/** Cells -> Vega-Lite: a table as dots and intervals, one panel per column, one line per row and series. */
import type { Cell } from "./cells.ts";
import type { Arm, Spec } from "./figure.ts";
import { noRuns } from "./no_runs.ts";
import { colourOf, config, cross, encodingsFor, ink, quiet } from "./theme.ts";

export interface DotPanel {
  readonly panel: string;
  readonly heading: string;
  /** Values that are differences to nothing: the axis begins at 0 and ends at 1. */
  readonly whole?: boolean;
}

type Only = (source: Cell["source"], more?: Spec[]) => Spec[];

const width = 262, stepOfSeries = 15;

/** The whole figure; `labels` are the rows from top to bottom. */
export function dotTableSpec(
  description: string,
  cells: readonly Cell[],
  { panels, labels, arms }: { panels: readonly DotPanel[]; labels: readonly string[]; arms: readonly Arm[] },
): Spec {
  const series = arms.flatMap((arm) => [`${arm}, ours`, `${arm}, paper`]), encodings = encodingsFor(arms);
  const views = panels.map((panel) => {
    const within = cells.filter((cell) => cell.panel === panel.panel), shown = labels.filter((label) => within.some((cell) => cell.label === label));
    return panelView(panel, within, shown.length > 0 ? shown : labels, series, encodings);
  });
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    description,
    config: { ...config, legend: { ...config.legend, columns: arms.length } },
    data: { values: cells },
    columns: 2,
    bounds: "flush",
    spacing: { row: 70, column: 150 },
    concat: views,
  };
}

function panelView(
  { panel, heading, whole }: DotPanel,
  cells: readonly Cell[],
  labels: readonly string[],
  series: readonly string[],
  encodings: ReturnType<typeof encodingsFor>,
): Spec {
  const height = labels.length * series.length * stepOfSeries;
  const has = (source: Cell["source"]) => cells.some((cell) => cell.source === source);
  const only: Only = (source, more = []) => [{ filter: `datum.panel === '${panel}' && datum.source === '${source}'` }, ...more];
  const marks = (source: "run" | "paper", size: number, tooltip: unknown[]) => ({
    transform: [...only(source), { calculate: "datum.key ? slice(datum.key, 0, 8) : ''", as: "run" }],
    mark: { type: "point", size, filled: false, strokeWidth: 1.5, opacity: 0.85, aria: has(source) },
    encoding: { stroke: encodings.stroke, shape: encodings.shape, tooltip },
  });
  return {
    title: heading,
    width,
    height,
    encoding: {
      x: {
        field: "value",
        type: "quantitative",
        title: "fraction",
        scale: { domain: domainOf(cells, whole), nice: false },
        axis: { format: ".2~f" },
      },
      y: {
        field: "label",
        type: "nominal",
        title: null,
        scale: { domain: labels, paddingInner: 0.35, paddingOuter: 0.1 },
        axis: { labelLimit: 140, ticks: false, domain: false, labelPadding: 8 },
      },
      yOffset: { field: "series", type: "nominal", scale: { domain: series } },
    },
    layer: [
      ...intervals(only, cells),
      marks("paper", 30, meanTooltip),
      marks("run", 44, runTooltip),
      ...meanTicks(only, cells),
      {
        transform: only("null"),
        mark: { type: "tick", orient: "vertical", thickness: 1.5, size: stepOfSeries, color: quiet, aria: has("null") },
        encoding: { tooltip: meanTooltip },
      },
      {
        transform: only("run", [{ filter: "datum.collapsed" }]),
        mark: { type: "point", shape: cross, size: 120, stroke: ink, strokeWidth: 1.6, filled: false, tooltip: false, aria: false },
      },
      ...(has("run") ? [] : [noRuns(height)]),
    ],
  };
}

/** Layers for each series, in its own colour: a scale here would put symbols of its own into the legend. */
const intervals = (only: Only, cells: readonly Cell[]): Spec[] =>
  seriesOf(cells.filter(({ low, source }) => low !== null && source !== "null")).map((series) => ({
    transform: only(series.endsWith("paper") ? "paper" : "mean", [{ filter: `datum.series === '${series}' && isValid(datum.low)` }]),
    mark: { type: "rule", strokeWidth: 6, opacity: 0.25, stroke: colourOf(series), clip: true, tooltip: false, aria: false },
    encoding: { x: { field: "low", type: "quantitative" }, x2: { field: "high" } },
  }));

const meanTicks = (only: Only, cells: readonly Cell[]): Spec[] =>
  seriesOf(cells.filter(({ source }) => source === "mean")).map((series) => ({
    transform: only("mean", [{ filter: `datum.series === '${series}'` }]),
    mark: { type: "tick", orient: "vertical", thickness: 2.5, size: stepOfSeries - 2, color: colourOf(series) },
    encoding: { tooltip: meanTooltip },
  }));

const seriesOf = (cells: readonly Cell[]): string[] => [...new Set(cells.map(({ series }) => series))];

function domainOf(cells: readonly Cell[], whole = false): [number, number] {
  if (whole || cells.length === 0) return [0, 1];
  const ends = cells.map(({ source, value, low }) => source === "paper" ? low ?? value : value);
  return [Math.max(0, Math.floor((Math.min(...ends) - 0.01) * 20) / 20), 1];
}

const field = (name: string, title: string, format?: string): Spec => ({ field: name, title, ...(format ? { format } : {}) });
const first = [field("label", "row"), field("series", "series")];
const runTooltip = [
  ...first,
  field("value", "value", ".4f"),
  field("seed", "seed"),
  field("exposures", "poisoned exposures"),
  field("collapsed", "predicts one class"),
  field("run", "run"),
];
const meanTooltip = [
  ...first,
  field("source", "what"),
  field("value", "mean", ".4f"),
  field("low", "interval, low", ".4f"),
  field("high", "interval, high", ".4f"),
  field("seeds", "seeds"),
];
