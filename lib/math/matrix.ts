/** A real matrix as plain data. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  /** Row-major. */
  readonly data: Float64Array;
}

/** A matrix from its rows, all of one length. */
export function matrixOf(rows: readonly (readonly number[])[]): Matrix {
  const cols = rows[0]?.length ?? 0;
  const odd = rows.findIndex((row) => row.length !== cols);
  if (odd >= 0) throw new TypeError(`Cannot make a matrix as every row must have ${cols} entries: ${rows[odd].length} in row ${odd}`);
  return { rows: rows.length, cols, data: Float64Array.from(rows.flat()) };
}

/** factor I: [n, n]. */
export function identity(n: number, factor = 1): Matrix {
  return { rows: n, cols: n, data: Float64Array.from({ length: n * n }, (_, at) => at % (n + 1) ? 0 : factor) };
}

/** [rows, cols] of zeros. */
export const zeros = (rows: number, cols: number): Matrix => ({ rows, cols, data: new Float64Array(rows * cols) });

/** Column j: [rows, 1]. */
export const columnOf = ({ rows, cols, data }: Matrix, j: number): Matrix => ({ rows, cols: 1, data: data.filter((_, at) => at % cols === j) });

/** The Euclidean length of each row. */
export function rowNorms({ rows, cols, data }: Matrix): number[] {
  return Array.from({ length: rows }, (_, i) => Math.sqrt(data.subarray(i * cols, (i + 1) * cols).reduce((sum, x) => sum + x * x, 0)));
}

/** A^T. */
export function transpose({ rows, cols, data }: Matrix): Matrix {
  const result = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) result[j * rows + i] = data[i * cols + j];
  return { rows: cols, cols: rows, data: result };
}

/** factor A. */
export const scaled = (a: Matrix, factor: number): Matrix => ({ ...a, data: a.data.map((value) => factor * value) });

/** A + B. */
export function plus(a: Matrix, b: Matrix): Matrix {
  checkSizes("add", a, b);
  return { ...a, data: a.data.map((value, at) => value + b.data[at]) };
}

/** A - B. */
export function minus(a: Matrix, b: Matrix): Matrix {
  checkSizes("subtract", a, b);
  return { ...a, data: a.data.map((value, at) => value - b.data[at]) };
}

function checkSizes(action: string, a: Matrix, b: Matrix): void {
  if (a.rows === b.rows && a.cols === b.cols) return;
  throw new TypeError(`Cannot ${action} as both matrices must have one size: ${a.rows} x ${a.cols}, ${b.rows} x ${b.cols}`);
}

/** A x. */
export function times({ rows, cols, data }: Matrix, x: ArrayLike<number>): Float64Array {
  if (x.length !== cols) throw new TypeError(`Cannot multiply as the vector must have ${cols} numbers, the matrix's columns: ${x.length}`);
  const result = new Float64Array(rows);
  for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < cols; j++) result[i] += data[at++] * x[j];
  return result;
}

/** A B, for small matrices. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  if (a.cols !== b.rows) throw new TypeError(`Cannot multiply as the first must have ${b.rows} columns, the second's rows: ${a.cols}`);
  const data = new Float64Array(a.rows * b.cols);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.cols; k++) for (let j = 0; j < b.cols; j++) data[i * b.cols + j] += a.data[i * a.cols + k] * b.data[k * b.cols + j];
  }
  return { rows: a.rows, cols: b.cols, data };
}

/** The sum of a square matrix's diagonal. */
export function trace({ rows, cols, data }: Matrix): number {
  if (rows !== cols) throw new TypeError(`Cannot take a trace as the matrix must be square: ${rows} x ${cols}`);
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += data[i * (cols + 1)];
  return sum;
}
