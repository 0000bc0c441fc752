/** Matrix decompositions by TensorFlow (Eigen underneath), on plain matrices. Signs of singular and eigenvectors are the library's. */
import type { Matrix } from "../math/matrix.ts";
import type { Attribute } from "./attributes.ts";
import { dtypeCodes } from "./dtypes.ts";
import { runOnValues, type Values } from "./native_tensor.ts";

export type LinalgDtype = "float64" | "float32";

export interface Svd {
  /** Left singular vectors in columns: [m, k], k = min(m, n). */
  readonly u: Matrix;
  /** Singular values, largest first: [k]. */
  readonly s: Float64Array;
  /** Right singular vectors in columns: [n, k]. */
  readonly v: Matrix;
}

/** A = U diag(s) V^T for A [m, n]. */
export function svd(a: Matrix, dtype: LinalgDtype = "float64"): Svd {
  const attributes: Attribute[] = [{ name: "compute_uv", kind: "bool", value: true }, { name: "full_matrices", kind: "bool", value: false }];
  const [s, u, v] = run("Svd", "compute the SVD", attributes, a, dtype, 3);
  return { u: matrix(u), s: Float64Array.from(s.data as Float64Array), v: matrix(v) };
}

export interface Eigh {
  /** Eigenvalues, smallest first: [n]. */
  readonly values: Float64Array;
  /** Eigenvectors in columns, in the order of the values: [n, n]. */
  readonly vectors: Matrix;
}

/** A = V diag(values) V^T for a symmetric A [n, n]. */
export function eigh(a: Matrix, dtype: LinalgDtype = "float64"): Eigh {
  checkSymmetric(a);
  const [values, vectors] = run("SelfAdjointEigV2", "compute eigenvalues", [{ name: "compute_v", kind: "bool", value: true }], a, dtype, 2);
  return { values: Float64Array.from(values.data as Float64Array), vectors: matrix(vectors) };
}

/** A = Q R for A [m, n]: Q [m, k] with orthonormal columns, R [k, n] upper triangular, k = min(m, n). */
export function qr(a: Matrix, dtype: LinalgDtype = "float64"): { q: Matrix; r: Matrix } {
  const [q, r] = run("Qr", "compute the QR decomposition", [{ name: "full_matrices", kind: "bool", value: false }], a, dtype, 2);
  return { q: matrix(q), r: matrix(r) };
}

function run(op: string, action: string, attributes: Attribute[], a: Matrix, dtype: LinalgDtype, outputs: number): Values[] {
  checkEntries(a, action);
  const data = dtype === "float64" ? a.data : Float32Array.from(a.data);
  const type: Attribute = { name: "T", kind: "type", value: dtypeCodes[dtype] };
  return runOnValues(op, [...attributes, type], [{ dtype, shape: [a.rows, a.cols], data }], outputs);
}

/** Without this the library returns NaN, or none of its iterations ends well. */
function checkEntries({ rows, cols, data }: Matrix, action: string): void {
  if (!(rows > 0 && cols > 0 && data.length === rows * cols)) {
    throw new TypeError(`Cannot ${action} as a matrix must have rows x cols > 0 entries: ${rows} x ${cols} with ${data.length} entries`);
  }
  const at = data.findIndex((x) => !Number.isFinite(x));
  if (at >= 0) {
    throw new RangeError(`Cannot ${action} as every entry must be finite: ${data[at]} in row ${Math.floor(at / cols)}, column ${at % cols}`);
  }
}

/** The library reads one triangle only, and would answer for another matrix. */
function checkSymmetric({ rows, cols, data }: Matrix): void {
  if (rows !== cols) throw new TypeError(`Cannot compute eigenvalues as the matrix must be square: ${rows} x ${cols}`);
  const tolerance = 1e-9 * data.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      const below = data[i * cols + j], above = data[j * cols + i];
      if (Math.abs(below - above) > tolerance) {
        throw new RangeError(`Cannot compute eigenvalues as the matrix must be symmetric: ${below} at [${i}, ${j}], ${above} at [${j}, ${i}]`);
      }
    }
  }
}

function matrix({ shape: [rows, cols], data }: Values): Matrix {
  return { rows, cols, data: Float64Array.from(data as Float64Array) };
}
