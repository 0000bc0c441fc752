/**
 * The largest singular values of a full matrix with their vectors: Golub-Kahan-Lanczos bidiagonalisation with full
 * reorthogonalisation, in plain float64. Every answer has been put back into A u = sigma v: one that does not fit is an error.
 */
import { checkCount } from "../math/check.ts";
import { type Matrix, transpose } from "../math/matrix.ts";
import { createRng } from "../math/random.ts";
import { dot, smallSvd } from "./small_svd.ts";
import { tridiagonalEigen } from "./tridiagonal.ts";

export interface LeadingVectors {
  /** Left singular vector of the largest value: [out]; zero if the matrix is. */
  readonly left: Float64Array;
  /** Right singular vector of the largest value: [in]; zero if the matrix is. */
  readonly right: Float64Array;
}

export interface SigmaMax extends LeadingVectors {
  readonly value: number;
  /** max(|A v - sigma u|, |A^T u - sigma v|), as a fraction of sigma. */
  readonly residual: number;
}

export interface TopSingular {
  /** Left singular vectors in columns, zero where the value is: [out, k]. */
  readonly u: Matrix;
  /** The k largest singular values, largest first: [k]. */
  readonly s: Float64Array;
  /** Right singular vectors in columns: [in, k]. */
  readonly v: Matrix;
  /** The largest residual of the k, as a fraction of the largest value. */
  readonly residual: number;
}

const tolerance = 1e-9, stepLimit = 600;

/** The largest singular value of A [out, in] and its vectors; their common sign is arbitrary. */
export function sigmaMax(a: Matrix): SigmaMax {
  const { u, s, v, residual } = topSingular(a, 1);
  return { value: s[0], left: u.data, right: v.data, residual };
}

/** The k largest singular values of A [out, in] and their vectors, k <= min(out, in). The same numbers at every call. */
export function topSingular(a: Matrix, k: number): TopSingular {
  checkMatrix(a, k);
  if (a.rows >= a.cols) return bidiagonalise(a, k);
  const { u, s, v, residual } = bidiagonalise(transpose(a), k);
  return { u: v, s, v: u, residual };
}

/** For A with at least as many rows as columns: then the right vectors of all steps span everything in the end. */
function bidiagonalise(a: Matrix, k: number): TopSingular {
  const rng = createRng("spectral/start"), draw = () => rng.normal();
  const lefts: Float64Array[] = [], rights: Float64Array[] = [], alphas: number[] = [], betas: number[] = [];
  const steps = Math.min(a.cols, Math.max(stepLimit, 4 * k));
  let next = unitBeside(rights, new Float64Array(a.cols), 0, draw).unit, scale = 0, look = k + 4;
  for (let step = 1;; step++) {
    rights.push(next);
    const image = apply(a, next);
    if (step > 1) subtract(image, betas[step - 2], lefts[step - 2]);
    const { unit: left, length: alpha } = unitBeside(lefts, image, scale, draw);
    lefts.push(left), alphas.push(alpha);

    const back = applyTransposed(a, left);
    subtract(back, alpha, next);
    scale = Math.max(scale, alpha, ...betas.slice(-1));
    const { unit, length: beta } = unitBeside(rights, back, scale, draw);
    if (step === steps || (step >= look && expectedResidual(alphas, betas, beta, k) <= tolerance / 4)) {
      const found = assemble(a, k, lefts, rights, alphas, betas);
      if (found.residual <= tolerance) return found;
      if (step === steps) {
        const what = `the residual must fall to ${tolerance} of the largest value within ${steps} steps`;
        throw new RangeError(`Cannot compute singular values as ${what}: ${found.residual.toPrecision(3)}`);
      }
    }
    if (step >= look) look = step + Math.max(2, step >> 4);
    betas.push(beta);
    next = unit;
  }
}

/** T = M^T M of the projected matrix M, alphas on its diagonal and betas above it: the diagonal of T, and what stands beside it. */
function normal(alphas: readonly number[], betas: readonly number[]): [diagonal: number[], beside: number[]] {
  return [alphas.map((alpha, i) => alpha ** 2 + (i ? betas[i - 1] ** 2 : 0)), betas.slice(0, alphas.length - 1).map((beta, i) => alphas[i] * beta)];
}

const descending = (values: Float64Array): number[] => Array.from(values.keys()).sort((i, j) => values[j] - values[i]);

/** The largest residual that the first k would have, as a fraction of the first, from the last entries of T's eigenvectors: beta alpha |y| / sigma. */
function expectedResidual(alphas: readonly number[], betas: readonly number[], beta: number, k: number): number {
  const last = alphas.map((_, i) => Float64Array.of(i === alphas.length - 1 ? 1 : 0)), squares = tridiagonalEigen(...normal(alphas, betas), last);
  const top = descending(squares).slice(0, k), sigma = Math.sqrt(squares[top[0]]), reach = beta * alphas[alphas.length - 1];
  return Math.max(...top.map((i) => reach === 0 ? 0 : reach * Math.abs(last[i][0]) / Math.sqrt(Math.max(squares[i], 0)) / sigma));
}

/**
 * The top k of the projected matrix M, carried back and put into both equations. T's eigenvectors give the directions (a few more than k, so
 * that squares cost no digits), the SVD of M in these the values.
 */
function assemble(
  a: Matrix,
  k: number,
  lefts: Float64Array[],
  rights: Float64Array[],
  alphas: readonly number[],
  betas: readonly number[],
): TopSingular {
  const n = alphas.length, z = alphas.map((_, i) => Float64Array.from({ length: n }, (_, j) => Number(i === j)));
  const directions = descending(tridiagonalEigen(...normal(alphas, betas), z)).slice(0, k + 8).map((i) => z[i]);
  const images = directions.map((y) => y.map((value, i) => alphas[i] * value + (i + 1 < n ? betas[i] * y[i + 1] : 0)));
  const inner = smallSvd(columnsOf(images)), s = inner.values.slice(0, k);
  const us = inner.left.slice(0, k).map((y) => combine(lefts, y)), vs = inner.right.slice(0, k).map((y) => combine(rights, combine(directions, y)));
  const distances = us.flatMap((u, i) => [distance(apply(a, vs[i]), s[i], u), distance(applyTransposed(a, u), s[i], vs[i])]);
  return { u: columnsOf(us), s, v: columnsOf(vs), residual: s[0] > 0 ? Math.max(...distances) / s[0] : 0 };
}

/** What is left of x beside an orthonormal set, and its length; a drawn direction and 0 where nothing is left (`scale`: the matrix's size). */
function unitBeside(basis: readonly Float64Array[], x: Float64Array, scale: number, draw: () => number): { unit: Float64Array; length: number } {
  for (let pass = 0; pass < 2; pass++) for (const one of basis) subtract(x, dot(one, x), one); // twice: once leaves rounding in
  const length = Math.sqrt(dot(x, x));
  if (length > 1e-14 * scale && length > 0) return { unit: x.map((value) => value / length), length };
  if (basis.length === x.length) return { unit: new Float64Array(x.length), length: 0 };
  return { unit: unitBeside(basis, x.map(draw), 0, draw).unit, length: 0 };
}

/** A x. */
function apply({ rows, cols, data }: Matrix, x: Float64Array): Float64Array {
  const result = new Float64Array(rows);
  for (let i = 0, at = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < cols; j++) sum += data[at++] * x[j];
    result[i] = sum;
  }
  return result;
}

/** A^T y. */
function applyTransposed({ rows, cols, data }: Matrix, y: Float64Array): Float64Array {
  const result = new Float64Array(cols);
  for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < cols; j++) result[j] += data[at++] * y[i];
  return result;
}

function subtract(x: Float64Array, factor: number, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i] -= factor * y[i];
}

/** |x - factor y|. */
function distance(x: Float64Array, factor: number, y: Float64Array): number {
  return Math.sqrt(x.reduce((sum, value, i) => sum + (value - factor * y[i]) ** 2, 0));
}

function combine(basis: readonly Float64Array[], weights: Float64Array): Float64Array {
  const result = new Float64Array(basis[0].length);
  basis.forEach((one, i) => subtract(result, -weights[i], one));
  return result;
}

function columnsOf(vectors: readonly Float64Array[]): Matrix {
  const rows = vectors[0].length, cols = vectors.length;
  return { rows, cols, data: Float64Array.from({ length: rows * cols }, (_, at) => vectors[at % cols][Math.floor(at / cols)]) };
}

function checkMatrix({ rows, cols, data }: Matrix, k: number): void {
  checkCount("compute singular values", "their number", k);
  if (!(data.length === rows * cols && Math.min(rows, cols) >= k)) {
    throw new TypeError(
      `Cannot compute singular values as a matrix must have at least ${k} rows and columns: ${rows} x ${cols}, ${data.length} entries`,
    );
  }
  const at = data.findIndex((x) => !Number.isFinite(x));
  if (at >= 0) throw new RangeError(`Cannot compute singular values as every entry must be finite: ${data[at]} in row ${Math.floor(at / cols)}`);
}
