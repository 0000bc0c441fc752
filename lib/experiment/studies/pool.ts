/** Kernels that have been traced, kept for the next study of the same form: tracing takes longer than measuring. */
import { createKernels, type Kernels } from "../../ntk/encoder_kernel.ts";
import { createPairKernels, type PairKernelsOf } from "../../ntk/encoder_pairs.ts";
import { formOf } from "../../ntk/encoder_study.ts";
import type { TangentModel } from "../../ntk/encoder_tangents.ts";
import type { Session } from "../session.ts";

export interface KernelPool {
  /** At the point; the pool's to dispose of, and valid until the next is asked for. */
  kernels(point: TangentModel): Kernels;
  pairKernels(point: TangentModel): PairKernelsOf;
  dispose(): void;
}

/** What studies share. */
export interface Bench {
  readonly session: Session;
  readonly pool: KernelPool;
}

/** @param kept forms of each kind; each holds a copy of the network */
export function createKernelPool(kept = 3): KernelPool {
  const [kernels, pairKernels] = [pool(createKernels, kept), pool(createPairKernels, kept)];
  return {
    kernels: kernels.at,
    pairKernels: pairKernels.at,
    dispose: () => [kernels, pairKernels].forEach((one) => one.dispose()),
  };
}

function pool<Handle extends { move(point: TangentModel): void; dispose(): void }>(create: (point: TangentModel) => Handle, kept: number) {
  const handles = new Map<string, Handle>(); // the one used last at the end
  return {
    at(point: TangentModel): Handle {
      const form = formOf(point), known = handles.get(form), handle = known ?? create(point);
      known?.move(point);
      handles.delete(form);
      handles.set(form, handle);
      const [oldest] = handles;
      if (handles.size > kept) {
        oldest[1].dispose();
        handles.delete(oldest[0]);
      }
      return handle;
    },
    dispose() {
      handles.forEach((handle) => handle.dispose());
      handles.clear();
    },
  };
}
