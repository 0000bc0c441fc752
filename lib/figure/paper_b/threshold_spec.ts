/** Marks -> Vega-Lite: observed CA and ASR as dots and the foretold ASR as a line, over the scale, a panel for each method. */
import type { Spec } from "../figure.ts";
import { noRuns } from "../no_runs.ts";
import { quiet, toggled } from "../theme.ts";
import { frame, quoted } from "./frame.ts";
import { crossed, dotEncoding, encodings, lookOf, neverPoisoned } from "./look.ts";
import type { Mark } from "./mark.ts";
import { nullLine, upright } from "./reference_lines.ts";
import { spoken } from "./tooltip.ts";

export const foretoldRate = "foretold attack success rate";
export const observed = ["attack success rate", "clean accuracy"] as const;

export interface ThresholdArm {
  /** The marks' `group`. */
  readonly title: string;
  /** alpha / r; null without runs, as the rest. */
  readonly trained: number | null;
  /** Share of triggered rows that some scale turns: mean over seeds. */
  readonly turned: number | null;
  /** Median s_0 of those rows; null where there are none. */
  readonly exact: number | null;
}

const width = 370, height = 250;

export function thresholdSpec(description: string, title: string, marks: readonly Mark[], arms: readonly ThresholdArm[]): Spec {
  const ticks = scalesOf(marks), domain = ticks.length ? [ticks[0] / 1.4, ticks.at(-1)! * 1.4] : [1, 128];
  return {
    ...frame(description, marks, { spoken }, `${arms[0].title} dots`),
    title: { text: title, fontSize: 13, offset: 14 },
    bounds: "flush",
    spacing: 50,
    hconcat: arms.map((arm) => panelView(arm, marks.filter(({ group }) => group === arm.title), domain, ticks)),
  };
}

/** Every scale that a run was evaluated with. */
export const scalesOf = (marks: readonly Mark[]): number[] => [...new Set(marks.flatMap(({ x }) => x ?? []))].sort((a, b) => a - b);

/** What is said of a panel's s_0. */
export function exactText({ turned, exact }: ThresholdArm): string {
  if (turned === null) return "";
  return exact === null
    ? "no scale turns a row"
    : `median s₀ ${Number(exact.toPrecision(3)).toLocaleString("en")}, of ${(100 * turned).toFixed(0)} % of the rows; no scale turns the rest`;
}

function panelView(arm: ThresholdArm, own: readonly Mark[], domain: readonly number[], ticks: readonly number[]): Spec {
  const looks = encodings([...observed, foretoldRate]), foretold = lookOf(foretoldRate), hasRuns = own.some(({ source }) => source === "run");
  const where = (condition: string) => [{ filter: `datum.group === ${quoted(arm.title)} && ${condition}` }];
  const inside = arm.exact !== null && domain[0] <= arm.exact && arm.exact <= domain[1] ? arm.exact : null;
  return {
    title: { text: arm.title, subtitle: exactText(arm), subtitleColor: quiet, subtitleFontSize: 11, fontSize: 11.5, fontWeight: 500, offset: 6 },
    width,
    height,
    encoding: {
      x: {
        field: "x",
        type: "quantitative",
        title: "scale s in place of α / r, in every module",
        scale: { type: "log", base: 2, domain, nice: false },
        axis: { ...(ticks.length ? { values: ticks } : {}), format: ".4~r", labelOverlap: true },
      },
      y: { field: "value", type: "quantitative", title: null, scale: { domain: [0, 1], nice: false }, axis: { format: ".2~f" } },
    },
    layer: [
      ...nullLines(own),
      ...(arm.trained === null ? [] : upright({ x: arm.trained, label: "s = α / r", top: height - 14 })),
      ...(inside === null ? [] : upright({ x: inside, label: "median s₀", strokeDash: [5, 3] })),
      {
        transform: where("datum.source === 'predicted'"),
        mark: { type: "area", fill: foretold.colour, clip: true, tooltip: false, aria: false },
        encoding: { y: { field: "low", type: "quantitative" }, y2: { field: "high" }, opacity: toggled(0.1) },
      },
      {
        transform: where("datum.source === 'predicted'"),
        mark: { type: "line", stroke: foretold.colour, strokeDash: foretold.dash, strokeWidth: 1.8, clip: true },
        encoding: { opacity: toggled(1), tooltip: foretoldTooltip },
      },
      {
        name: `${arm.title} dots`,
        transform: where("datum.source === 'run'"),
        mark: { type: "point", filled: false, strokeWidth: 1.6, size: 44, aria: hasRuns },
        encoding: dotEncoding(looks, dotTooltip),
      },
      crossed(where("datum.source === 'run' && datum.collapsed")),
      ...(hasRuns ? [] : [noRuns(height)]),
    ],
  };
}

/** What encoders that were never poisoned have, the ASR's named. */
const nullLines = (own: readonly Mark[]): Spec[] =>
  own.filter(({ source }) => source === "null").flatMap(({ value, label, panel, series }) =>
    nullLine({
      value,
      stroke: lookOf(series).colour,
      spoken: `${neverPoisoned}, ${label}, ${panel}: ${value.toFixed(3)}`,
      ...(panel === "CA" ? {} : { namedAt: width }),
    })
  );

const spot = [{ field: "group", title: "method" }, { field: "x", title: "s" }, { field: "series", title: "measure" }];
const dotTooltip = [
  ...spot,
  { field: "value", title: "value", format: ".4f" },
  { field: "seed", title: "seed" },
  { field: "key", title: "run" },
  { field: "testRows", title: "rows" },
];
const foretoldTooltip = [
  ...spot,
  { field: "value", title: "median", format: ".4f" },
  { field: "low", title: "smallest seed", format: ".4f" },
  { field: "high", title: "largest", format: ".4f" },
];
