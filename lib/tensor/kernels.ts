/** Kernels of ours in place of tfjs-node-gpu's where those read values back, which costs a copy and rules out tracing. */
import { tf } from "./tf.ts";
import { dtypeCodes } from "./dtypes.ts";
import { runOp } from "./native.ts";

export function registerOwnKernels(): void {
  replace("GatherV2", ({ inputs, attrs }) => {
    const { x, indices } = inputs as { x: tf.Tensor; indices: tf.Tensor };
    const { axis, batchDims } = attrs as unknown as { axis: number; batchDims: number };
    const axisTensor = tf.scalar(axis, "int32");
    const [result] = runOp("GatherV2", [
      { name: "batch_dims", kind: "int", value: batchDims },
      { name: "Tparams", kind: "type", value: dtypeCodes[x.dtype as "float32"] },
      { name: "Tindices", kind: "type", value: dtypeCodes.int32 },
      { name: "Taxis", kind: "type", value: dtypeCodes.int32 },
    ], [x, indices, axisTensor]);
    axisTensor.dispose();
    return result;
  });
}

function replace(kernelName: string, kernelFunc: tf.KernelFunc): void {
  tf.unregisterKernel(kernelName, "tensorflow");
  tf.registerKernel({ kernelName, backendName: "tensorflow", kernelFunc });
}
