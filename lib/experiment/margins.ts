/**
 * Proposition 4.2 of paper B, measured on a run: what the pretrained weights and what the update contribute to the margin z_y - z_target, on
 * held-out rows of the other class, without the trigger and with it. On the head, where the proposition is exact, the update is what training
 * changed of the classifier; through the network it is what the adapters change of the margin, taken to grow with their scale as the
 * proposition has it.
 */
import { quantileSorted } from "simple-statistics";
import type { Example } from "../data/dataset.ts";
import type { Output } from "../evaluate/predict.ts";
import type { Matrix } from "../math/matrix.ts";
import { mean } from "../math/statistics.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import { exactScale, type Margin, marginDirection, margins, sufficientScale } from "../spectral/margin.ts";
import { type AssumptionShares, assumptionShares, type ScalePoint, sweepScale } from "../spectral/scale_sweep.ts";
import { sigmaMax } from "../spectral/sigma_max.ts";
import { classes } from "./predictions.ts";

/** At 5, 25, 50, 75 and 95 % of the rows. */
export type Quantiles = readonly [number, number, number, number, number];

/** Of one layer. */
export interface LayerMargins {
  /** Largest singular values. */
  readonly sigmaPretrained: number;
  readonly sigmaUpdate: number;
  /** rho_bd of each row by equality. */
  readonly rhoBackdoor: Quantiles;
  /** Of the update; null where there is none. */
  readonly update: {
    readonly rhoClean: Quantiles;
    readonly rhoTrigger: Quantiles;
    readonly rhoEffective: Quantiles;
    /** Rows for which the proposition's assumptions hold. */
    readonly shares: AssumptionShares;
    /** Mean clean margin by the update, over that of the whole. */
    readonly cleanShare: number;
    /** s_0, above which a triggered row's margin stays above 0: of the rows that have one. */
    readonly exactScale: Quantiles | null;
    /** Share of rows that have one. */
    readonly turned: number;
    /** s* of the rows with rho_eff > 0 (`shares.effective`), null without any; left out unless it was asked for. */
    readonly sufficientScale?: Quantiles | null;
  } | null;
}

/** Of the classifier that the run started from and of what training changed of it, biases as one more column. */
export interface HeadMargins extends LayerMargins {
  readonly rows: number;
}

export interface NetworkMargins {
  /** alpha / rank. */
  readonly scale: number;
  /** Mean margins without the adapters and with them, as they are at `scale`. */
  readonly clean: { readonly without: number; readonly with: number };
  readonly triggered: { readonly without: number; readonly with: number };
  /** Of the clean margin, by the adapters. */
  readonly cleanShare: number;
  readonly exactScale: Quantiles | null;
  readonly turned: number;
  /** s* of the rows that have one, and their share; left out unless it was asked for. */
  readonly sufficient?: { readonly scale: Quantiles | null; readonly share: number };
  /** What the proposition's line says of each scale. */
  readonly predicted: readonly ScalePoint[];
}

/** What the proposition reads of rows of the other class. */
export interface OtherOutputs {
  /** What it reads: [n][d]. */
  readonly states: readonly Float32Array[];
  /** z_y - z_target: [n]. */
  readonly margins: Float64Array;
}

/** The rows of other classes than the target, in their order. */
export const otherRows = <T extends Pick<Example, "label">>(rows: readonly T[], target: number): T[] => rows.filter(({ label }) => label !== target);

/** Of the rows and what was put out for them, those of other classes than the target. */
export function otherOutputs(rows: readonly Pick<Example, "label">[], outputs: readonly Output[], target: number): OtherOutputs {
  const found = outputs.map((output, i) => ({ ...output, label: rows[i].label })).filter(({ label }) => label !== target);
  return { states: found.map(({ pooled }) => pooled), margins: Float64Array.from(found, ({ logits, label }) => logits[label] - logits[target]) };
}

/**
 * @param clean, triggered the same rows without the trigger and with it
 * @param sufficient whether s* is told as well
 */
export function headMargins(
  start: ReadonlyMap<string, StoredTensor>,
  end: ReadonlyMap<string, StoredTensor>,
  labels: readonly number[],
  target: number,
  clean: OtherOutputs,
  triggered: OtherOutputs,
  sufficient = false,
): HeadMargins {
  const before = withBias(start), after = withBias(end), update = { ...before, data: after.data.map((x, i) => x - before.data[i]) };
  const rows = labels.map((label, i) => ({
    x: Float64Array.of(...clean.states[i], 1),
    triggered: Float64Array.of(...triggered.states[i], 1),
    direction: marginDirection(classes, label, target),
  }));
  const sigmaPretrained = sigmaMax(before).value, moved = update.data.some((x) => x !== 0), sigmaUpdate = moved ? sigmaMax(update).value : 0;
  const found = margins(before, moved ? update : before, rows);
  return { rows: rows.length, ...layerMargins(found, sigmaPretrained, sigmaUpdate, sufficient) };
}

/** @param found its rows; the update counts for nothing where `sigmaUpdate` is 0 */
export function layerMargins(found: readonly Margin[], sigmaPretrained: number, sigmaUpdate: number, sufficient = false): LayerMargins {
  return {
    sigmaPretrained,
    sigmaUpdate,
    rhoBackdoor: quantilesOf(found.map((row) => row.rhoBackdoor)),
    update: !sigmaUpdate ? null : {
      rhoClean: quantilesOf(found.map((row) => row.rhoClean)),
      rhoTrigger: quantilesOf(found.map((row) => row.rhoTrigger)),
      rhoEffective: quantilesOf(found.map((row) => row.rhoEffective)),
      shares: assumptionShares(found),
      cleanShare: cleanShareOf(found),
      ...turning(found.map(({ exactScale }) => exactScale)),
      ...sufficient ? { sufficientScale: known(found.map(({ sufficientScale }) => sufficientScale)).scale } : {},
    },
  };
}

/**
 * @param without, withAdapters the same rows at s = 0 and at `scale`: [clean, triggered]
 * @param scales to predict at
 * @param sufficient whether s* is told as well
 */
export function networkMargins(
  without: readonly [OtherOutputs, OtherOutputs],
  withAdapters: readonly [OtherOutputs, OtherOutputs],
  scale: number,
  scales: readonly number[],
  sufficient = false,
): NetworkMargins {
  const contributions = (which: 0 | 1, i: number) => ({
    pretrained: without[which].margins[i],
    update: (withAdapters[which].margins[i] - without[which].margins[i]) / scale,
  });
  const rows = Array.from(without[0].margins, (_, i) => ({ clean: contributions(0, i), triggered: contributions(1, i) }));
  const means = (which: 0 | 1) => ({ without: mean([...without[which].margins]), with: mean([...withAdapters[which].margins]) });
  const [clean, triggered] = [means(0), means(1)];
  return {
    scale,
    clean,
    triggered,
    cleanShare: (clean.with - clean.without) / clean.with,
    ...turning(rows.map((row) => exactScale(row.triggered))),
    ...sufficient ? { sufficient: known(rows.map((row) => sufficientScale(row.clean, row.triggered))) } : {},
    predicted: sweepScale(rows, scales),
  };
}

function turning(scales: readonly (number | null)[]): { exactScale: Quantiles | null; turned: number } {
  const { scale, share } = known(scales);
  return { exactScale: scale, turned: share };
}

/** Quantiles of the scales that there are, and the share of rows that have one. */
function known(scales: readonly (number | null)[]): NonNullable<NetworkMargins["sufficient"]> {
  const found = scales.filter((scale) => scale !== null);
  return { scale: found.length ? quantilesOf(found) : null, share: found.length / scales.length };
}

function cleanShareOf(rows: readonly Margin[]): number {
  const [pretrained, update] = (["pretrained", "update"] as const).map((part) => mean(rows.map(({ clean }) => clean[part])));
  return update / (pretrained + update);
}

/** The classifier with its bias as one more column: [c, d + 1]. */
function withBias(head: ReadonlyMap<string, StoredTensor>): Matrix {
  const { shape: [rows, width], data } = head.get("classifier.weight")!, bias = head.get("classifier.bias")!.data;
  const entry = (i: number, j: number) => j < width ? data[i * width + j] : bias[i];
  return {
    rows,
    cols: width + 1,
    data: Float64Array.from({ length: rows * (width + 1) }, (_, k) => entry(Math.floor(k / (width + 1)), k % (width + 1))),
  };
}

function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  return [.05, .25, .5, .75, .95].map((p) => quantileSorted(sorted, p)) as unknown as Quantiles;
}
