/** What a study's evaluations show: attack success rate and clean accuracy over the names of a setting, side by side for each dose of poison. */
import { percent } from "../../math/percent.ts";
import { isCollapsed } from "../../evaluate/confusion.ts";
import { metricsOf } from "../../evaluate/metrics.ts";
import type { RunConfig } from "../../experiment/config.ts";
import type { Evaluated } from "../../experiment/study_record.ts";
import { attackSuccessOf } from "../../experiment/triggered.ts";
import type { Spec } from "../figure.ts";
import { quiet } from "../theme.ts";
import { frame, inPanel, medianLine, quoted, runDots } from "./frame.ts";
import { crossed, encodings, groupTitle, neverPoisoned, panelTitle } from "./look.ts";
import { seedMedians } from "./seed_medians.ts";

export interface ShareMark {
  readonly panel: "attack success rate" | "clean accuracy";
  /** How the encoder was poisoned: `75 % of the target class`. */
  readonly group: string;
  readonly source: "run" | "median";
  readonly series: string;
  /** On the axis. */
  readonly at: string;
  readonly value: number;
  /** Whether one class has at least .995 of the clean predictions. */
  readonly collapsed: boolean;
  readonly seeds: number;
  readonly seed: number | null;
  readonly key: string | null;
}

const panels = ["attack success rate", "clean accuracy"] as const;
const width = 320, height = 210; // two beside each other fit a page

/** How an encoder was poisoned. */
export const doseName = ({ attack }: RunConfig): string => "poisonRate" in attack ? `${percent(attack.poisonRate)} of the target class poisoned` : "";

/** An evaluation's two marks. @param config the run that was evaluated */
export const sharesOf = (own: Pick<ShareMark, "group" | "series" | "at" | "seed" | "key">, config: RunConfig, seen: Evaluated): ShareMark[] =>
  panels.map((panel) => ({
    panel,
    source: "run",
    seeds: 1,
    collapsed: isCollapsed(seen.clean),
    value: panel === "clean accuracy" ? metricsOf(seen.clean).accuracy : attackSuccessOf(config, seen),
    ...own,
  }));

export const withMedians = (runs: readonly ShareMark[]): ShareMark[] => [
  ...runs,
  ...seedMedians(runs, ({ panel, group, series, at }) => [panel, group, series, at]),
];

export interface SharesLook {
  /** Begins the views' names. */
  readonly name: string;
  readonly series: readonly string[];
  /** Names on the axis, from left to right. */
  readonly order: readonly string[];
  /** What they are. */
  readonly title: string;
  /** Where a name is more than one line. */
  readonly lines?: Readonly<Record<string, readonly string[]>>;
  /** What a mark says aloud before its place and its value, as an expression. */
  readonly says: string;
}

/** A row of two panels for each group; a series `never poisoned` is a dotted line across. */
export function sharesSpec(description: string, marks: readonly ShareMark[], look: SharesLook): Spec {
  const groups = [...new Set(marks.map(({ group }) => group))], drawn = groups.length ? groups : [""];
  const spoken = `datum.series + ', ' + datum.panel + ${look.says} + ': ' + format(datum.value, '.3f') + ', seed ' + datum.seed`;
  return {
    ...frame(description, marks, { spoken }, viewName(look, drawn[0], panels[0])),
    spacing: 34,
    vconcat: drawn.map((group) => ({
      ...groupTitle(group),
      bounds: "flush",
      spacing: 60,
      hconcat: panels.map((panel) => panelView(group, panel, marks, look)),
    })),
  };
}

const viewName = ({ name }: SharesLook, group: string, panel: string): string => `${name} ${group} ${panel}`.replaceAll(/\W+/g, "_");

function panelView(group: string, panel: ShareMark["panel"], marks: readonly ShareMark[], look: SharesLook): Spec {
  const { series, order, title } = look, looks = encodings(series), own = marks.filter((mark) => mark.group === group && mark.panel === panel);
  const labelExpr = `${JSON.stringify(look.lines ?? {})}[datum.label] || datum.label`;
  const where = inPanel(group, panel), least = Math.min(...own.map(({ value }) => value));
  return {
    title: panelTitle(panel),
    width,
    height,
    encoding: {
      x: {
        field: "at",
        type: "ordinal",
        title,
        scale: { domain: order },
        axis: { labelAngle: 0, grid: false, labelExpr },
      },
      y: {
        field: "value",
        type: "quantitative",
        title: null,
        scale: { domain: panel === "clean accuracy" ? [Math.min(0.5, least), 1] : [0, 1] },
        axis: { format: ".2~f" },
      },
    },
    layer: [
      {
        transform: where(`datum.source === 'median' && datum.series === ${quoted(neverPoisoned)}`),
        mark: { type: "rule", stroke: quiet, strokeDash: [1, 3], strokeWidth: 1.4, aria: false },
        encoding: { x: null },
      },
      ...series.filter((name) => name !== neverPoisoned).map((name) => medianLine(where, name)),
      ...runDots(viewName(look, group, panel), where, looks, tooltipOf(title), { size: 40, height, hasRuns: own.length > 0 }),
      crossed(where("datum.source === 'run' && datum.collapsed")),
    ],
  };
}

const tooltipOf = (title: string) => [
  { field: "group", title: "poison" },
  { field: "series", title: "series" },
  { field: "at", title },
  { field: "panel", title: "measure" },
  { field: "value", title: "value", format: ".3f" },
  { field: "seed", title: "seed" },
  { field: "key", title: "study" },
];
