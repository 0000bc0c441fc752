/** Spectra of symmetric matrices, and the Gram matrix whose nonzero eigenvalues are those of the empirical Fisher matrix. */
import type { Matrix } from "../math/matrix.ts";
import { eigh } from "../tensor/linalg.ts";

/**
 * G_ij = g_i . g_j / n for the gradients in rows [n, p]: [n, n]. The empirical Fisher matrix sum_i g_i g_i^T / n is [p, p], but has
 * the same nonzero eigenvalues (paper A, Theorem 2.2).
 */
export function gramMatrix({ rows: n, cols: p, data }: Matrix): Matrix {
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let q = 0; q < p; q++) sum += data[i * p + q] * data[j * p + q];
      gram[i * n + j] = gram[j * n + i] = sum / n;
    }
  }
  return { rows: n, cols: n, data: gram };
}

/** The eigenvalues of a symmetric matrix [n, n], largest first. Needs the started engine. */
export function spectrumOf(symmetric: Matrix): Float64Array {
  return eigh(symmetric).values.reverse();
}
