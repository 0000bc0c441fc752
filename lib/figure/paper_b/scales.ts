/** Paper B, Figure 3: one scale s for every module after training, on LoRA's update and on RoRA's before its rescaling. */
import { type ChainRow, chainRows } from "../../experiment/chain_rows.ts";
import type { RunRecord } from "../../experiment/record.ts";
import { roraDefaults } from "../../train/rora/rora.ts";
import type { Figure } from "../figure.ts";
import { curveSpec } from "./curves.ts";
import { layerOf, topLayers } from "./layer.ts";
import { neverPoisoned } from "./look.ts";
import { type Mark, marksOf, nullsOf, place, predictedOf } from "./mark.ts";
import { sortRows } from "./order.ts";
import { armName, attackNames, pairName } from "./names.ts";
import { curvesText, settingsText } from "./settings.ts";
import { atEveryScale, foretoldAt, trainedScale } from "./swept.ts";

const series: Readonly<Record<string, string>> = { "LoRA": "LoRA", "LoRA + CI + Tr": "RoRA before its rescaling" };

export const titleScales = "Figure 3: one scale after training";

export function drawScales(records: readonly RunRecord[]): Figure<Mark> {
  const rows = sortRows(records.flatMap(chainRows)).filter((row) => row.tuned && row.trigger === "badnet" && armName(row) in series);
  const swept = rows.filter(({ poisonRate, atScales }) => poisonRate > 0 && atScales.length > 0);
  const clean = rows.filter(({ poisonRate }) => poisonRate === 0);
  const [first] = swept, group = first ? `${pairName(first)}, ${attackNames[first.trigger]}` : "LoRA and RoRA";
  const spotAt = (row: ChainRow, x: number) => ({ group, label: "", x, series: series[armName(row)] });
  const marks = [
    ...marksOf(swept.flatMap((row) => atEveryScale(row, spotAt))),
    ...nullsOf(place(clean, (row) => ({ group, label: armName(row), x: null, series: neverPoisoned }))),
    ...predictedOf("ASR", swept.flatMap((row) => foretoldAt(row, spotAt))),
  ];
  const matched = swept.filter((row) => armName(row) === "LoRA").flatMap(matchedScales);
  const alt = "Three panels over the scale s on a logarithmic axis: clean accuracy, attack success rate and their difference, for LoRA and for " +
    "RoRA before its rescaling, one dot for each seed; the trained scale is marked, and the scales that equation 12 would choose.";
  const spec = curveSpec(alt, marks, {
    group,
    title: first ? group : titleScales,
    axis: { title: "scale s, in place of α / r", type: "log2" },
    series: Object.values(series),
    ...(first ? { chosen: { x: trainedScale(first), label: "as trained" } } : {}),
    strokes: [{ values: matched, label: "equation 12", from: "below" }],
  });
  const own = new Set([...swept, ...clean].map(({ key }) => key));
  const caption = `${settingsText(records, rows.filter(({ key }) => own.has(key)), "scale")}\n\n${curvesText} Dotted: the ` +
    `median of encoders that were never poisoned, at the trained scale. Thin: the ASR that Proposition 4.2's line foretells, if each row's margin grew ` +
    `straight with $s$ from what it is without the update to what it is as trained. Short strokes: the scales $\\sigma_{max}(W_{pre})/\\sigma_{max}(BA)$ of ` +
    `equation 12 for LoRA's runs, one for each module of the top ${roraDefaults.pt.layers} layers. The paper's figure (LLaMA, IMDB → SST-2) is a ` +
    "picture without numbers: LoRA's ASR stays near its maximum and then drops sharply, with its clean accuracy at s = 128; RoRA's drops earlier.";
  return { id: "fig-b3", title: titleScales, alt, caption: caption.trim(), spec, rows: marks, keys: [...own] };
}

/** Of the modules that RoRA rescales. */
function matchedScales({ spectra, model }: ChainRow): number[] {
  const top = topLayers(model, roraDefaults.pt.layers);
  return spectra.filter(({ module, update }) => update > 0 && top.has(layerOf(module)!)).map(({ pretrained, update }) => pretrained / update);
}
