/** Marks by layer -> Vega-Lite: a row of panels for each pair of tasks, seeds as dots, a line through their medians. */
import type { Spec } from "../figure.ts";
import { noRuns } from "../no_runs.ts";
import { quiet, toggled } from "../theme.ts";
import { frame, inPanel, quoted, type Where } from "./frame.ts";
import type { LayerMark } from "./layer_marks.ts";
import { dotEncoding, encodings, groupTitle, lookOf, panelTitle } from "./look.ts";

export interface LayerOptions {
  readonly panels: readonly string[];
  readonly groups: readonly string[];
  readonly series: readonly string[];
  readonly layers: number;
  readonly yTitle: string;
  readonly y: { readonly type: "log" | "linear"; readonly domain: readonly [number, number] };
  readonly reference?: { readonly value: number; readonly label: string };
  readonly band?: { readonly low: number; readonly high: number; readonly label: string };
}

const height = 165, most = 160; // four beside each other fit a page

export function layerSpec(description: string, marks: readonly LayerMark[], options: LayerOptions): Spec {
  const groups = options.groups.length > 0 ? options.groups : [""];
  return {
    ...frame(description, marks, { spoken }, `${groups[0]} ${options.panels[0]}`),
    spacing: 30,
    vconcat: groups.map((group) => ({
      ...groupTitle(group),
      bounds: "flush",
      spacing: 40,
      hconcat: options.panels.map((panel, i) => panelView(group, panel, i === 0, marks, options)),
    })),
  };
}

function panelView(group: string, panel: string, first: boolean, marks: readonly LayerMark[], options: LayerOptions): Spec {
  const { series, layers, y, yTitle, reference, band } = options, looks = encodings(series);
  const own = marks.filter((mark) => mark.group === group && mark.panel === panel), hasRuns = own.length > 0;
  const where = inPanel(group, panel);
  const shift = (name: string) => (series.indexOf(name) - (series.length - 1) / 2) * Math.min(4, most / layers / (series.length + 1));
  return {
    title: panelTitle(panel),
    width: most,
    height,
    encoding: {
      x: {
        field: "layer",
        type: "quantitative",
        title: "layer, bottom to top",
        scale: { domain: [0.5, layers + 0.5], nice: false },
        axis: { values: ticksOf(layers), format: "d", grid: false },
      },
      y: {
        field: "value",
        type: "quantitative",
        title: first ? yTitle : null,
        scale: { type: y.type, domain: y.domain, nice: false },
        axis: { format: "~g", tickCount: 5 },
      },
    },
    layer: [
      ...(band ? bandLayers(band, first) : []),
      ...(reference ? referenceLayers(reference, first) : []),
      ...linesOf(where, own, shift),
      ...dotLayers(where, own, { group, panel, looks, shift }, series),
      ...(hasRuns ? [] : [noRuns(height)]),
    ],
  };
}

type Shift = (series: string) => number;

const present = (own: readonly LayerMark[], series: readonly string[]) => series.filter((name) => own.some((mark) => mark.series === name));

function linesOf(where: Where, own: readonly LayerMark[], shift: Shift): Spec[] {
  return [...new Set(own.map(({ series }) => series))].map((series) => ({
    transform: where(`datum.source === 'median' && datum.series === ${quoted(series)}`),
    mark: { type: "line", stroke: lookOf(series).colour, strokeDash: lookOf(series).dash, strokeWidth: 1.6, xOffset: shift(series), clip: true },
    encoding: { opacity: toggled(0.9), tooltip: medianTooltip },
  }));
}

/** Series stand beside each other, so that three seeds of three series can be told apart; the first layer owns the legend's choice. */
function dotLayers(
  where: Where,
  own: readonly LayerMark[],
  { group, panel, looks, shift }: { group: string; panel: string; looks: ReturnType<typeof encodings>; shift: Shift },
  series: readonly string[],
): Spec[] {
  const drawn = present(own, series), names = drawn.length > 0 ? drawn : series.slice(0, 1);
  return names.map((name, i) => ({
    ...(i === 0 ? { name: `${group} ${panel}` } : {}),
    transform: where(`datum.source === 'run' && datum.series === ${quoted(name)}`),
    mark: { type: "point", filled: false, size: 26, strokeWidth: 1.3, xOffset: shift(name), clip: true, aria: drawn.length > 0 },
    encoding: dotEncoding(looks, dotTooltip),
  }));
}

const bandLayers = ({ low, high, label }: NonNullable<LayerOptions["band"]>, named: boolean): Spec[] => [
  {
    data: { values: [{ low, high }] },
    mark: { type: "rect", fill: "#c3c9d1", opacity: 0.4, aria: false },
    encoding: { x: null, y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
  },
  ...(named ? [textAt(high, label)] : []),
];

const referenceLayers = ({ value, label }: NonNullable<LayerOptions["reference"]>, named: boolean): Spec[] => [
  { data: { values: [{ value }] }, mark: { type: "rule", stroke: quiet, strokeDash: [1, 3], aria: false }, encoding: { x: null } },
  ...(named ? [textAt(value, label)] : []),
];

const textAt = (value: number, label: string): Spec => ({
  data: { values: [{ value }] },
  mark: { type: "text", text: label, align: "left", baseline: "bottom", dx: 4, dy: -3, fontSize: 10, fill: quiet, aria: false },
  encoding: { x: { value: 0 } },
});

const ticksOf = (layers: number): number[] =>
  Array.from({ length: layers }, (_, i) => i + 1).filter((layer) => layers <= 12 || layer === 1 || layer % 4 === 0);

const spoken =
  "datum.series + ', ' + datum.panel + ', layer ' + datum.layer + ': ' + format(datum.value, '.3~g') + (isValid(datum.seed) ? ', seed ' + datum.seed : '')";

const first = [
  { field: "group", title: "pair" },
  { field: "series", title: "encoder" },
  { field: "panel", title: "panel" },
  { field: "layer", title: "layer" },
];
const dotTooltip = [...first, { field: "value", title: "value", format: ".4~g" }, { field: "seed", title: "seed" }, { field: "key", title: "run" }];
const medianTooltip = [
  ...first,
  { field: "value", title: "median", format: ".4~g" },
  { field: "low", title: "smallest seed", format: ".4~g" },
  { field: "high", title: "largest", format: ".4~g" },
];
