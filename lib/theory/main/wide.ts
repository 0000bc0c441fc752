/**
 * Two-layer nets in NTK parametrisation, F(x) = sum_j v_j ReLU(w_j . x) / sqrt(m), every w_j and v_j standard normal at the start:
 * what becomes of a net as its width m grows. Sums over the width are written out, so that a width of 4,096 costs microseconds.
 */
import type { Rng } from "../../math/random.ts";
import type { Layer } from "../../ntk/network.ts";
import { normals } from "../draws.ts";

export interface WideNet {
  /** w_j in rows: [m, n]. */
  readonly w: Float64Array;
  /** [m] */
  readonly v: Float64Array;
}

/** Two unit vectors at 60 degrees: the inputs of the closed forms. */
export const twoInputs = [[1, 0], [.5, Math.sqrt(3) / 2]] as const;

export function drawWideNet(width: number, inputs: number, rng: Rng): WideNet {
  const draws = normals(rng, width * (inputs + 1));
  return { w: draws.subarray(0, width * inputs), v: draws.subarray(width * inputs) };
}

/** y_j = w_j . x: [m]. */
function preActivations({ w, v }: WideNet, x: readonly number[]): Float64Array {
  const y = new Float64Array(v.length);
  for (let j = 0, at = 0; j < y.length; j++) for (let i = 0; i < x.length; i++) y[j] += w[at++] * x[i];
  return y;
}

export function wideOutput(net: WideNet, x: readonly number[]): number {
  const y = preActivations(net, x);
  let sum = 0;
  for (let j = 0; j < y.length; j++) if (y[j] > 0) sum += net.v[j] * y[j];
  return sum / Math.sqrt(y.length);
}

export interface WideSums {
  /** sum_j ReLU(y_j) ReLU(y'_j) / m */
  readonly values: number;
  /** sum_j ReLU'(y_j) ReLU'(y'_j) / m */
  readonly slopes: number;
  /** The kernel: values + x.x' sum_j v_j^2 ReLU'(y_j) ReLU'(y'_j) / m. */
  readonly kernel: number;
}

export function wideSums(net: WideNet, x: readonly number[], x2: readonly number[]): WideSums {
  const [y, y2] = [preActivations(net, x), preActivations(net, x2)], m = y.length;
  let values = 0, slopes = 0, weighted = 0;
  for (let j = 0; j < m; j++) {
    if (y[j] <= 0 || y2[j] <= 0) continue;
    values += y[j] * y2[j];
    slopes++;
    weighted += net.v[j] ** 2;
  }
  const inner = x.reduce((sum, value, i) => sum + value * x2[i], 0);
  return { values: values / m, slopes: slopes / m, kernel: (values + inner * weighted) / m };
}

/** One step of gradient descent on the halved mean square error. */
export function descend(net: WideNet, rows: readonly (readonly number[])[], targets: readonly number[], rate: number): WideNet {
  const w = Float64Array.from(net.w), v = Float64Array.from(net.v), m = v.length;
  rows.forEach((x, row) => {
    const y = preActivations(net, x), step = rate * (wideOutput(net, x) - targets[row]) / (rows.length * Math.sqrt(m));
    for (let j = 0; j < m; j++) {
      if (y[j] <= 0) continue;
      v[j] -= step * y[j];
      for (let i = 0; i < x.length; i++) w[j * x.length + i] -= step * net.v[j] * x[i];
    }
  });
  return { w, v };
}

/** The same function as plain layers. Their gradient by the second weight is sqrt(m) times that by v. */
export function asLayers({ w, v }: WideNet): Layer[] {
  const m = v.length;
  return [
    { weight: { rows: m, cols: w.length / m, data: w }, trained: true },
    { weight: { rows: 1, cols: m, data: v.map((value) => value / Math.sqrt(m)) }, trained: true },
  ];
}
