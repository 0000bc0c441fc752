/** Rows -> Vega-Lite: one panel per measure, side by side, with one legend and one choice of the paper's task. */
import type { Row, Spec } from "./figure.ts";
import { nearestTask } from "./paper.ts";
import { colours, config, cross, encodings, ink, quiet } from "./theme.ts";

export interface Panel {
  /** Measure id. */
  readonly id: string;
  readonly heading: string;
  readonly yTitle: string;
  /** Fixed y range; left out: from the values drawn. */
  readonly yDomain?: readonly [number, number];
  /** Horizontal lines to compare with. */
  readonly references?: readonly Reference[];
}

export interface Reference {
  readonly value: number;
  readonly label: string;
  /** Draws the label under the line instead of above it. */
  readonly below?: boolean;
}

export interface XAxis {
  readonly field: "poisonRate" | "exposures";
  readonly title: string;
  readonly scale: Spec;
  readonly axis: Spec;
}

const width = 330, height = 230;

/** The whole figure. `description` is its alternative text. */
export function panelSpec(description: string, rows: readonly Row[], panels: readonly Panel[], x: XAxis): Spec {
  const xEnd = Math.max(...rows.map((row) => row[x.field]));
  const tasks = [...new Set(rows.filter((row) => row.source === "paper").map((row) => row.task))];
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    description,
    config,
    data: { values: rows },
    params: [
      ...(tasks.length > 0 ? [{ name: "task", value: nearestTask, bind: { input: "select", options: tasks, name: "Paper's task: " } }] : []),
      { name: "shown", select: { type: "point", fields: ["series"] }, bind: "legend", views: [clickable(panels[0])] },
    ],
    columns: 2,
    bounds: "flush",
    spacing: { row: 88, column: 64 },
    concat: panels.map((panel) => panelView(panel, rows.filter((row) => row.panel === panel.id), x, xEnd)),
  };
}

function panelView(panel: Panel, rows: readonly Row[], x: XAxis, xEnd: number): Spec {
  const paper = `datum.source === 'paper' && datum.task === task`;
  const only = (source: string) => [{ filter: `datum.panel === '${panel.id}' && ${source}` }];
  const hasPaper = rows.some((row) => row.source === "paper"), hasRuns = rows.some((row) => row.source === "run");
  return {
    title: panel.heading,
    width,
    height,
    encoding: {
      x: { field: x.field, type: "quantitative", title: x.title, scale: { ...x.scale, domain: [0, xEnd] }, axis: x.axis },
      y: { field: "value", type: "quantitative", title: panel.yTitle, scale: yScale(panel, rows), axis: { format: ".2~f" } },
    },
    layer: [
      ...bands(only(paper), rows.filter((row) => row.source === "paper"), 0.22),
      ...(hasPaper ? [{ name: clickable(panel), ...line(only(paper), 1.3, 0.9) }, points(only(paper), 22, paperTooltip)] : []),
      ...(panel.references ?? []).flatMap(referenceLayers),
      ...bands(only(`datum.source === 'mean'`), rows.filter((row) => row.source === "mean"), 0.11),
      { ...(hasPaper ? {} : { name: clickable(panel) }), ...line(only(`datum.source === 'mean'`), 2.4, 1, meanTooltip, hasRuns) },
      points([...only(`datum.source === 'run'`), { calculate: "slice(datum.key, 0, 8)", as: "run" }], 48, runTooltip, hasRuns),
      {
        transform: only(`datum.source === 'run' && datum.collapsed`),
        mark: { type: "point", shape: cross, size: 150, stroke: ink, strokeWidth: 1.6, filled: false, tooltip: false, aria: false },
        encoding: { opacity: toggled(1) },
      },
      ...(hasRuns ? [] : [note("no runs yet")]),
    ],
  };
}

/** The legend can be clicked only if the first layer that has it owns the selection. */
const clickable = (panel: Panel): string => `${panel.id} lines`;

const toggled = (opacity: number) => ({ condition: { param: "shown", value: opacity }, value: 0.04 });

/** One layer per series, so that the legend takes its symbols from lines and dots alone. */
const bands = (transform: unknown[], rows: readonly Row[], opacity: number) =>
  [...new Set(rows.filter((row) => row.low !== null).map((row) => row.series))].map((series) => ({
    transform: [...transform, { filter: `datum.series === '${series}' && isValid(datum.low)` }],
    mark: { type: "area", clip: true, tooltip: false, fill: colours[series as keyof typeof colours] },
    encoding: { y: { field: "low", type: "quantitative" }, y2: { field: "high" }, opacity: toggled(opacity) },
  }));

/** `aria` is off where there is nothing to draw: an empty group of marks would be an unnamed picture. */
const line = (transform: unknown[], strokeWidth: number, opacity: number, tooltip: unknown[] = [], aria = true) => ({
  transform,
  mark: { type: "line", strokeWidth, clip: true, aria },
  encoding: { stroke: encodings.stroke, strokeDash: encodings.strokeDash, opacity: toggled(opacity), tooltip },
});

const points = (transform: unknown[], size: number, tooltip: unknown[], aria = true) => ({
  transform,
  mark: { type: "point", size, filled: false, strokeWidth: 1.5, aria },
  encoding: { stroke: encodings.stroke, shape: encodings.shape, opacity: toggled(0.85), tooltip },
});

const referenceLayers = ({ value, label, below }: Reference) => [
  { data: { values: [{ value }] }, mark: { type: "rule", stroke: quiet, strokeDash: [1, 3] }, encoding: { x: null } },
  {
    data: { values: [{ value }] },
    mark: { type: "text", text: label, align: "right", baseline: below ? "top" : "bottom", dy: below ? 3 : -3, fontSize: 10.5, fill: quiet },
    encoding: { x: { value: "width" } },
  },
];

const note = (text: string) => ({
  data: { values: [{}] },
  mark: { type: "text", text, align: "left", x: 14, y: height / 2, fontSize: 15, fill: quiet },
  encoding: { x: null, y: null },
});

/** The paper's tasks lie at different heights: the lower end follows the chosen one, so that nothing is cut. */
function yScale({ yDomain, references }: Panel, rows: readonly Row[]): Spec {
  if (yDomain) return { domain: yDomain };
  const drawn = [...rows.filter((row) => row.source !== "paper").map((row) => row.value), ...(references ?? []).map((line) => line.value)];
  const lower = (values: number[]) => Math.floor((Math.min(...values, 0.95) - 0.01) * 20) / 20;
  const byTask = Map.groupBy(rows.filter((row) => row.source === "paper"), (row) => row.task);
  const ends = [...byTask].map(([task, published]) => [task, lower([...drawn, ...published.map((row) => row.low ?? row.value)])]);
  return { domain: [ends.length > 0 ? { expr: `(${JSON.stringify(Object.fromEntries(ends))})[task]` } : lower(drawn), 1], nice: false };
}

const field = (name: string, title: string, format?: string) => ({ field: name, title, ...(format ? { format } : {}) });
const place = [field("poisonRate", "poisoned fraction of rows"), field("exposures", "poisoned exposures")];
const runTooltip = [
  field("series", "series"),
  field("value", "value", ".4f"),
  field("seed", "seed"),
  ...place,
  field("testRows", "held-out rows"),
  field("collapsed", "predicts one class"),
  field("run", "run"),
];
const interval = [field("value", "mean", ".4f"), field("low", "band, low", ".4f"), field("high", "band, high", ".4f"), field("seeds", "seeds")];
const meanTooltip = [field("series", "series"), ...interval, ...place];
const paperTooltip = [field("series", "series"), field("task", "task"), ...interval, ...place, field("testRows", "held-out rows")];
