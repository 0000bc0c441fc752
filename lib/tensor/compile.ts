/**
 * compile(fn): a tfjs function as one TensorFlow function. The first call with a new input signature traces `fn`; later calls are one
 * native call, on another thread.
 */
import type { tf } from "./tf.ts";
import { adopt, currentEngine, nativeId } from "./native.ts";
import { type OpTime, profileFunction } from "./profile.ts";
import { removeTraced, signatureOf, type TracedFunction, traceFunction } from "./trace.ts";

export interface Compiled {
  /** Runs the function. The caller owns the returned tensors; inputs are not disposed. */
  (...inputs: tf.Tensor[]): Promise<tf.Tensor[]>;
  /** Where the time of a call goes: a mean over `runs` calls on copies of the variables. */
  profile(inputs: readonly tf.Tensor[], runs: number): OpTime[];
  /** How many signatures have been traced. */
  readonly traces: number;
  /** Frees the traced functions and what they captured. */
  dispose(): void;
}

let serial = 0;

/**
 * @param fn pure: uses its inputs, captured tensors and variables; returns tensors. It must not read values.
 */
export function compile(fn: (...inputs: tf.Tensor[]) => tf.Tensor[]): Compiled {
  const engine = currentEngine();
  const traced = new Map<string, TracedFunction>();
  const functionFor = (inputs: readonly tf.Tensor[]) => {
    if (engine.tracing) throw new Error("Cannot call a compiled function as no other may be under construction: it was called inside a trace");
    const signature = signatureOf(inputs);
    let found = traced.get(signature);
    if (!found) {
      const specs = inputs.map((tensor) => engine.describe(nativeId(tensor)));
      traced.set(signature, found = traceFunction(engine, `lowrank_${serial++}`, fn, specs));
    }
    return found;
  };
  const call = async (...inputs: tf.Tensor[]) => {
    const found = functionFor(inputs);
    const results = await engine.executeAsync(found.name, [...inputs.map(nativeId), ...found.captured], found.outputs);
    return results.map(adopt);
  };
  return Object.defineProperty(
    Object.assign(call, {
      profile: (inputs: readonly tf.Tensor[], runs: number) => profileFunction(engine, functionFor(inputs), inputs.map(nativeId), runs),
      dispose() {
        for (const found of traced.values()) removeTraced(engine, found);
        traced.clear();
      },
    }),
    "traces",
    { get: () => traced.size },
  ) as unknown as Compiled;
}
