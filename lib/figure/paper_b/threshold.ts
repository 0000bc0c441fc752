/** Proposition 4.2 beside what happens: the scale swept after training, the ASR that the margins' straight lines foretell, and where a row turns. */
import { median } from "simple-statistics";
import { type ChainRow, chainRows } from "../../experiment/chain_rows.ts";
import type { RunRecord } from "../../experiment/record.ts";
import { mean } from "../../math/statistics.ts";
import type { Figure } from "../figure.ts";
import { type Mark, marksOf, nullsOf, place, predictedOf } from "./mark.ts";
import { sortRows } from "./order.ts";
import { armName, attackNames, pairName } from "./names.ts";
import { settingsText } from "./settings.ts";
import { atEveryScale, foretoldAt, trainedScale } from "./swept.ts";
import { thresholdPlot } from "./threshold_plot.ts";
import { foretoldRate, type ThresholdArm, thresholdSpec } from "./threshold_spec.ts";

/** By the name of its runs: the panel's title, and whose runs from encoders that were never poisoned are its null. */
const arms: Readonly<Record<string, { readonly title: string; readonly never: string }>> = {
  "LoRA": { title: "LoRA", never: "LoRA" },
  "LoRA + CI + Tr": { title: "RoRA before its rescaling", never: "LoRA + RoRA" },
};

const series: Readonly<Record<string, string>> = { ASR: "attack success rate", CA: "clean accuracy" };

export const titleThreshold = "Proposition 4.2 and the scale: the attack's success, foretold and observed";

export function drawThreshold(records: readonly RunRecord[]): Figure<Mark> {
  const rows = sortRows(records.flatMap(chainRows)).filter((row) => row.tuned && row.trigger === "badnet");
  const swept = rows.filter((row) => row.poisonRate > 0 && row.network && row.atScales.length > 0 && armName(row) in arms), [first] = swept;
  const nulls = rows.filter((row) => row.poisonRate === 0 && Object.values(arms).some(({ never }) => never === armName(row)));
  const shown = (mark: Mark) => mark.panel !== "CA − ASR", named = (mark: Mark): Mark => ({ ...mark, series: series[mark.panel] });
  const marks = [
    ...marksOf(swept.flatMap((row) => atEveryScale(row, spotsOf("")))).filter((mark) => shown(mark) && mark.source === "run").map(named),
    ...Object.values(arms).flatMap(({ title, never }) =>
      nullsOf(place(nulls.filter((row) => armName(row) === never), () => ({ group: title, label: never, x: null, series: "" }))).filter(shown).map(
        named,
      )
    ),
    ...predictedOf("ASR", swept.flatMap((row) => foretoldAt(row, spotsOf(foretoldRate)))),
  ];
  const panels = Object.entries(arms).map(([name, { title }]) => armOf(title, swept.filter((row) => armName(row) === name)));
  const where = first ? `${pairName(first)}, ${attackNames[first.trigger]}` : titleThreshold;
  const alt =
    "Two panels over the scale s on a logarithmic axis, for LoRA and for RoRA before its rescaling: a dot for each seed's attack success rate " +
    "and clean accuracy, the line of the attack success rate that Proposition 4.2's margin split foretells, and upright lines at the trained " +
    "scale and, where it lies on the axis, at the median scale at which a triggered row turns.";
  const own = [...swept, ...nulls], keys = [...new Set(own.map(({ key }) => key))];
  return {
    id: "fig-b-threshold",
    title: titleThreshold,
    alt,
    caption: `${settingsText(records, rows.filter(({ key }) => keys.includes(key)), "scale")}\n\n${captionText}${printedText(swept)}`.trim(),
    spec: thresholdSpec(alt, where, marks, panels),
    ...(first ? { surface: thresholdPlot(marks, panels) } : {}),
    rows: marks,
    keys,
  };
}

const captionText =
  "Dots: one run each, with $s$ in place of $\\alpha/r$ in every module. Dashed: the median over seeds of the foretold ASR, the band from " +
  "the smallest to the largest: each row's margin is taken to be $\\langle c, W_{pre}x^{trig}\\rangle + s\\langle c, \\Delta W x^{trig}\\rangle$ " +
  "with both parts measured through the network, without the adapters and as trained, so that both agree at $s=\\alpha/r$ by construction. " +
  "$s_0$: where that line passes 0; its median over the rows that some scale turns, then over seeds. Dotted: encoders that were never poisoned, " +
  "fine-tuned with the same method (RoRA with its rescaling). A cross marks a collapsed run. CA: accuracy on clean rows; ASR: share of the " +
  "other class's rows that get the target label with the trigger.";

/** Why s* itself is nowhere drawn: on how many rows the proposition as printed has one. */
function printedText(rows: readonly ChainRow[]): string {
  const shares = Object.entries(arms).flatMap(([name, { title }]) => {
    const own = rows.flatMap((row) => armName(row) === name ? row.head?.update?.shares.effective ?? [] : []);
    return own.length ? [`${(100 * mean(own)).toFixed(1)} % (${title})`] : [];
  });
  const told =
    " The printed $s^*=\\frac{\\rho_{bd}}{\\rho_{eff}}\\frac{\\sigma_{pre}}{\\sigma_\\Delta}$ asks for $\\rho_{eff}>0$, which on the classifier holds on ";
  return shares.length ? `${told}${shares.join(" and ")} of the rows, mean over seeds: elsewhere there is no $s^*$ to mark.` : "";
}

/** Spots of a series, at any scale. */
const spotsOf = (series: string) => (row: ChainRow, x: number) => ({ group: arms[armName(row)].title, label: "", x, series });

function armOf(title: string, rows: readonly ChainRow[]): ThresholdArm {
  const turning = rows.flatMap(({ network }) => network!.exactScale?.[2] ?? []);
  return {
    title,
    trained: rows.length ? trainedScale(rows[0]) : null,
    turned: rows.length ? mean(rows.map(({ network }) => network!.turned)) : null,
    exact: turning.length ? median(turning) : null,
  };
}
