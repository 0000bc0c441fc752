/** Angles and distances between the loss gradients of clean examples and of their triggered versions, module by module. */
import { scoreGradients } from "./encoder_information.ts";
import type { Pair, PairKernels } from "./encoder_pairs.ts";

export interface Angles {
  /** Of each pair, [n]; NaN where a gradient is 0. */
  readonly cosines: Float64Array;
  /** ||g - g~|| of each pair, [n]. */
  readonly distances: Float64Array;
  /** g . g~ of each pair, [n]. */
  readonly products: Float64Array;
  /** Mean over the pairs whose cosine exists. */
  readonly meanCosine: number;
  /** M' of paper A's equation 7 with the trace as its norm: of the mean over pairs of K(x, x~) [c, c]. */
  readonly kernelTrace: number;
  /** The same with the Frobenius norm. */
  readonly kernelFrobenius: number;
}

export interface GradientAngles {
  /** Over all trained tensors. */
  readonly total: Angles;
  /** By linear module, its factors or its matrix taken together, `encoder.layer.0.output.dense`; vectors and tables by their own names. */
  readonly modules: ReadonlyMap<string, Angles>;
}

/** The angles from the kernels of the pairs. A sequence's label is that of its loss: with two classes another label turns a gradient round and does no more. */
export function anglesOf(kernels: PairKernels, pairs: readonly Pair[]): GradientAngles {
  const grouped = new Map<string, Float64Array>(), { n, c, logits, parts } = kernels;
  const labels = pairs.flatMap(({ clean, triggered }) => [clean.label, triggered.label]);
  const { data: d } = scoreGradients({ rows: 2 * n, cols: c, data: logits }, labels); // [n, 2, c]
  const total = new Float64Array(n * 4 * c * c);
  for (const [name, part] of parts) {
    add(total, part);
    const module = moduleOf(name);
    grouped.set(module, add(grouped.get(module) ?? new Float64Array(part.length), part));
  }
  const angles = (kernel: Float64Array) => anglesIn(kernel, d, n, c);
  return { total: angles(total), modules: new Map([...grouped].map(([module, kernel]) => [module, angles(kernel)])) };
}

/** The linear module that a factor or a matrix belongs to; the tensor's own name otherwise. */
function moduleOf(name: string): string {
  const [, module, part] = /^(.*)\.([^.]*)$/.exec(name)!;
  return part === "bias" || module.endsWith("LayerNorm") ? name : module;
}

function add(sum: Float64Array, values: Float64Array): Float64Array {
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
  return sum;
}

function anglesIn(kernel: Float64Array, d: Float64Array, n: number, c: number): Angles {
  const at = (i: number, k: number, m: number, a: number, b: number) => kernel[(((i * c + k) * c + m) * 2 + a) * 2 + b];
  const classes = [...Array(c).keys()], pairs = [...Array(n).keys()];
  /** g_a . g_b of pair i. */
  const product = (i: number, a: number, b: number) =>
    classes.reduce((sum, k) => sum + classes.reduce((row, m) => row + d[(2 * i + a) * c + k] * at(i, k, m, a, b) * d[(2 * i + b) * c + m], 0), 0);
  const products = Float64Array.from(pairs, (i) => product(i, 0, 1));
  const norms = pairs.map((i) => [Math.max(0, product(i, 0, 0)), Math.max(0, product(i, 1, 1))]);
  const cosines = products.map((x, i) => x / Math.sqrt(norms[i][0] * norms[i][1]));
  const found = cosines.filter((x) => Number.isFinite(x));
  const mean = (k: number, m: number) => pairs.reduce((sum, i) => sum + at(i, k, m, 0, 1), 0) / n;
  return {
    products,
    cosines,
    distances: products.map((x, i) => Math.sqrt(Math.max(0, norms[i][0] + norms[i][1] - 2 * x))),
    meanCosine: found.reduce((sum, x) => sum + x, 0) / found.length,
    kernelTrace: classes.reduce((sum, k) => sum + mean(k, k), 0),
    kernelFrobenius: Math.hypot(...classes.flatMap((k) => classes.map((m) => mean(k, m)))),
  };
}
