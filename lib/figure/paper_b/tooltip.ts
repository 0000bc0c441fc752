/** What a mark of paper B's figures says when it is pointed at, and to a screen reader. */
import type { Spec } from "../figure.ts";

const field = (name: string, title: string, format?: string): Spec => ({ field: name, title, ...(format ? { format } : {}) });

/** Whose value a dot is; beside a stroke, of how many. */
export const whose = "isValid(datum.seed) ? 'seed ' + datum.seed + ', run ' + datum.key + (datum.collapsed ? ', predicts one class' : '') : " +
  "datum.source === 'paper' ? 'published' : datum.source + ' of ' + datum.seeds + (datum.seeds === 1 ? ' seed' : ' seeds')";

/** Where a mark of CA, ASR or margin stands: in a line of a table, or at a place of a curve. */
const spot = (place: "label" | "x"): Spec[] => [field("group", "where"), field(place, place === "x" ? "at" : "line"), field("series", "series")];

export const dotTooltip = (place: "label" | "x"): Spec[] => [
  ...spot(place),
  field("panel", "measure"),
  field("value", "value", ".4f"),
  field("whose", "of"),
  field("testRows", "rows"),
];

export const medianTooltip = (place: "label" | "x"): Spec[] => [
  ...spot(place),
  field("panel", "measure"),
  field("value", "median", ".4f"),
  field("low", "smallest seed", ".4f"),
  field("high", "largest", ".4f"),
  field("whose", "of"),
];

export const spoken =
  "(datum.label ? datum.label + ', ' : '') + datum.series + ', ' + datum.panel + ': ' + format(datum.value, '.3f') + (isValid(datum.seed) ? ', seed ' + datum.seed : '')";
