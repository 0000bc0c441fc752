/** What the specs of paper B's figures have in common: what they begin with, and the layers that most panels have. */
import type { Spec } from "../figure.ts";
import { noRuns } from "../no_runs.ts";
import { short } from "../short.ts";
import { config, toggled } from "../theme.ts";
import { dotEncoding, type encodings, lookOf, shownParam } from "./look.ts";

/**
 * @param description the figure's alternative text
 * @param calculated what is worked out of each mark, by name: `spoken` is what it says aloud
 * @param view the one that owns the legend's choice, if there is a choice
 */
export const frame = (description: string, marks: readonly object[], calculated: Readonly<Record<string, string>>, view?: string): Spec => ({
  $schema: "https://vega.github.io/schema/vega-lite/v5.json",
  description,
  config,
  data: { values: marks.map(dense) },
  ...(view === undefined ? {} : { params: [shownParam(view)] }),
  transform: Object.entries(calculated).map(([as, calculate]) => ({ calculate, as })),
});

/** Without what is null: of a mark many fields are. */
const dense = (mark: object): object => Object.fromEntries(Object.entries(short(mark)).filter(([, value]) => value !== null));

/** A text in a condition. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;

/** A condition as a filter. */
export type Where = (condition: string) => { readonly filter: string }[];

/** Of one panel of one group. */
export const inPanel = (group: string, panel: string): Where => (condition) => [{
  filter: `datum.group === ${quoted(group)} && datum.panel === ${quoted(panel)} && ${condition}`,
}];

/** A series' line through its medians. */
export const medianLine = (where: Where, series: string, strokeWidth = 2): Spec => ({
  transform: where(`datum.source === 'median' && datum.series === ${quoted(series)}`),
  mark: { type: "line", stroke: lookOf(series).colour, strokeWidth, strokeDash: lookOf(series).dash, aria: false },
  encoding: { opacity: toggled(1) },
});

/** A dot for each run; words in their place where there is none. */
export const runDots = (
  name: string,
  where: Where,
  looks: ReturnType<typeof encodings>,
  tooltip: readonly unknown[],
  { size, height, hasRuns }: { readonly size: number; readonly height: number; readonly hasRuns: boolean },
): Spec[] => [
  {
    name,
    transform: where("datum.source === 'run'"),
    mark: { type: "point", filled: false, strokeWidth: 1.5, size, aria: hasRuns },
    encoding: dotEncoding(looks, tooltip),
  },
  ...(hasRuns ? [] : [noRuns(height)]),
];
