/** Random instances that the lines of the appendix are held against: nets, inputs, adapters, and what is read off them. */
import { type Matrix, multiply, transpose } from "../../math/matrix.ts";
import type { Rng } from "../../math/random.ts";
import { drawA, loraSpectrum } from "../../ntk/lora_spectrum.ts";
import { dot, gradient, type Layer, withAdapter } from "../../ntk/network.ts";
import { gramMatrix, spectrumOf } from "../../ntk/spectrum.ts";
import { drawVector } from "../draws.ts";

export interface Sample {
  readonly x: Float64Array;
  readonly label: number;
}

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
    return withAdapter(layer, { ...A, data: A.data.map((value) => factor * value) }, scale);
  });
}

/** The empirical Fisher matrix's nonzero eigenvalues, largest first, through the Gram matrix of the samples' gradients. */
export function fisherSpectrum(layers: readonly Layer[], samples: readonly Sample[]): Float64Array {
  const gradients = samples.map(({ x, label }) => gradient(layers, x, label)), cols = gradients[0].length;
  return spectrumOf(gramMatrix({ rows: gradients.length, cols, data: Float64Array.from(gradients.flatMap((g) => [...g])) }));
}

/** v^T K w. */
export function quadraticForm(v: Float64Array, kernel: Matrix, w = v): number {
  return dot(v, multiply(kernel, { rows: w.length, cols: 1, data: w }).data);
}

/** u^T (s^2 A^T A) u', or u . u' without an adapter. */
export function projectedProduct(A: Matrix, u: ArrayLike<number>, u2: ArrayLike<number>, scale = 1): number {
  const column = (v: ArrayLike<number>) => ({ rows: v.length, cols: 1, data: Float64Array.from(v) });
  return scale ** 2 * dot(multiply(A, column(u)).data, multiply(A, column(u2)).data);
}

export const diagonalOf = ({ rows, cols, data }: Matrix): number[] => Array.from({ length: rows }, (_, i) => data[i * cols + i]);

export const timesIdentity = (factor: number, n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, at) => at % (n + 1) === 0 ? factor : 0);

export const minus = (a: Matrix, b: Matrix): Matrix => ({ ...a, data: a.data.map((value, at) => value - b.data[at]) });

export const largest = (values: Iterable<number>): number => [...values].reduce((a, b) => Math.max(a, b), -Infinity);

/** A^T A */
export const gramOf = (a: Matrix): Matrix => multiply(transpose(a), a);
