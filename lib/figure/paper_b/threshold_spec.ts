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
  /** s_0, of the rows that some scale turns. */
  readonly exact: Turning | null;
  /** s*, of the rows with rho_eff > 0; null as well where no run says it. */
  readonly sufficient: Turning | null;
}

/** A scale that some of the triggered rows have. */
export interface Turning {
  /** Of the rows: mean over seeds. */
  readonly share: number;
  /** Median over them, then over seeds; null where no row has one. */
  readonly scale: number | null;
}

const width = 370, height = 210;

export function thresholdSpec(description: string, title: string, marks: readonly Mark[], arms: readonly ThresholdArm[]): Spec {
  const ticks = scalesOf(marks), domain = ticks.length ? [ticks[0] / 1.4, ticks.at(-1)! * 1.4] : [1, 128];
  return {
    ...frame(description, marks, { spoken }, `${arms[0].title} dots`),
    title: { text: title, fontSize: 13, offset: 14 },
    bounds: "flush",
    spacing: { row: 104, column: 50 }, // flush bounds leave out axes and titles
    columns: 2,
    concat: arms.map((arm) => panelView(arm, marks.filter(({ group }) => group === arm.title), domain, ticks)),
  };
}

/** Every scale that a run was evaluated with. */
export const scalesOf = (marks: readonly Mark[]): number[] => [...new Set(marks.flatMap(({ x }) => x ?? []))].sort((a, b) => a - b);

/** A scale, to three digits. */
export const digits = (scale: number): string => Number(scale.toPrecision(3)).toLocaleString("en");

/** What is said of a panel's s_0. */
export function exactText({ exact }: Pick<ThresholdArm, "exact">): string {
  if (!exact) return "";
  return exact.scale === null ? "no scale turns a row" : `median s₀ ${rowsText(exact)}; no scale turns the rest`;
}

/** And of its s*. */
export function sufficientText({ sufficient }: Pick<ThresholdArm, "sufficient">): string {
  if (!sufficient) return "";
  return sufficient.scale === null ? "no row has an s*" : `median s* ${rowsText(sufficient)}; the rest have none`;
}

const rowsText = ({ scale, share }: Turning): string => `${digits(scale!)}, of ${(100 * share).toFixed(0)} % of the rows`;

function panelView(arm: ThresholdArm, own: readonly Mark[], domain: readonly number[], ticks: readonly number[]): Spec {
  const looks = encodings([...observed, foretoldRate]), foretold = lookOf(foretoldRate), hasRuns = own.some(({ source }) => source === "run");
  const where = (condition: string) => [{ filter: `datum.group === ${quoted(arm.title)} && ${condition}` }];
  const marked = ([["s₀", arm.exact, [5, 3], 3], ["s*", arm.sufficient, [2, 2], 16]] as const).flatMap(([name, turning, strokeDash, top]) => {
    const scale = turning?.scale ?? null;
    return scale !== null && domain[0] <= scale && scale <= domain[1] ? upright({ x: scale, label: `median ${name}`, strokeDash, top }) : [];
  });
  return {
    title: {
      text: arm.title,
      subtitle: [exactText(arm), sufficientText(arm)].filter(Boolean),
      subtitleColor: quiet,
      subtitleFontSize: 11,
      fontSize: 11.5,
      fontWeight: 500,
      offset: 6,
    },
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
      ...marked,
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
      named: panel !== "CA",
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
