/** Kernels and angles at several points of weight space: ranks, scales, draws, before and after training. What has been traced is used again. */
import type { Sequence } from "../tokens/batch.ts";
import { anglesOf, type GradientAngles } from "./encoder_angles.ts";
import { type KernelMeasures, kernelMeasures } from "./encoder_information.ts";
import { createKernels } from "./encoder_kernel.ts";
import { createPairKernels, type Pair } from "./encoder_pairs.ts";
import type { TangentModel } from "./encoder_tangents.ts";

/** The measures of each point's kernel on the same labelled sequences, in the points' order. Points alike but for values go best side by side. */
export async function kernelStudy(points: readonly TangentModel[], sequences: readonly Sequence[]): Promise<KernelMeasures[]> {
  return await atEach(points, createKernels, async (kernels) => kernelMeasures(await kernels.kernel(sequences), sequences));
}

/** The angles of each point on the same pairs, in the points' order. */
export async function angleStudy(points: readonly TangentModel[], pairs: readonly Pair[]): Promise<GradientAngles[]> {
  return await atEach(points, createPairKernels, async (kernels) => anglesOf(await kernels.pairs(pairs), pairs));
}

interface Movable {
  move(model: TangentModel): void;
  dispose(): void;
}

async function atEach<Handle extends Movable, Found>(
  points: readonly TangentModel[],
  create: (point: TangentModel) => Handle,
  measure: (handle: Handle) => Promise<Found>,
): Promise<Found[]> {
  const found: Found[] = [];
  let current: { handle: Handle; form: string } | undefined;
  try {
    for (const point of points) {
      const form = formOf(point);
      if (current?.form === form) current.handle.move(point);
      else {
        current?.handle.dispose();
        current = undefined;
        current = { handle: create(point), form };
      }
      found.push(await measure(current.handle));
    }
  } finally {
    current?.handle.dispose();
  }
  return found;
}

/** Points of one form are one computation on tensors of the same shapes. */
export function formOf({ config, adapter, method }: TangentModel): string {
  const shapes = [...adapter.trained, ...adapter.fixed].map(([name, { shape }]) => `${name} ${shape}`);
  return JSON.stringify([config, adapter.kind, method.name, shapes]);
}
