/** Marks of Figure 4 -> Vega-Lite: a row for each pair of tasks, a panel for each trigger. */
import { attackNames } from "./names.ts";
import type { Spec } from "../figure.ts";
import { quiet } from "../theme.ts";
import { frame, inPanel, medianLine, runDots, type Where } from "./frame.ts";
import { encodings, groupTitle, lookOf, panelTitle } from "./look.ts";

/** A probability of the target class, in one panel. */
export interface CaseMark {
  /** The attack. */
  readonly panel: string;
  /** The pair of tasks. */
  readonly group: string;
  readonly source: "run" | "median" | "paper";
  readonly series: string;
  /** Words before the trigger; -1: the sentence as it is; null: the paper does not say where. */
  readonly place: number | null;
  readonly value: number;
  readonly seeds: number;
  readonly seed: number | null;
  readonly key: string | null;
}

interface CaseOptions {
  readonly groups: readonly string[];
  readonly series: readonly string[];
  readonly words: number;
}

const width = 300, height = 190; // two beside each other fit a page

export function caseStudySpec(description: string, marks: readonly CaseMark[], options: CaseOptions): Spec {
  const [first = ""] = options.groups;
  return {
    ...frame(description, marks, { x: `datum.place < 0 ? ${untouched} : datum.place`, at, spoken }, viewName(first, attackNames.badnet)),
    spacing: 34,
    vconcat: (options.groups.length > 0 ? options.groups : [""]).map((group) => ({
      ...groupTitle(group),
      bounds: "flush",
      spacing: 116,
      hconcat: Object.values(attackNames).map((panel) => panelView(group, panel, marks, options)),
    })),
  };
}

/** Where the sentence without a trigger stands. */
const untouched = -1.7;

const viewName = (group: string, panel: string): string => `${group} ${panel}`.replaceAll(/\W+/g, "_");

function panelView(group: string, panel: string, marks: readonly CaseMark[], { series, words }: CaseOptions): Spec {
  const own = marks.filter((mark) => mark.group === group && mark.panel === panel), looks = encodings(series);
  const where = inPanel(group, panel), isTriggered: Where = (condition) => where(`${condition} && datum.place >= 0`);
  return {
    title: panelTitle(panel),
    width,
    height,
    encoding: {
      x: {
        field: "x",
        type: "quantitative",
        title: "words before the trigger",
        scale: { domain: [untouched - 0.4, words + 0.4], nice: false },
        axis: { values: [untouched, ...Array.from({ length: words + 1 }, (_, place) => place)], labelExpr, grid: false, labelOverlap: false },
      },
      y: {
        field: "value",
        type: "quantitative",
        title: "probability of “negative”",
        scale: { domain: [0, 1] },
        axis: { format: ".0%" },
      },
    },
    layer: [
      ...publishedLines(marks.filter((mark) => mark.source === "paper" && mark.panel === panel)),
      ...[...new Set(own.map((mark) => mark.series))].map((name) => medianLine(isTriggered, name)),
      ...runDots(viewName(group, panel), where, looks, tooltip, { size: 34, height, hasRuns: own.length > 0 }),
    ],
  };
}

/** The paper's labels, at no place: lines across, named behind their ends. */
const publishedLines = (marks: readonly CaseMark[]): Spec[] =>
  marks.flatMap(({ value, series }) => [
    {
      data: { values: [{ value }] },
      mark: { type: "rule", stroke: lookOf(series).colour, strokeDash: [1, 3], strokeWidth: 1.4, aria: false },
      encoding: { x: null },
    },
    {
      data: { values: [{ value }] },
      mark: {
        type: "text",
        text: `paper: ${series}`,
        align: "left",
        dx: 5,
        fontSize: 10,
        fill: quiet,
        aria: false,
      },
      encoding: { x: { value: "width" } },
    },
  ]);

const labelExpr = "datum.value < 0 ? 'none' : format(datum.value, 'd')";
const at = "datum.place < 0 ? 'without trigger' : datum.place + ' words before it'";
const spoken = "datum.series + ', ' + datum.panel + ', ' + datum.at + ': ' + format(datum.value, '.3f') + ', seed ' + datum.seed";

const tooltip = [
  { field: "group", title: "where" },
  { field: "panel", title: "trigger" },
  { field: "at", title: "it stands" },
  { field: "series", title: "series" },
  { field: "value", title: "probability of negative", format: ".4f" },
  { field: "seed", title: "seed" },
  { field: "key", title: "run" },
];
