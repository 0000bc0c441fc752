/** The engine for tests: started once per process, and a count of what is alive. */
import assert from "node:assert/strict";
import { obtainAsset } from "../../lib/assets/obtain.ts";
import { startTensorFlow } from "../../lib/tensor/backend.ts";
import type { Engine } from "../../lib/tensor/engine.ts";
import { tf } from "../../lib/tensor/tf.ts";

export async function startedEngine(): Promise<Engine> {
  return await startTensorFlow(await obtainAsset("tensorflow"), { threads: 2 });
}

/** A test that has the engine. The library stays open after it, so open resources are no leak. */
export function engineTest(name: string, fn: (engine: Engine) => void | Promise<void>): void {
  Deno.test({ name, sanitizeResources: false, sanitizeOps: false, fn: async () => await fn(await startedEngine()) });
}

/** Runs `fn` and asserts that no tensor, of tfjs or native, is alive that was not before. */
export async function leaksNothing<T>(engine: Engine, fn: () => T | Promise<T>): Promise<T> {
  const tensors = tf.memory().numTensors, natives = engine.count();
  const result = await fn();
  assert.deepEqual({ tensors: tf.memory().numTensors, natives: engine.count() }, { tensors, natives });
  return result;
}

/** Which of the first thousand traced functions, or fused kernels, the eager context has. */
export async function registeredFunctions({ library }: Engine, prefix: "lowrank" | "lowrank_fused"): Promise<string[]> {
  const name = Deno.build.os === "darwin" ? "libtensorflow_cc.2.dylib" : "libtensorflow_cc.so.2";
  const own = Deno.dlopen(`${await obtainAsset("tensorflow")}/${name}`, {
    TFE_ContextHasFunction: { parameters: ["pointer", "buffer"], result: "u8" },
  });
  const names = Array.from({ length: 1000 }, (_, serial) => `${prefix}_${serial}`);
  const found = names.filter((name) => own.symbols.TFE_ContextHasFunction(library.context, new TextEncoder().encode(`${name}\0`)) !== 0);
  own.close();
  return found;
}

/** The values of a tensor, which is freed. */
export function take(tensor: tf.Tensor): number[] {
  const values = [...tensor.dataSync()];
  tensor.dispose();
  return values;
}
