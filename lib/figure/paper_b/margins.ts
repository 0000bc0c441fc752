/** Proposition 4.2 of paper B, measured: its constants on the classifier and the scale at which rows turn, row by row as quantiles, run by run. */
import { chainRows } from "../../experiment/chain_rows.ts";
import type { RunRecord } from "../../experiment/record.ts";
import type { Figure } from "../figure.ts";
import { marginSpec } from "./margin_panels.ts";
import { sortRows } from "./order.ts";
import { armName, pairName } from "./names.ts";
import { encoders, marginSeries, type QuantileMark, quantileMarks } from "./quantiles.ts";
import { settingsText } from "./settings.ts";

export const titleMargins = "Proposition 4.2 measured: the backdoor's strength, the update's, and the scale that turns a row";

export function drawMargins(records: readonly RunRecord[]): Figure<QuantileMark> {
  const rows = sortRows(records.flatMap(chainRows)).filter((row) => row.tuned && row.head && armName(row) in marginSeries),
    marks = rows.flatMap(quantileMarks);
  const groups = [...new Set(rows.map(pairName))].flatMap((pair) => encoders.map((encoder) => `${pair}, ${encoder}`));
  const alt =
    "For each pair of tasks and each encoder, poisoned two ways or not at all, three panels of quantiles over held-out rows, a line for each " +
    "seed and method: the backdoor's alignment on the classifier, the update's effective alignment there, and the scale at which the network's " +
    "prediction of a triggered row turns.";
  const spec = marginSpec(alt, marks, {
    groups: groups.filter((group) => marks.some((mark) => mark.group === group)),
    labels: Object.keys(marginSeries),
    seeds: [...new Set(rows.map(({ seed }) => seed))].sort((a, b) => a - b),
  });
  const caption = `${settingsText(records, rows)}\n\nRows of the other class with the trigger. Each line is one run: thin from the 5 % to the 95 % ` +
    "quantile of the rows, thick from 25 to 75 %, a stroke at the median; what lies beyond an axis is cut off. $\\rho_{bd}$ above 0: the classifier that the run started from sends the " +
    "row to the target. $\\rho_{eff}$: how far what training changed of the classifier helps, less what the trigger can move; below 0 the " +
    "proposition says nothing. $s_0$: the scale at which the network's margin of the row passes 0, if it grows straight with $s$; 1 is the scale as " +
    "trained, 0 a row that is right without the update; only rows that some scale turns, whose share stands on the right.";
  return {
    id: "fig-b-margins",
    title: titleMargins,
    alt,
    caption: caption.trim(),
    spec,
    rows: marks,
    keys: [...new Set(rows.map(({ key }) => key))],
  };
}
