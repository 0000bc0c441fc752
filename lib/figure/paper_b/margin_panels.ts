/** Quantiles -> Vega-Lite: blocks of three panels, a method on each line, its seeds below each other. */
import type { Spec } from "../figure.ts";
import { noRuns } from "../no_runs.ts";
import { quiet } from "../theme.ts";
import { frame, quoted } from "./frame.ts";
import { groupTitle, lookOf, panelTitle } from "./look.ts";
import { type MarginPanel, marginPanels, type QuantileMark } from "./quantiles.ts";

interface MarginOptions {
  readonly groups: readonly string[];
  readonly labels: readonly string[];
  readonly seeds: readonly number[];
}

const width = 190;

export function marginSpec(description: string, marks: readonly QuantileMark[], options: MarginOptions): Spec {
  return {
    ...frame(description, marks, { spoken, share: "isValid(datum.turned) ? format(datum.turned, '.1%') : ''" }),
    spacing: 30,
    vconcat: (options.groups.length > 0 ? options.groups : [""]).map((group) => ({
      ...groupTitle(group),
      bounds: "flush",
      spacing: 44,
      hconcat: marginPanels.map((panel, i) => panelView(group, panel, i === 0, marks, options)),
    })),
  };
}

function panelView(
  group: string,
  { panel, heading, scale }: MarginPanel,
  first: boolean,
  marks: readonly QuantileMark[],
  options: MarginOptions,
): Spec {
  const block = marks.filter((mark) => mark.group === group), own = block.filter((mark) => mark.panel === panel);
  const shown = options.labels.filter((label) => block.some((mark) => mark.label === label)), lines = shown.length > 0 ? shown : options.labels;
  const height = lines.length * Math.max(20, 6 * options.seeds.length + 6);
  const where = [{ filter: `datum.group === ${quoted(group)} && datum.panel === ${quoted(panel)}` }];
  const reference = panel === "s_0" ? 1 : 0;
  return {
    title: panelTitle(heading),
    width,
    height,
    encoding: {
      x: {
        field: "value",
        type: "quantitative",
        title: null,
        scale: { domain: turningDomain(marks), ...scale, nice: false },
        axis: panel === "s_0" ? { values: [0, 1, 4, 16, 64, 256, 1024, 4096], format: "d" } : { format: ".1~f", tickCount: 5 },
      },
      y: {
        field: "label",
        type: "nominal",
        title: null,
        scale: { domain: lines, paddingInner: 0.25, paddingOuter: 0.1 },
        axis: { labels: first, labelLimit: 400, ticks: false, domain: false, labelPadding: 8 },
      },
      yOffset: { field: "seed", type: "nominal", scale: { domain: options.seeds } },
    },
    layer: [
      {
        data: { values: [{ value: reference }] },
        mark: { type: "rule", stroke: quiet, strokeDash: [1, 3], aria: false },
        encoding: { x: { field: "value", type: "quantitative" }, y: null, yOffset: null },
      },
      bars(where, ["p05", "p95"], 1, own.length > 0),
      bars(where, ["p25", "p75"], 4, false),
      {
        transform: where,
        mark: { type: "tick", orient: "vertical", thickness: 2, size: 8, color: "#1d2129", clip: true, aria: false },
        encoding: { tooltip },
      },
      ...(panel === "s_0" && own.length > 0 ? [turnedText(where)] : []),
      ...(own.length > 0 || block.length > 0 ? [] : [noRuns(height)]),
    ],
  };
}

/** To where three quarters of the rows have turned, in every run. */
function turningDomain(marks: readonly QuantileMark[]): [number, number] {
  const most = Math.max(16, ...marks.filter(({ panel }) => panel === "s_0").map(({ p75 }) => p75));
  return [0, 4 ** Math.ceil(Math.log(most) / Math.log(4))];
}

/** From one quantile to another, in the method's colour. */
function bars(where: Spec[], [low, high]: readonly [string, string], strokeWidth: number, aria: boolean): Spec {
  const names = ["full fine-tuning", "LoRA", "PiSSA, DoRA, OLoRA", "RoRA"];
  const stroke = { field: "series", type: "nominal", scale: { domain: names, range: names.map((name) => lookOf(name).colour) }, legend: null };
  return {
    transform: where,
    mark: { type: "rule", strokeWidth, clip: true, aria },
    encoding: { x: { field: low, type: "quantitative" }, x2: { field: high }, stroke, tooltip, description: { field: "spoken", type: "nominal" } },
  };
}

/** The median over seeds of the share of rows that turn. */
const turnedText = (where: Spec[]): Spec => ({
  transform: [...where, { aggregate: [{ op: "median", field: "turned", as: "share" }], groupby: ["label"] }, {
    calculate: "format(datum.share, '.0%')",
    as: "text",
  }],
  mark: { type: "text", align: "left", dx: 6, fontSize: 10, fill: quiet, aria: false },
  encoding: { x: { value: "width" }, text: { field: "text" }, yOffset: null },
});

const spoken = "datum.label + ', seed ' + datum.seed + ', ' + datum.panel + ', median over rows: ' + format(datum.value, '.3f')";

const tooltip = [
  { field: "group", title: "where" },
  { field: "label", title: "method" },
  { field: "panel", title: "quantity" },
  { field: "p05", title: "5 % of the rows", format: ".3f" },
  { field: "p25", title: "25 %", format: ".3f" },
  { field: "value", title: "median", format: ".3f" },
  { field: "p75", title: "75 %", format: ".3f" },
  { field: "p95", title: "95 %", format: ".3f" },
  { field: "share", title: "rows that some scale turns" },
  { field: "seed", title: "seed" },
  { field: "key", title: "run" },
];
