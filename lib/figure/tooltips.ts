/** What a mark says when it is pointed at. */
import type { Spec } from "./figure.ts";

const field = (name: string, title: string, format?: string): Spec => ({ field: name, title, ...(format ? { format } : {}) });

const place = [
  field("poisonRate", "poisoned fraction of rows"),
  field("exposures", "poisoned exposures"),
  field("relabelledExposures", "relabelled exposures"),
  field("rank", "rank"),
  field("initVariance", "k", ".3~g"),
];
const interval = [field("value", "mean", ".4f"), field("low", "band, low", ".4f"), field("high", "band, high", ".4f"), field("seeds", "seeds")];

export const runTooltip = [
  field("series", "series"),
  field("task", "task"),
  field("value", "value", ".4f"),
  field("seed", "seed"),
  ...place,
  field("testRows", "held-out rows"),
  field("collapsed", "predicts one class"),
  field("key", "run"),
];
export const meanTooltip = [field("series", "series"), field("task", "task"), ...interval, ...place];
export const paperTooltip = [field("series", "series"), field("task", "task"), ...interval, ...place, field("testRows", "held-out rows")];
