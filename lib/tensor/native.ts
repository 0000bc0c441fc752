/** From tfjs tensors to native ones and back, and any TensorFlow op on tfjs tensors. */
import type { Attribute } from "./attributes.ts";
import type { Engine, NativeTensor } from "./engine.ts";
import { tf } from "./tf.ts";

/** What the kernels' backend object offers beside tfjs's own interface. */
interface KernelBackend {
  getInputTensorIds(tensors: readonly tf.Tensor[]): number[];
  createOutputTensor(native: NativeTensor): tf.Tensor;
}

let engine: Engine | null = null;

/** Makes the engine the one that tensors live in; called once, at the start. */
export function useEngine(started: Engine): void {
  engine = started;
}

/** The started engine. */
export function currentEngine(): Engine {
  if (!engine) throw new Error("Cannot use tensors as TensorFlow must be started first: call startTensorFlow(folder)");
  return engine;
}

/** The native number behind a tfjs tensor; the tensor keeps owning it. */
export function nativeId(tensor: tf.Tensor): number {
  return (tf.backend() as unknown as KernelBackend).getInputTensorIds([tensor])[0];
}

/** A tfjs tensor that owns a native one (float32, int32 or bool). */
export function adopt(native: NativeTensor): tf.Tensor {
  return (tf.backend() as unknown as KernelBackend).createOutputTensor(native);
}

/** Runs any TensorFlow op on tfjs tensors and returns tfjs tensors. */
export function runOp(op: string, attributes: readonly Attribute[], inputs: readonly tf.Tensor[], outputs = 1): tf.Tensor[] {
  return currentEngine().execute(op, attributes, inputs.map(nativeId), outputs).map(adopt);
}
