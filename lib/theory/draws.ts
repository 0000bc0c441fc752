/** Random instances for the theory: numbers in bulk from the engine's stateless ops, and small nets. */
import type { Matrix } from "../math/matrix.ts";
import { createRng, type Rng } from "../math/random.ts";
import type { Layer } from "../ntk/network.ts";
import { dtypeCodes } from "../tensor/dtypes.ts";
import { runOnValues } from "../tensor/native_tensor.ts";

/** The root stream of every random instance. */
export const theoryRng: Rng = createRng("theory");

/** Standard normal draws, the same at every call with the same stream. Needs the started engine. */
export const normals = (rng: Rng, count: number): Float64Array => bulk("StatelessRandomNormal", rng, count);

/**
 * A stream whose next draws come in blocks from the engine: what `initialA` reads, tens of millions of times, many times faster.
 * Other numbers than the stream's own, from the same distributions. Needs the started engine.
 */
export function bulkRng(rng: Rng): Rng {
  const next = (op: string) => {
    let block: Float64Array = new Float64Array(), at = 0, blocks = 0;
    return () => {
      if (at === block.length) [block, at] = [bulk(op, rng.fork(op).fork(blocks), 2 ** Math.min(10 + 2 * blocks++, 18)), 0];
      return block[at++];
    };
  };
  return { ...rng, uniform: next("StatelessRandomUniform"), normal: next("StatelessRandomNormal"), fork: (name) => bulkRng(rng.fork(name)) };
}

function bulk(op: string, rng: Rng, count: number): Float64Array {
  const types = [["dtype", dtypeCodes.float64], ["T", dtypeCodes.int32], ["Tseed", dtypeCodes.int32]] as const;
  const [{ data }] = runOnValues(op, types.map(([name, value]) => ({ name, kind: "type", value })), [
    { dtype: "int32", shape: [1], data: Int32Array.of(count) },
    { dtype: "int32", shape: [2], data: Int32Array.from(rng.seeds()) },
  ]);
  return Float64Array.from(data as Float64Array);
}

/** [rows, cols] of independent normal numbers with mean 0. */
export function drawMatrix(rows: number, cols: number, variance: number, rng: Rng): Matrix {
  return { rows, cols, data: drawVector(rows * cols, rng).map((value) => Math.sqrt(variance) * value) };
}

/** n independent standard normal numbers. */
export function drawVector(n: number, rng: Rng): Float64Array {
  return Float64Array.from({ length: n }, () => rng.normal());
}

/** A fully trained net with widths[0] inputs and widths.at(-1) outputs; Var(W) = 2 / n_in, which keeps a ReLU net's size. */
export function drawNet(widths: readonly number[], rng: Rng): Layer[] {
  return widths.slice(1).map((out, l) => ({ weight: drawMatrix(out, widths[l], 2 / widths[l], rng.fork(l)), trained: true }));
}
