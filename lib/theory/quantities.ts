/** What the cells of several sections read off nets, adapters and draws. */
import { type Matrix, minus, times } from "../math/matrix.ts";
import { standardDeviation } from "../math/statistics.ts";
import { renyiEntropy } from "../ntk/information.ts";
import { dot, gradient, type Layer } from "../ntk/network.ts";
import { gramMatrix, spectrumOf } from "../ntk/spectrum.ts";

export interface Sample {
  readonly x: ArrayLike<number>;
  readonly label: number;
}

/** -log softmax(logits)[label] */
export function crossEntropy(logits: ArrayLike<number>, label: number): number {
  const values = Array.from(logits), largest = Math.max(...values);
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0)) - values[label];
}

/** Loss gradients of samples in rows: [n, p]. */
export function gradientsOf(layers: readonly Layer[], samples: readonly Sample[]): Matrix {
  const rows = samples.map(({ x, label }) => gradient(layers, x, label));
  return { rows: rows.length, cols: rows[0].length, data: Float64Array.from(rows.flatMap((row) => [...row])) };
}

/** The nonzero eigenvalues of the empirical Fisher matrix, largest first, with zeros up to the number of samples. Needs the started engine. */
export function fisherSpectrum(layers: readonly Layer[], samples: readonly Sample[]): Float64Array {
  return spectrumOf(gramMatrix(gradientsOf(layers, samples)));
}

/** The net after theta -= rate g, g in the order of `pullback`. */
export function stepped(layers: readonly Layer[], g: Float64Array, rate: number): Layer[] {
  let at = 0;
  const moved = (matrix: Matrix): Matrix => ({ ...matrix, data: matrix.data.map((value) => value - rate * g[at++]) });
  return layers.map(({ weight, trained, adapter }) =>
    adapter
      ? { weight, trained, adapter: { A: moved(adapter.A), B: moved(adapter.B), scale: adapter.scale } }
      : { weight: trained ? moved(weight) : weight, trained }
  );
}

/** Spectra of full fine-tuning and of LoRA on the same samples. */
export interface Pair {
  readonly ff: Float64Array;
  readonly lora: Float64Array;
}

/** By how much LoRA's value is above full fine-tuning's, at most. */
export function excess(pairs: readonly Pair[], measure: (spectrum: Float64Array) => number): number {
  return largest(pairs.map(({ ff, lora }) => measure(lora) - measure(ff)));
}

/** The same for the eigenvalues, sorted: largest with largest. */
export function eigenvalueExcess(pairs: readonly Pair[]): number {
  return largest(pairs.map(({ ff, lora }) => largest(lora.map((value, i) => value - ff[i]))));
}

/** Whether LoRA's matrix has as many positive eigenvalues as full fine-tuning's: the entropy at alpha = 0 is the logarithm of their number. */
export function haveOneRank({ ff, lora }: Pair): boolean {
  const [own, full] = [lora, ff].map((spectrum) => renyiEntropy(spectrum, 0, "raw"));
  return own === full;
}

/** v^T K v. */
export const quadraticForm = (v: Float64Array, kernel: Matrix): number => dot(v, times(kernel, v));

/** u^T (s^2 A^T A) u'. */
export function projected(A: Matrix, u: ArrayLike<number>, u2: ArrayLike<number>, scale = 1): number {
  return scale ** 2 * dot(times(A, u), times(A, u2));
}

/** 4 standard errors of the mean of draws: what it may be off its expectation. A right expectation fails in 6 of 100,000 such checks. */
export function fourErrors(draws: readonly number[]): number {
  return 4 * standardDeviation(draws)! / Math.sqrt(draws.length);
}

export const largest = (values: Iterable<number>): number => [...values].reduce((a, b) => Math.max(a, b), -Infinity);

/** The largest absolute difference of two matrices, entry by entry. */
export const furthest = (a: Matrix, b: Matrix): number => largest(minus(a, b).data.map(Math.abs));
