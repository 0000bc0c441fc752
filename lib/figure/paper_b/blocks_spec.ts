/** Marks -> Vega-Lite: for each fine-tuning a panel for each block, and below them the constants and the thresholds over the blocks. */
import type { Spec } from "../figure.ts";
import { noRuns, note } from "../no_runs.ts";
import { quiet } from "../theme.ts";
import { type BlockMark, constants, measures, thresholds } from "./block_marks.ts";
import { frame, medianLine, quoted } from "./frame.ts";
import { dotEncoding, encodings, groupTitle, lookOf, panelTitle } from "./look.ts";

const panelWidth = 88, panelHeight = 130, spacing = 12; // six blocks fit a notebook's cell
/** Between the two panels over all blocks: room for an axis. */
const acrossGap = 56;

export function blocksSpec(description: string, marks: readonly BlockMark[], groups: readonly string[]): Spec {
  const blocks = [...new Set(marks.map(({ block }) => block))].sort((a, b) => a - b), scales = scalesOf(marks);
  const drawn = groups.length ? groups : [""], panels = blocks.length ? blocks : [0];
  return {
    ...frame(description, marks, { spoken }, viewName(drawn[0], panels[0])),
    spacing: 30,
    ...ownLegends,
    vconcat: drawn.flatMap((group) => [
      {
        ...groupTitle(group),
        bounds: "flush",
        spacing,
        hconcat: panels.map((block) => scalePanel(group, block, marks, scales, block === panels[0])),
      },
      { ...ownLegends, bounds: "flush", spacing: acrossGap, hconcat: [constantsPanel(group, marks, panels), thresholdsPanel(group, marks, panels)] },
    ]),
  };
}

const ownLegends: Spec = { resolve: { scale: { stroke: "independent", shape: "independent" } } };

const viewName = (group: string, panel: number): string => `blocks ${group} ${panel}`.replaceAll(/\W+/g, "_");

const scalesOf = (marks: readonly BlockMark[]): number[] => [...new Set(marks.flatMap(({ scale }) => scale ?? []))].sort((a, b) => a - b);

function scalePanel(group: string, block: number, marks: readonly BlockMark[], scales: readonly number[], first: boolean): Spec {
  const where = (condition: string) => [{
    filter: `datum.group === ${quoted(group)} && datum.block === ${block} && isValid(datum.scale) && ${condition}`,
  }];
  const drawn = marks.some((mark) => mark.group === group && mark.block === block);
  return {
    title: panelTitle(`block ${block + 1}`),
    width: panelWidth,
    height: panelHeight,
    encoding: {
      x: {
        field: "scale",
        type: "ordinal",
        title: first ? "s of this block" : null,
        scale: { type: "point", domain: scales.length ? scales : [0, 1], padding: 0.4 },
        axis: { labelAngle: 0, grid: false, labelOverlap: true },
      },
      y: {
        field: "value",
        type: "quantitative",
        title: null,
        scale: { domain: [0, 1] },
        axis: { format: ".2~f", labels: first, tickCount: 5 },
      },
    },
    layer: [
      ...measures.map((name) => medianLine(where, name, 1.8)),
      {
        name: viewName(group, block),
        transform: where(`datum.source === 'run' && datum.series !== ${quoted(measures[1])}`),
        mark: { type: "point", filled: false, strokeWidth: 1.4, size: 26, aria: drawn },
        encoding: dotEncoding(encodings(measures), scaleTooltip),
      },
      ...drawn ? [] : [noRuns(panelHeight)],
    ],
  };
}

/** Of the two panels that have all blocks on one axis. */
function acrossPanel(title: string, blocks: readonly number[], y: Spec, layer: readonly Spec[]): Spec {
  return {
    title: panelTitle(title),
    width: (blocks.length * panelWidth + (blocks.length - 1) * spacing - acrossGap) / 2,
    height: panelHeight,
    encoding: {
      x: {
        field: "place",
        type: "ordinal",
        title: "block",
        scale: { domain: blocks.map((block) => block + 1) },
        axis: { labelAngle: 0, grid: false, ticks: false },
      },
      y: { field: "value", type: "quantitative", title: null, ...y },
    },
    transform: [{ calculate: "datum.block + 1", as: "place" }],
    layer,
  };
}

function constantsPanel(group: string, marks: readonly BlockMark[], blocks: readonly number[]): Spec {
  const drawn = marks.some((mark) => mark.group === group && mark.module !== null);
  const y = { ...drawn ? {} : { scale: { domain: [-1, 1] } }, axis: { format: ".3~f", tickCount: 5 } };
  return acrossPanel("constants at the modules", blocks, y, [
    {
      data: { values: [{ value: 0 }] },
      mark: { type: "rule", stroke: quiet, strokeDash: [1, 3], aria: false },
      encoding: { x: null },
    },
    ...series(group, constants, drawn, moduleTooltip),
    ...drawn ? [] : [noRuns(panelHeight)],
  ]);
}

function thresholdsPanel(group: string, marks: readonly BlockMark[], blocks: readonly number[]): Spec {
  const own = marks.filter((mark) => mark.group === group), drawn = own.some((mark) => thresholds.includes(mark.series as never));
  const y = {
    scale: { type: "symlog", ...drawn ? {} : { domain: [0, 100] } }, // a row that needs no update has s_0 = 0
    axis: { values: [0, 1, 10, 100, 1000, 1e4, 1e5], labelExpr: "format(datum.value, '~s')" },
  };
  return acrossPanel("scales that turn a row", blocks, y, [
    ...series(group, thresholds, drawn, thresholdTooltip),
    ...drawn ? [] : [own.length ? note("no block turns a row", panelHeight) : noRuns(panelHeight)],
  ]);
}

/** A line through each series' medians and a dot for each run, series side by side. */
function series(group: string, names: readonly string[], drawn: boolean, tooltip: readonly unknown[]): Spec[] {
  const where = (name: string, source: string) => [
    { filter: `datum.group === ${quoted(group)} && datum.series === ${quoted(name)} && datum.source === '${source}'` },
  ];
  const shift = (at: number) => 7 * (at - (names.length - 1) / 2);
  return [
    ...names.map((name) => line(where(name, "median"), name)),
    ...names.map((name, at) => ({
      transform: where(name, "run"),
      mark: { type: "point", filled: false, strokeWidth: 1.3, size: 24, xOffset: shift(at), aria: drawn },
      encoding: { ...dotEncoding(encodings(names), tooltip), opacity: { value: 0.85 } }, // the legend's choice is of shares
    })),
  ];
}

/** Through the medians. */
const line = (transform: Spec[], name: string): Spec => ({
  transform,
  mark: { type: "line", stroke: lookOf(name).colour, strokeWidth: 1.8, strokeDash: lookOf(name).dash, aria: false },
});

const spoken = "datum.series + ', block ' + (datum.block + 1) + (isValid(datum.scale) ? ', s ' + datum.scale : '') + " +
  "(isValid(datum.module) ? ', ' + datum.module : '') + ': ' + format(datum.value, isValid(datum.share) ? '.3~r' : '.3f') + ', seed ' + datum.seed";

const tooltipOf = (...own: readonly Spec[]) => [
  { field: "group", title: "fine-tuning" },
  ...own,
  { field: "seed", title: "seed" },
  { field: "key", title: "study" },
];
const valueOf = (field: "scale" | "module", title: string) => [
  { field, title },
  { field: "series", title: "measure" },
  { field: "value", title: "value", format: ".3f" },
];
const scaleTooltip = tooltipOf(...valueOf("scale", "s of the block")), moduleTooltip = tooltipOf(...valueOf("module", "module"));
const thresholdTooltip = tooltipOf(
  { field: "place", title: "block" },
  { field: "series", title: "threshold" },
  { field: "value", title: "median row's", format: ".3~r" },
  { field: "share", title: "rows that have one", format: ".0%" },
);
