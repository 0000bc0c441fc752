/** Marks -> Vega-Lite: for each fine-tuning a panel for each block, and below them the constants over the blocks. */
import type { Spec } from "../figure.ts";
import { noRuns } from "../no_runs.ts";
import { quiet } from "../theme.ts";
import { type BlockMark, constants, measures } from "./block_marks.ts";
import { frame, medianLine, quoted } from "./frame.ts";
import { dotEncoding, encodings, groupTitle, lookOf, panelTitle } from "./look.ts";

const panelWidth = 88, panelHeight = 130, spacing = 12; // six blocks fit a notebook's cell

export function blocksSpec(description: string, marks: readonly BlockMark[], groups: readonly string[]): Spec {
  const blocks = [...new Set(marks.map(({ block }) => block))].sort((a, b) => a - b), scales = scalesOf(marks);
  const drawn = groups.length ? groups : [""], panels = blocks.length ? blocks : [0];
  return {
    ...frame(description, marks, { spoken }, viewName(drawn[0], panels[0])),
    spacing: 30,
    resolve: { scale: { stroke: "independent", shape: "independent" } },
    vconcat: drawn.flatMap((group) => [
      {
        ...groupTitle(group),
        bounds: "flush",
        spacing,
        hconcat: panels.map((block) => scalePanel(group, block, marks, scales, block === panels[0])),
      },
      constantsPanel(group, marks, panels),
    ]),
  };
}

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
        encoding: dotEncoding(encodings(measures), tooltipOf("scale", "s of the block")),
      },
      ...drawn ? [] : [noRuns(panelHeight)],
    ],
  };
}

function constantsPanel(group: string, marks: readonly BlockMark[], blocks: readonly number[]): Spec {
  const where = (condition: string) => [{ filter: `datum.group === ${quoted(group)} && isValid(datum.module) && ${condition}` }];
  const drawn = marks.some((mark) => mark.group === group && mark.module !== null),
    shift = (name: string) => 9 * (constants.indexOf(name as never) - 1);
  return {
    width: blocks.length * panelWidth + (blocks.length - 1) * spacing,
    height: panelHeight,
    encoding: {
      x: {
        field: "place",
        type: "ordinal",
        title: "block",
        scale: { domain: blocks.map((block) => block + 1) },
        axis: { labelAngle: 0, grid: false, ticks: false },
      },
      y: {
        field: "value",
        type: "quantitative",
        title: null,
        ...drawn ? {} : { scale: { domain: [-1, 1] } },
        axis: { format: ".3~f", tickCount: 5 },
      },
    },
    transform: [{ calculate: "datum.block + 1", as: "place" }],
    layer: [
      {
        data: { values: [{ value: 0 }] },
        mark: { type: "rule", stroke: quiet, strokeDash: [1, 3], aria: false },
        encoding: { x: null },
      },
      ...constants.map((name) => line(where(`datum.source === 'median' && datum.series === ${quoted(name)}`), name)),
      ...constants.map((name) => ({
        transform: where(`datum.source === 'run' && datum.series === ${quoted(name)}`),
        mark: { type: "point", filled: false, strokeWidth: 1.3, size: 24, xOffset: shift(name), aria: drawn },
        encoding: { ...dotEncoding(encodings(constants), tooltipOf("module", "module")), opacity: { value: 0.85 } }, // the legend's choice is of shares
      })),
      ...drawn ? [] : [noRuns(panelHeight)],
    ],
  };
}

/** Through the medians. */
const line = (transform: Spec[], series: string): Spec => ({
  transform,
  mark: { type: "line", stroke: lookOf(series).colour, strokeWidth: 1.8, strokeDash: lookOf(series).dash, aria: false },
});

const spoken = "datum.series + ', block ' + (datum.block + 1) + (isValid(datum.scale) ? ', s ' + datum.scale : ', ' + datum.module) + ': ' + " +
  "format(datum.value, '.3f') + ', seed ' + datum.seed";

const tooltipOf = (field: "scale" | "module", title: string) => [
  { field: "group", title: "fine-tuning" },
  { field, title },
  { field: "series", title: "measure" },
  { field: "value", title: "value", format: ".3f" },
  { field: "seed", title: "seed" },
  { field: "key", title: "study" },
];
