/**
 * The Gram matrix of loss gradients layer by layer, at the start (paper A, Theorem 3.6 for several rows): row i of a batch gives layer l
 * the gradient delta_i u_i^T by W, and s delta_i (A u_i)^T by B where B = 0, with A's being 0.
 */
import { identity, type Matrix, minus, multiply, plus, scaled, times, transpose } from "../math/matrix.ts";
import { forward, type Layer, lossGradient } from "../ntk/network.ts";
import { spectrumOf } from "../ntk/spectrum.ts";
import { furthest, largest, type Sample } from "./quantities.ts";

export interface LayerFactors {
  /** The loss's gradients by the layer's output, a sample's in each column: delta_l [n_l, N]. */
  readonly errors: Matrix;
  /** What the layer reads, a sample's in each column: U_l [n_{l-1}, N]. */
  readonly inputs: Matrix;
}

/** By back-propagation through W alone: adapters have B = 0. */
export function layerFactors(layers: readonly Layer[], samples: readonly Sample[]): LayerFactors[] {
  const passes = samples.map(({ x, label }) => {
    const { pre, post, output } = forward(layers, x), errors = [lossGradient(output, label)];
    for (let l = layers.length - 1; l > 0; l--) {
      errors.unshift(times(transpose(layers[l].weight), errors[0]).map((value, i) => pre[l - 1][i] > 0 ? value : 0));
    }
    return { errors, inputs: [x, ...post] };
  });
  return layers.map((_, l) => ({ errors: columns(passes.map(({ errors }) => errors[l])), inputs: columns(passes.map(({ inputs }) => inputs[l])) }));
}

const columns = (vectors: readonly ArrayLike<number>[]): Matrix =>
  transpose({ rows: vectors.length, cols: vectors[0].length, data: Float64Array.from(vectors.flatMap((one) => Array.from(one))) });

/** (1/N) (delta_l^T delta_l) o U_l^T M U_l, o entry by entry: the layer's part of the Gram matrix, with M = I in full and s^2 A^T A for LoRA. */
export function layerGram({ errors, inputs }: LayerFactors, M: Matrix): Matrix {
  const products = multiply(transpose(errors), errors), forms = multiply(transpose(inputs), multiply(M, inputs));
  return { ...products, data: products.data.map((value, at) => value * forms.data[at] / errors.cols) };
}

/** s^2 A^T A. */
export const lowRankForm = (A: Matrix, scale: number): Matrix => scaled(multiply(transpose(A), A), scale ** 2);

/** (1/N) sum_l (delta_l^T delta_l) o U_l^T (I - s^2 A_l^T A_l) U_l over the layers with adapters. */
export function schurDifference(layers: readonly Layer[], samples: readonly Sample[]): Matrix {
  const factors = layerFactors(layers, samples);
  return layers.flatMap(({ weight: { cols }, adapter }, l) =>
    adapter ? [layerGram(factors[l], minus(identity(cols), lowRankForm(adapter.A, adapter.scale)))] : []
  ).reduce(plus);
}

/** The smallest eigenvalue of G_ff - G_LoRA: what Loewner's order asks to be at least 0, and sorted eigenvalues do not tell. */
export function leastOfDifference(ff: Matrix, lora: Matrix): number {
  return spectrumOf(minus(ff, lora))[ff.rows - 1];
}

export interface GramOrder {
  /** Largest difference of G_ff - G_LoRA from `schurDifference`, relative to the largest entry of G_ff. */
  readonly schurError: number;
  /** The smallest eigenvalue of G_ff - G_LoRA. */
  readonly least: number;
}

/** Of the two Gram matrices by gradients, and the net with its adapters. */
export function gramOrder(ff: Matrix, lora: Matrix, layers: readonly Layer[], samples: readonly Sample[]): GramOrder {
  const schurError = furthest(minus(ff, lora), schurDifference(layers, samples)) / largest(ff.data);
  return { schurError, least: leastOfDifference(ff, lora) };
}
