/**
 * fused(fn): within a trace, the ops of `fn` are one kernel that XLA compiles, so that an elementwise formula passes over memory once.
 * One kernel per signature serves every place and every compiled function. Outside a trace, and on a GPU, `fn` just runs.
 */
import type { tf } from "./tf.ts";
import { adopt, currentEngine, nativeId } from "./native.ts";
import { dtypeCodes } from "./dtypes.ts";
import { removeTraced, signatureOf, type TracedFunction, traceFunction } from "./trace.ts";

type TensorFunction = (...inputs: tf.Tensor[]) => tf.Tensor[];

let serial = 0;

/**
 * Worth it for elementwise formulas of several ops. Two things XLA's CPU compiler does badly: sums along the last axis (a product with
 * ones is vectorised, a reduction is not) and matrix products (TensorFlow's own are faster).
 * @param fn pure, of its inputs alone
 */
export function fused(fn: TensorFunction): TensorFunction {
  const kernels = new Map<string, TracedFunction>(); // they live as long as the library
  return (...inputs) => {
    const engine = currentEngine();
    if (!engine.tracing || engine.library.devices.includes("GPU")) return fn(...inputs);
    const signature = signatureOf(inputs);
    let kernel = kernels.get(signature);
    if (!kernel) {
      const specs = inputs.map(({ dtype, shape }) => ({ dtype: dtypeCodes[dtype as "float32"], shape }));
      kernel = traceFunction(engine, `lowrank_fused_${serial++}`, fn, specs);
      if (kernel.captured.length) {
        removeTraced(engine, kernel);
        throw new Error("Cannot fuse the function as it must use nothing but its inputs: it captured a tensor");
      }
      kernels.set(signature, kernel);
    }
    engine.use(kernel.native);
    const compiled = { name: "_XlaMustCompile", kind: "bool", value: true } as const;
    const shapes = kernel.outputs.map(({ shape }) => shape);
    return engine.execute(kernel.name, [compiled], inputs.map(nativeId), shapes.length, shapes).map(adopt);
  };
}
