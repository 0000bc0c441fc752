/** Kernels at several points of weight space: ranks, scales, draws, before and after training. What has been traced is used again. */
import type { Sequence } from "../tokens/batch.ts";
import { type KernelMeasures, kernelMeasures } from "./encoder_information.ts";
import { createKernels } from "./encoder_kernel.ts";
import type { TangentModel } from "./encoder_tangents.ts";

/** The measures of each point's kernel on the same labelled sequences, in the points' order. Points alike but for values go best side by side. */
export async function kernelStudy(points: readonly TangentModel[], sequences: readonly Sequence[]): Promise<KernelMeasures[]> {
  const found: KernelMeasures[] = [];
  let current: { kernels: ReturnType<typeof createKernels>; form: string } | undefined;
  try {
    for (const point of points) {
      const form = formOf(point);
      if (current?.form === form) current.kernels.move(point);
      else {
        current?.kernels.dispose();
        current = undefined;
        current = { kernels: createKernels(point), form };
      }
      found.push(kernelMeasures(await current.kernels.kernel(sequences), sequences));
    }
  } finally {
    current?.kernels.dispose();
  }
  return found;
}

/** Points of one form are one computation on tensors of the same shapes. */
export function formOf({ config, adapter, method }: TangentModel): string {
  const shapes = [...adapter.trained, ...adapter.fixed].map(([name, { shape }]) => `${name} ${shape}`);
  return JSON.stringify([config, adapter.kind, method.name, shapes]);
}
