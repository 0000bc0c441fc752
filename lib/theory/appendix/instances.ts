/** Random instances that the lines of the appendix are held against: nets, inputs, adapters, and what is read off them. */
import { type Matrix, multiply, scaled, transpose } from "../../math/matrix.ts";
import type { Rng } from "../../math/random.ts";
import { drawA, loraSpectrum } from "../../ntk/lora_spectrum.ts";
import { type Layer, withAdapter } from "../../ntk/network.ts";
import { drawVector } from "../draws.ts";
import type { Sample } from "../quantities.ts";

export function randomSamples(count: number, size: number, classes: number, rng: Rng): Sample[] {
  return Array.from({ length: count }, () => ({ x: drawVector(size, rng), label: rng.integer(classes) }));
}

export interface Adaptation {
  readonly rank: number;
  /** k of Var(A) = k / n. */
  readonly initVariance: number;
  readonly scale: number;
}

/** LoRA with B = 0 on the layers from `first` on; A is Kaiming-uniform. */
export function adaptFrom(first: number, layers: readonly Layer[], { rank, initVariance, scale }: Adaptation, rng: Rng): Layer[] {
  return layers.map((layer, l) => {
    if (l < first) return layer;
    const n = layer.weight.cols;
    return withAdapter(layer, drawA({ rank: Math.min(rank, n), init: "kaiming-uniform", initVariance }, n, rng.fork(l)), scale);
  });
}

/** The same net with every A that has an eigenvalue of s^2 A^T A above 1 shrunk to have 1 for its largest: the premise that is needed. */
export function shrunk(layers: readonly Layer[]): Layer[] {
  return layers.map((layer) => {
    if (!layer.adapter) return layer;
    const { A, scale } = layer.adapter, factor = Math.min(1, 1 / Math.sqrt(loraSpectrum(A, scale)[0]));
    return withAdapter(layer, scaled(A, factor), scale);
  });
}

export const diagonalOf = ({ rows, cols, data }: Matrix): number[] => Array.from({ length: rows }, (_, i) => data[i * cols + i]);

/** A^T A */
export const gramOf = (a: Matrix): Matrix => multiply(transpose(a), a);
