/** Rows -> Vega-Lite: one panel per measure and task, side by side, with one legend and one choice of the paper's task. */
import { axisEncoding, axisParams, axisTransform, type XAxis } from "./axes.ts";
import type { Arm, Row, Spec } from "./figure.ts";
import { noRuns, note } from "./no_runs.ts";
import { nearestTask } from "./paper.ts";
import { short } from "./short.ts";
import { colourOf, config, cross, encodingsFor, ink, quiet, toggled } from "./theme.ts";
import { meanTooltip, paperTooltip, runTooltip } from "./tooltips.ts";

export interface Panel {
  /** Measure id. */
  readonly id: string;
  readonly heading: string;
  readonly yTitle: string;
  /** Fixed y range; left out: from the values drawn. */
  readonly yDomain?: readonly [number, number];
  /** Values on both sides of zero, which is drawn. */
  readonly aroundZero?: boolean;
  /** Horizontal lines to compare with. */
  readonly references?: readonly Reference[];
}

export interface Reference {
  readonly value: number;
  readonly label: string;
  /** Draws the label under the line instead of above it. */
  readonly below?: boolean;
  /** Our task that it belongs to; left out: every one. */
  readonly task?: string;
}

export interface PanelOptions {
  readonly axis: XAxis;
  readonly arms: readonly Arm[];
  /** Views of another kind behind the panels. */
  readonly extra?: readonly Spec[];
}

interface Drawing extends PanelOptions {
  readonly encodings: ReturnType<typeof encodingsFor>;
  /** All rows: panels share their x axis. */
  readonly rows: readonly Row[];
  readonly papersTasks: readonly string[];
}

export const panelWidth = 330, panelHeight = 230;

/** The whole figure. `description` is its alternative text. */
export function panelSpec(description: string, rows: readonly Row[], panels: readonly Panel[], options: PanelOptions): Spec {
  const { axis, arms, extra = [] } = options;
  const papersTasks = [...new Set(rows.filter((row) => row.source === "paper").map((row) => row.task))];
  const tasks = [...new Set(rows.filter((row) => row.source !== "paper").map((row) => row.task))];
  const drawing: Drawing = { ...options, encodings: encodingsFor(arms), rows, papersTasks };
  const select = { name: "task", value: nearestTask, bind: { input: "select", options: papersTasks, name: "Paper's task: " } };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    description,
    config: { ...config, legend: { ...config.legend, columns: arms.length } },
    data: { values: rows.map(short) },
    params: [
      ...(papersTasks.length > 0 ? [select] : []),
      ...axisParams(axis),
      { name: "shown", select: { type: "point", fields: ["series"] }, bind: "legend", views: [clickable(panels[0], tasks[0])] },
    ],
    transform: [...axisTransform(axis), { calculate: spoken, as: "spoken" }],
    columns: 2,
    bounds: "flush",
    spacing: { row: 88, column: 72 },
    concat: [
      ...(tasks.length > 1 ? tasks : [tasks[0]]).flatMap((task) => panels.map((panel) => panelView(panel, drawing, task, tasks.length > 1))),
      ...extra,
    ],
  };
}

/** What a screen reader says of a dot: the tooltip's many fields would be read out one by one. */
const spoken = "datum.series + ': ' + format(datum.value, '.3f') + (isValid(datum.seed) ? ', seed ' + datum.seed : '')";

/** `task` is ours, undefined where there are no runs. */
function panelView(panel: Panel, { axis, encodings, rows: all, papersTasks }: Drawing, task: string | undefined, named: boolean): Spec {
  const rows = all.filter((row) => row.panel === panel.id && (row.source === "paper" || row.task === task));
  const isResidual = rows.some((row) => row.against !== null);
  const shownTask = task && papersTasks.includes(task) ? `'${task}'` : "task"; // its own counterpart, where the paper has one
  const only = (condition: string) => [{ filter: `datum.panel === '${panel.id}' && ${condition}` }];
  const paper = only(`datum.source === 'paper' && datum.task === ${shownTask}`);
  const own = (source: string) =>
    only(`datum.source === '${source}' && datum.task === '${task}'${isResidual ? ` && datum.against === ${shownTask}` : ""}`);
  const published = rows.filter((row) => row.source === "paper"), means = rows.filter((row) => row.source === "mean");
  const hasRuns = rows.some((row) => row.source === "run"), hasMeans = means.length > 0;
  const name = { name: clickable(panel, task) };
  const line = (transform: unknown[], strokeWidth: number, opacity: number, tooltip: unknown[] = [], aria = true) => ({
    transform,
    mark: { type: "line", strokeWidth, clip: true, aria }, // no aria where nothing is drawn: an empty group of marks would be an unnamed picture
    encoding: { stroke: encodings.stroke, strokeDash: encodings.strokeDash, opacity: toggled(opacity), tooltip },
  });
  const points = (transform: unknown[], size: number, tooltip: unknown[], aria = true) => ({
    transform,
    mark: { type: "point", size, filled: false, strokeWidth: 1.5, aria },
    encoding: {
      stroke: encodings.stroke,
      shape: encodings.shape,
      opacity: toggled(0.85),
      tooltip,
      description: { field: "spoken", type: "nominal" },
    },
  });
  return {
    title: named ? `${task}: ${panel.heading}` : panel.heading,
    width: panelWidth,
    height: panelHeight,
    encoding: {
      x: axisEncoding(axis, all),
      y: { field: "value", type: "quantitative", title: panel.yTitle, scale: yScale(panel, rows, shownTask), axis: { format: ".2~f" } },
    },
    layer: [
      ...bands(paper, published, 0.22),
      ...(published.length > 0 ? [{ ...name, ...line(paper, 1.3, 0.9) }, points(paper, 22, paperTooltip)] : []),
      ...[...(panel.references ?? []), ...(panel.aroundZero ? [{ value: 0, label: "" }] : [])]
        .filter((line) => line.task === undefined || line.task === task).flatMap(referenceLayers),
      ...bands(own("mean"), means, 0.11),
      { ...(published.length > 0 ? {} : name), ...line(own("mean"), 2.4, 1, meanTooltip, hasMeans) },
      ...(isResidual ? [points(own("mean"), 48, meanTooltip)] : []),
      points(own("run"), 48, runTooltip, hasRuns),
      {
        transform: [...own("run"), { filter: "datum.collapsed" }],
        mark: { type: "point", shape: cross, size: 150, stroke: ink, strokeWidth: 1.6, filled: false, tooltip: false, aria: false },
        encoding: { opacity: toggled(1) },
      },
      ...(hasMeans ? [] : [task === undefined ? noRuns(panelHeight) : note("no value to compare", panelHeight)]),
    ],
  };
}

/** The legend can be clicked only if the first layer that has it owns the selection. */
const clickable = (panel: Panel, task: string | undefined): string => `${task ? `${task} ` : ""}${panel.id} lines`;

/** One layer per series, so that the legend takes its symbols from lines and dots alone. */
const bands = (transform: unknown[], rows: readonly Row[], opacity: number) =>
  [...new Set(rows.filter((row) => row.low !== null).map((row) => row.series))].map((series) => ({
    transform: [...transform, { filter: `datum.series === '${series}' && isValid(datum.low)` }],
    mark: { type: "area", clip: true, tooltip: false, fill: colourOf(series) },
    encoding: { y: { field: "low", type: "quantitative" }, y2: { field: "high" }, opacity: toggled(opacity) },
  }));

const referenceLayers = ({ value, label, below }: Reference) => [
  { data: { values: [{ value }] }, mark: { type: "rule", stroke: quiet, strokeDash: [1, 3] }, encoding: { x: null } },
  ...(label === "" ? [] : [{
    data: { values: [{ value }] },
    mark: { type: "text", text: label, align: "right", baseline: below ? "top" : "bottom", dy: below ? 3 : -3, fontSize: 10.5, fill: quiet },
    encoding: { x: { value: "width" } },
  }]),
];

/** The paper's tasks lie at different heights: the lower end follows the chosen one, so that nothing is cut. */
function yScale({ yDomain, aroundZero, references }: Panel, rows: readonly Row[], shownTask: string): Spec {
  if (yDomain) return { domain: yDomain };
  if (aroundZero) {
    const values = rows.map((row) => row.value), outwards = (end: number) => Math.ceil(Math.max(0.05, end) * 21) / 20;
    return { domain: [-outwards(-Math.min(...values, 0)), outwards(Math.max(...values, 0))], nice: false };
  }
  const drawn = [...rows.filter((row) => row.source !== "paper").map((row) => row.value), ...(references ?? []).map((line) => line.value)];
  const lower = (values: number[]) => Math.max(0, Math.floor((Math.min(...values, 0.95) - 0.01) * 20) / 20);
  const byTask = Map.groupBy(rows.filter((row) => row.source === "paper"), (row) => row.task);
  const ends = [...byTask].map(([task, published]) => [task, lower([...drawn, ...published.map((row) => row.low ?? row.value)])]);
  return { domain: [ends.length > 0 ? { expr: `(${JSON.stringify(Object.fromEntries(ends))})[${shownTask}]` } : lower(drawn), 1], nice: false };
}
