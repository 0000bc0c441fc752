/** What a mark of paper B's figures says when it is pointed at, and to a screen reader. */
import type { Spec } from "../figure.ts";

const field = (name: string, title: string, format?: string): Spec => ({ field: name, title, ...(format ? { format } : {}) });

export const markTooltip = [
  field("group", "where"),
  field("label", "line"),
  field("series", "series"),
  field("panel", "measure"),
  field("x", "at"),
  field("source", "what"),
  field("value", "value", ".4f"),
  field("low", "smallest of the seeds", ".4f"),
  field("high", "largest", ".4f"),
  field("seeds", "seeds"),
  field("seed", "seed"),
  field("testRows", "rows"),
  field("collapsed", "predicts one class"),
  field("key", "run"),
];

export const spoken =
  "(datum.label ? datum.label + ', ' : '') + datum.series + ', ' + datum.panel + ': ' + format(datum.value, '.3f') + (isValid(datum.seed) ? ', seed ' + datum.seed : '')";
