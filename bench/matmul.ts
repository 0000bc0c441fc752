/** The machine's matrix-product peak, as the engine reaches it: what a training step's GFLOP/s are measured against. */
import { compile } from "../lib/tensor/compile.ts";
import { tf } from "../lib/tensor/tf.ts";

/** Side lengths of the square float32 products. */
export const peakSizes = [1024, 2048] as const;

export interface PeakMeter {
  /** Multiplies for about `seconds` at each size; call it between timed blocks, so that peak and steps meet the same machine. */
  measure(seconds: number): Promise<void>;
  /** The best rate so far by size, GFLOP/s. */
  readonly rates: Readonly<Record<string, number>>;
  dispose(): void;
}

/** Needs TensorFlow to be started. */
export function createPeakMeter(sizes: readonly number[] = peakSizes): PeakMeter {
  const rates: Record<string, number> = Object.fromEntries(sizes.map((size) => [size, 0]));
  const product = compile((a, b) => [tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D)]);
  const operands = sizes.map((size) => [0, 1].map((start) => tf.keep(wave(size, start))));
  return {
    rates,
    async measure(seconds) {
      for (const [i, size] of sizes.entries()) {
        const end = performance.now() + 1000 * seconds;
        do {
          const start = performance.now();
          const [result] = await product(...operands[i]);
          rates[size] = Math.max(rates[size], 2 * size ** 3 / ((performance.now() - start) * 1e6));
          result.dispose();
        } while (performance.now() < end);
      }
    },
    dispose() {
      product.dispose();
      tf.dispose(operands);
    },
  };
}

/** Values of order 1 that no processor shortcut likes: [size, size]. */
function wave(size: number, start: number): tf.Tensor {
  return tf.tensor2d(Float32Array.from({ length: size * size }, (_, k) => Math.sin(start + k)), [size, size]);
}
