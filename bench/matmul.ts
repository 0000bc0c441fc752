/**
 * The machine's matrix-product peak, as the engine reaches it: what a training step's GFLOP/s are measured against. As in training, as
 * many products run side by side as the engine has chains: one alone would not use all cores.
 */
import { dtypeCodes, toBfloat16 } from "../lib/tensor/dtypes.ts";
import { currentEngine } from "../lib/tensor/native.ts";
import type { Precision } from "../lib/tensor/precision.ts";
import type { Peak } from "./peak.ts";

/** Side lengths of the square products. */
const peakSizes = [1024, 2048] as const;

export interface PeakMeter {
  /** Multiplies for about `seconds` at each size; call it between timed blocks, so that peak and steps meet the same machine. */
  measure(seconds: number): Promise<void>;
  /** The best rates so far. */
  readonly rates: Peak;
  dispose(): void;
}

/** Needs TensorFlow to be started. */
export function createPeakMeter(precision: Precision, sizes: readonly number[] = peakSizes): PeakMeter {
  const engine = currentEngine(), dtype = precision === "bf16" ? dtypeCodes.bfloat16 : dtypeCodes.float32;
  const rates: Record<string, number> = Object.fromEntries(sizes.map((size) => [size, 0]));
  // Native tensors: tfjs has no type for bfloat16.
  const operands = sizes.map((size) => [0, 1].map((start) => engine.create([size, size], dtype, wave(size, start, precision))));
  const sideBySide = Array.from({ length: engine.library.chains });
  return {
    rates,
    async measure(seconds) {
      for (const [i, size] of sizes.entries()) {
        const end = performance.now() + 1000 * seconds, flops = 2 * size ** 3 * sideBySide.length;
        do {
          const start = performance.now();
          const results = await Promise.all(sideBySide.map(() => engine.executeAsync("MatMul", operands[i], [{ shape: [size, size], dtype }])));
          rates[size] = Math.max(rates[size], flops / ((performance.now() - start) * 1e6));
          for (const [{ id }] of results) engine.release(id);
        } while (performance.now() < end);
      }
    },
    dispose() {
      for (const id of operands.flat()) engine.release(id);
    },
  };
}

/** Values of order 1 that no processor shortcut likes: [size, size]. */
function wave(size: number, start: number, precision: Precision): Float32Array | Uint16Array {
  const values = Float32Array.from({ length: size * size }, (_, k) => Math.sin(start + k));
  return precision === "bf16" ? toBfloat16(values) : values;
}
