/** Paper B, Figures 1 and 2: how strong LoRA's update is beside its weight, layer by layer, and how far it points where the weight did. */
import { comparedDirections } from "../../spectral/alignment.ts";
import { spectralRatio } from "../../spectral/ratio.ts";
import { encoderShapes } from "../../experiment/encoder_shapes.ts";
import type { ChainRow } from "../../experiment/chain_rows.ts";
import type { RunRecord } from "../../experiment/record.ts";
import { type Chance, chance } from "../../claims/paper_b/spectra.ts";
import type { Figure } from "../figure.ts";
import { type LayerMark, layerMarks, type LayerPanel, layerSeries, spectralRows } from "./layer_marks.ts";
import { layerSpec } from "./layers.ts";
import { settingsText } from "./settings.ts";

export const titleRatio = "Figure 1: spectral ratio of weight and update";
export const titleAlignment = "Figure 2: alignment of update and weight";

export const ratioPanels: readonly LayerPanel[] = (["query", "value"] as const).flatMap((kind) => [
  { panel: `${kind}, BA`, kind, of: ({ pretrained, update, scale }) => spectralRatio(pretrained, update, scale).unscaled },
  { panel: `${kind}, s BA`, kind, of: ({ pretrained, update, scale }) => spectralRatio(pretrained, update, scale).scaled },
]);

export const alignmentPanels: readonly LayerPanel[] = (["query", "value"] as const).flatMap((kind) => [
  { panel: `${kind}, left`, kind, of: ({ left }) => left },
  { panel: `${kind}, right`, kind, of: ({ right }) => right },
]);

const marksText =
  "Dots: one run each; line: through the medians of the seeds. LoRA's updates on the clean target task, from encoders poisoned with " +
  "either attack and from one that was never poisoned: what all three share is no trace of the poison.";

export function drawSpectralRatio(records: readonly RunRecord[]): Figure<LayerMark> {
  const rows = spectralRows(records), marks = layerMarks(rows, ratioPanels), values = marks.map(({ value }) => value);
  const domain = [Math.min(0.8, ...values) / 1.1, Math.max(4, ...values) * 1.15] as const;
  const alt = "For each pair of tasks four panels over the layers: the largest singular value of the pretrained weight divided by that of LoRA's " +
    "update, for query and value, without and with the scale s, from poisoned and from never-poisoned encoders.";
  const spec = layerSpec(alt, marks, {
    ...shared(rows, marks, ratioPanels),
    yTitle: "ratio, log scale",
    y: { type: "log", domain },
    reference: { value: 1, label: "equally strong" },
  });
  const caption =
    `Largest singular value of the pretrained weight over that of LoRA's update, $BA$ or $sBA$. ${marksText} The paper's figure is a picture without numbers: ratios far above 1 in every layer of BERT-large and RoBERTa-large. It ` +
    "does not say whether $s$ is in the update; both are shown.";
  return figure("fig-b1", titleRatio, alt, caption, spec, { rows, marks, records });
}

export function drawAlignment(records: readonly RunRecord[]): Figure<LayerMark> {
  const rows = spectralRows(records), marks = layerMarks(rows, alignmentPanels);
  const { width, draws, ...random } = randomAlignment(rows);
  const alt = "For each pair of tasks four panels over the layers: the largest cosine of the update's leading singular vector with the first 32 of " +
    "the weight, left and right, for query and value, with the band of random directions.";
  const spec = layerSpec(alt, marks, {
    ...shared(rows, marks, alignmentPanels),
    yTitle: "largest |cosine|",
    y: { type: "linear", domain: [0, Math.max(0.4, ...marks.map(({ value }) => value * 1.05))] },
    band: { low: random.low, high: random.high, label: "random" },
  });
  const caption =
    `Largest |cosine| of the update's leading singular vector with the first ${comparedDirections} of the pretrained weight. ${marksText} Grey band: 95 % of ${
      draws.toLocaleString("en-GB")
    } random directions in ${width} dimensions, ${random.low.toFixed(3)} to ${random.high.toFixed(3)}, mean ${
      random.mean.toFixed(3)
    }: a cosine within it is no alignment. The paper's figure is a picture without numbers, "low but distinctly nonzero", ` +
    "without such a band, and does not say which side it shows. Left: what the update writes; right: what it reads.";
  return figure("fig-b2", titleAlignment, alt, caption, spec, { rows, marks, records });
}

const modelOf = (rows: readonly ChainRow[]): ChainRow["model"] => rows[0]?.model ?? "minilm-l6";

/** What directions of no meaning have, in the width of these runs' encoder. */
export const randomAlignment = (rows: readonly ChainRow[]): Chance => chance(modelOf(rows));

const shared = (rows: readonly ChainRow[], marks: readonly LayerMark[], panels: readonly LayerPanel[]) => ({
  panels: panels.map(({ panel }) => panel),
  groups: [...new Set(marks.map(({ group }) => group))],
  series: layerSeries,
  layers: encoderShapes[modelOf(rows)].layers,
});

interface Drawn {
  readonly rows: readonly ChainRow[];
  readonly marks: readonly LayerMark[];
  readonly records: readonly RunRecord[];
}

function figure(id: string, title: string, alt: string, text: string, spec: Figure["spec"], { rows, marks, records }: Drawn): Figure<LayerMark> {
  const keys = new Set(rows.map(({ key }) => key));
  return { id, title, alt, caption: `${settingsText(records, rows)}\n\n${text}`.trim(), spec, rows: marks, keys: [...keys] };
}
