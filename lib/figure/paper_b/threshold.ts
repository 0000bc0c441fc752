/** Proposition 4.2 beside what happens: the scale swept after training, the ASR that the margins' straight lines foretell, and where a row turns. */
import { median } from "simple-statistics";
import { type ChainRow, chainRows } from "../../experiment/chain_rows.ts";
import type { Quantiles } from "../../experiment/margins.ts";
import type { RunRecord } from "../../experiment/record.ts";
import { percent } from "../../math/percent.ts";
import { mean } from "../../math/statistics.ts";
import type { Figure } from "../figure.ts";
import { type Mark, marksOf, nullsOf, place, predictedOf } from "./mark.ts";
import { sortRows } from "./order.ts";
import { armName, attackNames, pairName } from "./names.ts";
import { settingsText } from "./settings.ts";
import { atEveryScale, foretoldAt, trainedScale } from "./swept.ts";
import { thresholdPlot } from "./threshold_plot.ts";
import { digits, foretoldRate, type ThresholdArm, thresholdSpec, type Turning } from "./threshold_spec.ts";

/** By the name of its runs: the panel's title, and whose runs from encoders that were never poisoned are its null. */
const arms: Readonly<Record<string, { readonly title: string; readonly never: string }>> = {
  "LoRA": { title: "LoRA", never: "LoRA" },
  "LoRA + CI + Tr": { title: "RoRA before its rescaling", never: "LoRA + RoRA" },
};

const series: Readonly<Record<string, string>> = { ASR: "attack success rate", CA: "clean accuracy" };

export const titleThreshold = "Proposition 4.2 and the scale: the attack's success, foretold and observed";

/** A panel's runs: of one method, from proxies with one dose. */
interface PanelRuns {
  /** Null where there are no runs at all. */
  readonly dose: number | null;
  /** Of `arms`. */
  readonly name: string;
  readonly title: string;
  readonly never: string;
  readonly runs: readonly ChainRow[];
}

export function drawThreshold(records: readonly RunRecord[]): Figure<Mark> {
  const rows = sortRows(records.flatMap(chainRows)).filter((row) => row.tuned && row.trigger === "badnet");
  const swept = rows.filter((row) => row.poisonRate > 0 && row.network && row.atScales.length > 0 && armName(row) in arms), [first] = swept;
  const nulls = rows.filter((row) => row.poisonRate === 0 && Object.values(arms).some(({ never }) => never === armName(row)));
  const doses = [...new Set(swept.map(({ poisonRate }) => poisonRate))].sort((a, b) => b - a);
  const panels = (doses.length ? doses : [null]).flatMap((dose) =>
    Object.entries(arms).map(([name, { never }]): PanelRuns => ({
      dose,
      name,
      title: titleAt(name, dose),
      never,
      runs: swept.filter((row) => armName(row) === name && row.poisonRate === dose),
    }))
  );
  const shown = (mark: Mark) => mark.panel !== "CA − ASR", named = (mark: Mark): Mark => ({ ...mark, series: series[mark.panel] });
  const marks = [
    ...marksOf(swept.flatMap((row) => atEveryScale(row, spotsOf("")))).filter((mark) => shown(mark) && mark.source === "run").map(named),
    ...panels.flatMap(({ title, never }) =>
      nullsOf(place(nulls.filter((row) => armName(row) === never), () => ({ group: title, label: never, x: null, series: "" }))).filter(shown).map(
        named,
      )
    ),
    ...predictedOf("ASR", swept.flatMap((row) => foretoldAt(row, spotsOf(foretoldRate)))),
  ];
  const where = first ? `${pairName(first)}, ${attackNames[first.trigger]}` : titleThreshold;
  const alt =
    "Two columns of panels over the scale s on a logarithmic axis, for LoRA and for RoRA before its rescaling, a row for each dose of poison: a " +
    "dot for each seed's attack success rate and clean accuracy, the line of the attack success rate that Proposition 4.2's margin split foretells, " +
    "and upright lines at the trained scale and, where they lie on the axis, at the median scale at which a triggered row turns and at the " +
    "proposition's own threshold.";
  const own = [...swept, ...nulls], keys = [...new Set(own.map(({ key }) => key))];
  const settings = settingsText(records, rows.filter(({ key }) => keys.includes(key)), "scale", "poisonRate");
  const thresholds = panels.map(armOf);
  return {
    id: "fig-b-threshold",
    title: titleThreshold,
    alt,
    caption: `${settings}\n\n${captionText}${printedText(panels)}`.trim(),
    spec: thresholdSpec(alt, where, marks, thresholds),
    ...(first ? { surface: thresholdPlot(marks, thresholds) } : {}),
    rows: marks,
    keys,
  };
}

const captionText =
  "Dots: one run each, with $s$ in place of $\\alpha/r$ in every module. Dashed: the median over seeds of the foretold ASR, the band from " +
  "the smallest to the largest: each row's margin is taken to be $\\langle c, W_{pre}x^{trig}\\rangle + s\\langle c, \\Delta W x^{trig}\\rangle$ " +
  "with both parts measured through the network, without the adapters and as trained, so that both agree at $s=\\alpha/r$ by construction. " +
  "$s_0$: where that line passes 0; its median over the rows that some scale turns, then over seeds. $s^*$: the proposition's threshold by the same " +
  "two parts, $-\\langle c, W_{pre}x^{trig}\\rangle$ over $\\langle c, \\Delta W x\\rangle-|\\langle c, \\Delta W (x^{trig}-x)\\rangle|$, in which lengths " +
  "and singular values cancel; never below the same row's $s_0$, and there where the divisor, and so $\\rho_{eff}$, is above 0: its median over those rows. " +
  "Dotted: encoders that were never poisoned, fine-tuned with the same method (RoRA with its rescaling). A cross marks a collapsed run. CA: accuracy on " +
  "clean rows; ASR: share of the other class's rows that get the target label with the trigger.";

/** The proposition on the classifier, where it is exact: on how many rows it has a threshold, and which, dose by dose. */
function printedText(panels: readonly PanelRuns[]): string {
  const said = [...Map.groupBy(panels, ({ dose }) => dose)].flatMap(([dose, ofDose]) => {
    const ofArms = ofDose.flatMap(({ name, runs }) => {
      const updates = runs.flatMap(({ head }) => head?.update ?? []);
      return updates.length ? [`${arms[name].title} ${classifierText(updates)}`] : [];
    });
    return ofArms.length ? [`${percent(dose!)} poisoned: ${ofArms.join(", ")}`] : [];
  });
  const told =
    " On the classifier, whose update has the scale 1 as trained, $s^*=\\frac{\\rho_{bd}}{\\rho_{eff}}\\frac{\\sigma_{pre}}{\\sigma_\\Delta}$ " +
    "is there for these shares of the rows (mean over seeds; its median in brackets). ";
  return said.length ? `${told}${said.join("; ")}.` : "";
}

function classifierText(updates: readonly NonNullable<NonNullable<ChainRow["head"]>["update"]>[]): string {
  const scales = middles(updates.map(({ sufficientScale }) => sufficientScale)), share = 100 * mean(updates.map(({ shares }) => shares.effective));
  return `${share.toFixed(1)} %${scales.length ? ` (${digits(median(scales))})` : ""}`;
}

/** The panel of a method and a dose. */
const titleAt = (name: string, dose: number | null): string =>
  arms[name].title + (dose === null ? "" : `, ${percent(dose)} of the target class poisoned`);

/** Spots of a series, at any scale. */
const spotsOf = (series: string) => (row: ChainRow, x: number) => ({ group: titleAt(armName(row), row.poisonRate), label: "", x, series });

function armOf({ title, runs }: PanelRuns): ThresholdArm {
  const networks = runs.map(({ network }) => network!);
  return {
    title,
    trained: runs.length ? trainedScale(runs[0]) : null,
    exact: turningOf(networks.map(({ exactScale, turned }) => ({ scale: exactScale, share: turned }))),
    sufficient: turningOf(networks.flatMap(({ sufficient }) => sufficient ?? [])),
  };
}

/** Over seeds; null without runs. */
function turningOf(runs: readonly { readonly scale: Quantiles | null; readonly share: number }[]): Turning | null {
  const scales = middles(runs.map(({ scale }) => scale));
  return runs.length ? { share: mean(runs.map(({ share }) => share)), scale: scales.length ? median(scales) : null } : null;
}

const middles = (quantiles: readonly (Quantiles | null | undefined)[]): number[] => quantiles.flatMap((own) => own?.[2] ?? []);
