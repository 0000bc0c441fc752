/** Marks -> Vega-Lite: CA, ASR and their margin over what a figure of paper B varies, side by side. */
import type { Spec } from "../figure.ts";
import { noRuns } from "../no_runs.ts";
import { ink, toggled } from "../theme.ts";
import { frame, quoted, type Where } from "./frame.ts";
import { crossed, dotEncoding, encodings, lookOf, neverPoisoned, panelTitle } from "./look.ts";
import { type Mark, type Panel, panels } from "./mark.ts";
import { nullLine, type Setting, upright } from "./reference_lines.ts";
import { dotTooltip, medianTooltip, spoken, whose } from "./tooltip.ts";

export interface CurveAxis {
  readonly title: string;
  readonly type: "linear" | "log" | "log2";
  /** Where ticks stand; left out: where there are marks. */
  readonly ticks?: readonly number[];
}

export interface CurveOptions {
  readonly group: string;
  readonly title: string;
  readonly axis: CurveAxis;
  readonly series: readonly string[];
  /** The profile's own setting. */
  readonly chosen?: Pick<Setting, "x" | "label">;
  /** Short strokes in the panel of ASR, from its lower or its upper end. */
  readonly strokes?: readonly Strokes[];
}

export interface Strokes {
  readonly values: readonly number[];
  readonly label: string;
  readonly from: "below" | "above";
}

const width = 226, height = 200; // three beside each other fit a page

/** The whole figure; marks with source `null` and no place are horizontal lines, whose `label` is the method's series. */
export function curveSpec(description: string, marks: readonly Mark[], options: CurveOptions): Spec {
  return {
    ...frame(description, marks, { spoken, whose }, "CA dots"),
    title: { text: options.title, fontSize: 13, offset: 14 },
    bounds: "flush",
    spacing: 52,
    hconcat: panels.map((panel) => panelView(panel, marks, options)),
  };
}

function panelView(panel: Panel, marks: readonly Mark[], { axis, series, chosen, strokes = [] }: CurveOptions): Spec {
  const own = marks.filter((mark) => mark.panel === panel.panel), looks = encodings(series);
  const where = (condition: string) => [{ filter: `datum.panel === ${quoted(panel.panel)} && ${condition}` }];
  const hasRuns = own.some(({ source }) => source === "run"), dots = "isValid(datum.x) && (datum.source === 'run' || datum.source === 'paper')";
  return {
    title: panelTitle(panel.heading),
    width,
    height,
    encoding: {
      x: {
        field: "x",
        type: "quantitative",
        title: axis.title,
        scale: xScale(axis, marks, strokes.flatMap(({ values }) => values)),
        axis: xTicks(axis, marks),
      },
      y: {
        field: "value",
        type: "quantitative",
        title: null,
        scale: { domain: domainOf(own, panel), nice: false },
        axis: { format: ".2~f" },
      },
    },
    layer: [
      ...nullLines(own),
      ...(chosen ? upright({ ...chosen, stroke: "#c3c9d1" }) : []),
      ...(panel.panel === "ASR" ? strokes.flatMap(strokeLayers) : []),
      ...predictions(where, own),
      ...lines(where, own),
      {
        name: `${panel.panel} dots`,
        transform: where(dots),
        mark: { type: "point", filled: false, strokeWidth: 1.6, aria: own.some(({ source }) => source === "run" || source === "paper") },
        encoding: { ...dotEncoding(looks, dotTooltip("x")), size: { condition: { test: "datum.source === 'paper'", value: 70 }, value: 44 } },
      },
      crossed(where("datum.source === 'run' && datum.collapsed")),
      ...(hasRuns ? [] : [noRuns(height)]),
    ],
  };
}

/** Through the medians, with the seeds' range; a layer for each series, so that the legend takes its symbols from the dots alone. */
function lines(where: Where, own: readonly Mark[]): Spec[] {
  return [...new Set(own.filter(({ source }) => source === "median").map(({ series }) => series))].flatMap((series) => {
    const { colour, dash } = lookOf(series), transform = where(`datum.source === 'median' && datum.series === ${quoted(series)}`);
    return [
      {
        transform,
        mark: { type: "area", fill: colour, clip: true, tooltip: false, aria: false },
        encoding: { y: { field: "low", type: "quantitative" }, y2: { field: "high" }, opacity: toggled(0.1) },
      },
      {
        transform,
        mark: { type: "line", stroke: colour, strokeWidth: 2.2, strokeDash: dash, clip: true },
        encoding: { opacity: toggled(1), tooltip: medianTooltip("x") },
      },
    ];
  });
}

/** What theory says of the same runs: thin, without dots. */
const predictions = (where: Where, own: readonly Mark[]): Spec[] =>
  [...new Set(own.filter(({ source }) => source === "predicted").map(({ series }) => series))].map((series) => ({
    transform: where(`datum.source === 'predicted' && datum.series === ${quoted(series)}`),
    mark: { type: "line", stroke: lookOf(series).colour, strokeWidth: 1, strokeDash: [2, 2], clip: true },
    encoding: { opacity: toggled(0.9), tooltip: medianTooltip("x") },
  }));

/** What encoders that were never poisoned have at the profile's own settings: a dotted line in each method's colour, the uppermost named. */
function nullLines(own: readonly Mark[]): Spec[] {
  const nulls = own.filter(({ source, x }) => source === "null" && x === null).toSorted((a, b) => b.value - a.value);
  return nulls.flatMap(({ value, label }, i) =>
    nullLine({
      value,
      stroke: lookOf(label).colour,
      spoken: `${neverPoisoned}, ${label}: ${value.toFixed(3)}`,
      named: i === 0,
    })
  );
}

function strokeLayers({ values, label, from }: Strokes): Spec[] {
  if (values.length === 0) return [];
  const x = { field: "x", type: "quantitative" }, [end, tip, text] = from === "below" ? [height, height - 12, height - 15] : [0, 12, 26];
  return [
    {
      data: { values: values.map((x) => ({ x })) },
      mark: { type: "rule", stroke: ink, strokeWidth: 1, opacity: 0.55, aria: false },
      encoding: { x, y: { value: end }, y2: { value: tip } },
    },
    {
      data: { values: [{ x: values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] }] },
      mark: { type: "text", text: label, baseline: "bottom", fontSize: 10, fill: ink, aria: false },
      encoding: { x, y: { value: text } },
    },
  ];
}

function xScale({ type }: CurveAxis, marks: readonly Mark[], strokes: readonly number[] = []): Spec {
  const values = [...marks.flatMap(({ x }) => x ?? []), ...strokes];
  if (values.length === 0) return type !== "linear" ? { type: "log", base: 2, domain: [1, 128] } : { domain: [0, 1] };
  const least = Math.min(...values), most = Math.max(...values);
  if (type !== "linear") return { type: "log", base: type === "log2" ? 2 : 10, domain: [least / 1.3, most * 1.3], nice: false };
  const margin = (most - least || 1) * 0.05;
  return { domain: [Math.max(least - margin, least === 0 ? -margin : 0), most + margin], nice: false };
}

function xTicks({ ticks, type }: CurveAxis, marks: readonly Mark[]): Spec {
  const values = ticks ?? [...new Set(marks.flatMap(({ x }) => x ?? []))].sort((a, b) => a - b);
  return { ...(values.length > 0 ? { values } : {}), format: type === "log" ? "~e" : ".4~r", labelOverlap: true };
}

function domainOf(own: readonly Mark[], { panel }: Panel): [number, number] {
  if (panel === "ASR") return [0, 1];
  const least = Math.min(...own.map(({ value }) => value), panel === "CA" ? 0.75 : 0);
  return [Math.floor((least - 0.01) * 20) / 20, 1];
}
