/**
 * Spectra of s^2 A^T A and of M_Delta = s^2 A^T A - I for a drawn A [r, n] with Var(A) = k / n (paper A, Theorem 3.4 and equation
 * 18): what LoRA's kernel has in the place of the identity. s = alpha / r.
 */
import type { InitScheme } from "../adapter/method.ts";
import { initialA } from "../adapter/lora.ts";
import { type Matrix, multiply, transpose } from "../math/matrix.ts";
import type { Rng } from "../math/random.ts";
import { dot } from "./network.ts";
import { spectrumOf } from "./spectrum.ts";

export interface Draw {
  readonly rank: number;
  readonly init: InitScheme;
  /** k of Var(A) = k / n. */
  readonly initVariance: number;
}

/** A as LoRA draws it: [r, n]. */
export function drawA(draw: Draw, n: number, rng: Rng): Matrix {
  return { rows: draw.rank, cols: n, data: Float64Array.from(initialA(draw, n, rng)) };
}

/** The n eigenvalues of s^2 A^T A, largest first, through the smaller of the two Gram matrices. Needs the started engine. */
export function loraSpectrum(A: Matrix, scale = 1): Float64Array {
  const At = transpose(A), small = spectrumOf(A.rows <= A.cols ? multiply(A, At) : multiply(At, A));
  const spectrum = new Float64Array(A.cols); // n - r eigenvalues are exactly 0
  spectrum.set(small.map((value) => scale ** 2 * value));
  return spectrum;
}

/**
 * The largest eigenvalue of s^2 A^T A alone, by Lanczos steps on A (each two products with A): for A of 1,024 x 1,024 many times as
 * fast as all of them. Never above the true one, and within 1e-6 of it for the matrices that LoRA draws. Needs the started engine.
 */
export function largestEigenvalue({ rows, cols, data }: Matrix, scale = 1, steps = 60): number {
  const start = Float64Array.from({ length: cols }, (_, i) => 1 + (i * 0.6180339887498949) % 1); // any vector not orthogonal to the answer
  const basis: Float64Array[] = [unit(start)], diagonal: number[] = [], beside: number[] = [];
  for (let step = 0; step < Math.min(steps, cols, rows + 1); step++) {
    const v = basis[step], w = new Float64Array(cols);
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0, at = i * cols; j < cols; j++) sum += data[at++] * v[j];
      for (let j = 0, at = i * cols; j < cols; j++) w[j] += data[at++] * sum;
    }
    diagonal.push(dot(v, w));
    for (let pass = 0; pass < 2; pass++) { // once leaves enough of the earlier ones to find an eigenvalue above the largest
      for (const earlier of basis) {
        const share = dot(earlier, w);
        for (let j = 0; j < cols; j++) w[j] -= share * earlier[j];
      }
    }
    const rest = Math.sqrt(dot(w, w));
    if (rest < 1e-12) break;
    beside.push(rest);
    basis.push(w.map((value) => value / rest));
  }
  const n = diagonal.length, small = new Float64Array(n * n);
  diagonal.forEach((value, i) => small[i * n + i] = value);
  for (let i = 0; i + 1 < n; i++) small[i * n + i + 1] = small[(i + 1) * n + i] = beside[i];
  return scale ** 2 * spectrumOf({ rows: n, cols: n, data: small })[0];
}

function unit(v: Float64Array): Float64Array {
  const length = Math.sqrt(dot(v, v));
  return v.map((value) => value / length);
}

/** The n eigenvalues of M_Delta = s^2 A^T A - I, largest first. Needs the started engine. */
export function differenceSpectrum(A: Matrix, scale = 1): Float64Array {
  return loraSpectrum(A, scale).map((value) => value - 1);
}

/** Where the r nonzero eigenvalues of s^2 A^T A lie for large r <= n: s^2 k (1 -+ sqrt(r / n))^2 (Marchenko and Pastur 1967). */
export function marchenkoPasturEdges(k: number, r: number, n: number, scale = 1): [number, number] {
  const spread = Math.sqrt(r / n);
  return [scale ** 2 * k * (1 - spread) ** 2, scale ** 2 * k * (1 + spread) ** 2];
}

/** Whether M_Delta is negative semi-definite for large r and n: s^2 k (1 + sqrt(r / n))^2 <= 1. */
export function isNegativeSemidefinite(k: number, r: number, n: number, scale = 1): boolean {
  return marchenkoPasturEdges(k, r, n, scale)[1] <= 1;
}

/** The largest k for which M_Delta is negative semi-definite: 1 / (s^2 (1 + sqrt(r / n))^2). */
export function largestAdmissibleVariance(r: number, n: number, scale = 1): number {
  return 1 / marchenkoPasturEdges(1, r, n, scale)[1];
}

/** The smallest rank up to n for which it is not; undefined if there is none. */
export function firstFailingRank(k: number, n: number, scale = 1): number | undefined {
  for (let r = 1; r <= n; r++) if (!isNegativeSemidefinite(k, r, n, scale)) return r;
}
