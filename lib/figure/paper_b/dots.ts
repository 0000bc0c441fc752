/** Marks -> Vega-Lite: a table of paper B as dots. One block for each pair and attack; in it CA, ASR and their margin side by side. */
import type { Spec } from "../figure.ts";
import { noRuns } from "../no_runs.ts";
import { toggled } from "../theme.ts";
import { frame, inPanel, quoted, type Where } from "./frame.ts";
import { crossed, dotEncoding, encodings, groupTitle, lookOf, neverPoisoned, panelTitle } from "./look.ts";
import { type Mark, type Panel, panels } from "./mark.ts";
import { dotTooltip, medianTooltip, spoken, whose } from "./tooltip.ts";

export interface Block {
  /** The marks' `group`. */
  readonly group: string;
  readonly title: string;
}

export interface DotOptions {
  readonly blocks: readonly Block[];
  /** Lines from top to bottom. */
  readonly labels: readonly string[];
  /** In the legend's order. */
  readonly series: readonly string[];
}

interface Drawing extends DotOptions {
  readonly marks: readonly Mark[];
  readonly looks: ReturnType<typeof encodings>;
}

const width = 200, lineHeight = 18;
const nullAsStroke = { nullAsStroke: true };

/** The whole figure; `description` is its alternative text. */
export function dotSpec(description: string, marks: readonly Mark[], options: DotOptions): Spec {
  const drawing: Drawing = { ...options, marks, looks: encodings(options.series, nullAsStroke) };
  return {
    ...frame(description, marks, { spoken, whose }, viewName(options.blocks[0], panels[0])),
    spacing: 30,
    vconcat: options.blocks.map((block) => ({
      ...groupTitle(titleOf(block, marks)),
      bounds: "flush",
      spacing: 30,
      hconcat: panels.map((panel, i) => panelView(block, panel, i === 0, drawing)),
    })),
  };
}

const isRun = ({ source }: Mark): boolean => source === "run";

/** Says where the paper's cells stand alone beside blocks that have runs. */
function titleOf({ group, title }: Block, marks: readonly Mark[]): string {
  const runs = marks.filter(isRun);
  return runs.length === 0 || runs.some((run) => run.group === group) ? title : `${title} (published; no runs of ours)`;
}

const viewName = ({ group }: Block, { panel }: Panel): string => `${group}: ${panel}`;

function panelView(block: Block, panel: Panel, first: boolean, { marks, labels, looks }: Drawing): Spec {
  const own = marks.filter((mark) => mark.group === block.group && mark.panel === panel.panel);
  const shown = labels.filter((label) => marks.some((mark) => mark.group === block.group && mark.label === label));
  const hasPaper = marks.some(({ group, source }) => group === block.group && source === "paper");
  const hasRuns = own.some(isRun), besides = hasPaper && hasRuns;
  const lines = shown.length > 0 ? shown : labels, height = lines.length * lineHeight * (besides ? 1.5 : 1.15);
  const where = inPanel(block.group, panel.panel);
  return {
    title: panelTitle(panel.heading),
    width,
    height,
    encoding: {
      x: {
        field: "value",
        type: "quantitative",
        title: null,
        scale: { domain: domainOf(marks, panel), nice: false },
        axis: { format: ".2~f", tickCount: 5 },
      },
      y: {
        field: "label",
        type: "nominal",
        title: null,
        scale: { type: "band", domain: lines, paddingInner: 0.3, paddingOuter: 0.15 },
        axis: { labels: first, labelLimit: 400, ticks: false, domain: false, labelPadding: 8, grid: true },
      },
      ...besides ? { yOffset: { field: "side", type: "nominal", scale: { domain: ["ours", "published"] } } } : {},
    },
    transform: [{ calculate: "datum.source === 'paper' ? 'published' : 'ours'", as: "side" }],
    layer: [
      ...ranges(where, own),
      {
        name: viewName(block, panel),
        transform: where("datum.source !== 'median'"),
        mark: { type: "point", filled: false, strokeWidth: 1.6, aria: own.some(({ source }) => source !== "median") },
        encoding: {
          ...dotEncoding(looks, dotTooltip("label")),
          size: {
            condition: [{ test: "datum.source === 'null'", value: 70 }, { test: "datum.source === 'paper'", value: 32 }],
            value: 46,
          },
        },
      },
      ...medians(where, own),
      crossed(where("datum.source === 'run' && datum.collapsed")),
      ...(marks.some(isRun) ? [] : [noRuns(height)]),
    ],
  };
}

/** From the smallest to the largest seed. A layer for each series, so that the legend takes its symbols from the dots alone. */
const ranges = (where: Where, own: readonly Mark[]): Spec[] =>
  seriesOf(own).map((series) => ({
    transform: where(`datum.source === 'median' && datum.series === ${quoted(series)}`),
    mark: { type: "rule", strokeWidth: 5, stroke: lookOf(series).colour, tooltip: false, aria: false },
    encoding: { x: { field: "low", type: "quantitative" }, x2: { field: "high" }, opacity: toggled(0.22) },
  }));

const medians = (where: Where, own: readonly Mark[]): Spec[] =>
  seriesOf(own).map((series) => ({
    transform: where(`datum.source === 'median' && datum.series === ${quoted(series)}`),
    mark: { type: "tick", orient: "vertical", thickness: 2.6, size: 14, color: lookOf(series).colour },
    encoding: { opacity: toggled(1), tooltip: medianTooltip("label"), description: { field: "spoken", type: "nominal" } },
  }));

const seriesOf = (marks: readonly Mark[]): string[] => [
  ...new Set(marks.filter(({ source, series }) => source === "median" && series !== neverPoisoned).map(({ series }) => series)),
];

/** One scale for all blocks, so that they can be compared. */
function domainOf(marks: readonly Mark[], { panel }: Panel): [number, number] {
  if (panel === "ASR") return [0, 1];
  const least = Math.min(...marks.filter((mark) => mark.panel === panel).map(({ value }) => value), panel === "CA" ? 0.75 : 0);
  return [Math.floor((least - 0.01) * 20) / 20, 1];
}
