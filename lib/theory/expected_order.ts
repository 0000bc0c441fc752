/** Theorem 3.6 of paper A in expectation over A: one net at its start, many draws of LoRA's A. */
import { identity, plus } from "../math/matrix.ts";
import type { Rng } from "../math/random.ts";
import { mean } from "../math/statistics.ts";
import { drawA } from "../ntk/lora_spectrum.ts";
import type { Layer } from "../ntk/network.ts";
import { spectrumOf } from "../ntk/spectrum.ts";
import { layerFactors, layerGram, lowRankForm } from "./gram_order.ts";
import { fourErrors, largest, type Sample } from "./quantities.ts";

export const drawsOfA = 100;

export interface OverDraws {
  /** Eigenvalues of full fine-tuning's Gram matrix. */
  readonly ff: Float64Array;
  /** Of LoRA's, for each draw of A. */
  readonly lora: readonly Float64Array[];
}

export interface Adapted {
  /** The index of the first layer with LoRA: those below are trained in both arms, or in neither. */
  readonly first: number;
  readonly rank: number;
  /** k of Var(A) = k / n. */
  readonly initVariance: number;
  readonly scale: number;
}

/** A is Kaiming-uniform, drawn for every layer from `first` on; B = 0. Needs the started engine. */
export function overDraws(
  net: readonly Layer[],
  samples: readonly Sample[],
  { first, rank, initVariance, scale }: Adapted,
  rng: Rng,
): OverDraws {
  const factors = layerFactors(net, samples);
  const inFull = factors.map((one, l) => layerGram(one, identity(one.inputs.rows, Number(net[l].trained))));
  const drawn = () =>
    factors.map((one, l) => {
      const n = one.inputs.rows;
      return l < first ? inFull[l] : layerGram(one, lowRankForm(drawA({ rank, init: "kaiming-uniform", initVariance }, n, rng), scale));
    });
  return { ff: spectrumOf(inFull.reduce(plus)), lora: Array.from({ length: drawsOfA }, () => spectrumOf(drawn().reduce(plus))) };
}

/** By how much LoRA's mean is above full fine-tuning's value beyond 4 of its standard errors, at most. */
export function meanExcess(nets: readonly OverDraws[], measure: (spectrum: Float64Array) => number): number {
  return largest(nets.map(({ ff, lora }) => {
    const above = lora.map((spectrum) => measure(spectrum) - measure(ff));
    return mean(above) - fourErrors(above);
  }));
}

/** LoRA's value over full fine-tuning's, for every net and draw. */
export function ratios(nets: readonly OverDraws[], measure: (spectrum: Float64Array) => number): number[] {
  return nets.flatMap(({ ff, lora }) => lora.map((spectrum) => measure(spectrum) / measure(ff)));
}
