/**
 * Three-layer nets in NTK parametrisation, F(x) = v . ReLU(U ReLU(W x) / sqrt(m)) / sqrt(m), every number standard normal at the start: the
 * first depth at which the kernel's recursion reads a covariance that is not that of the inputs.
 */
import { type Matrix, scaled, times, transpose } from "../../math/matrix.ts";
import { mean } from "../../math/statistics.ts";
import type { Rng } from "../../math/random.ts";
import { dot, type Layer } from "../../ntk/network.ts";
import { normals } from "../draws.ts";
import type { WideSums } from "./wide.ts";

export interface DeepNet {
  readonly W: Matrix; // [m, 2]
  readonly U: Matrix; // [m, m]
  readonly v: Float64Array; // [m]
}

/** Six unit vectors, each at 60 degrees to the next: six pairs like `twoInputs` for one net. */
export const hexagon = Array.from({ length: 6 }, (_, i) => [Math.cos(i * Math.PI / 3), Math.sin(i * Math.PI / 3)]);

export function drawDeepNet(width: number, rng: Rng): DeepNet {
  const draws = normals(rng, width * (width + 3)), own = (from: number, cols: number) => draws.subarray(width * from, width * (from + cols));
  return { W: { rows: width, cols: 2, data: own(0, 2) }, U: { rows: width, cols: width, data: own(2, width) }, v: own(width + 2, 1) };
}

/** The sums of the second hidden layer, and the kernel, each the mean over the six pairs. */
export function deepSums({ W, U, v }: DeepNet): WideSums {
  const m = v.length, root = Math.sqrt(m), Ut = transpose(U);
  const passes = hexagon.map((x) => {
    const first = times(W, x), u = first.map((y) => Math.max(y, 0)), second = times(U, u).map((y) => y / root);
    const bySecond = second.map((y, j) => y > 0 ? v[j] / root : 0), byFirst = times(Ut, bySecond).map((d, j) => first[j] > 0 ? d / root : 0);
    return { x, u, u2: second.map((y) => Math.max(y, 0)), active: second.map((y) => Number(y > 0)), bySecond, byFirst };
  });
  const pairs = passes.map((one, i) => [one, passes[(i + 1) % passes.length]]);
  const kernel = pairs.map(([a, b]) =>
    (dot(a.u2, b.u2) + dot(a.bySecond, b.bySecond) * dot(a.u, b.u)) / m + dot(a.byFirst, b.byFirst) * dot(a.x, b.x)
  );
  return {
    values: mean(pairs.map(([a, b]) => dot(a.u2, b.u2) / m)),
    slopes: mean(pairs.map(([a, b]) => dot(a.active, b.active) / m)),
    kernel: mean(kernel),
  };
}

/** The same function as plain layers. Their gradients by the second and third weight are sqrt(m) times those by U and v. */
export function deepLayers({ W, U, v }: DeepNet): Layer[] {
  const factor = 1 / Math.sqrt(v.length);
  return [W, scaled(U, factor), scaled({ rows: 1, cols: v.length, data: v }, factor)].map((weight) => ({ weight, trained: true }));
}
