/** What runs would take on a GPU: assumed rates, none of them measured. */
import type { RunConfig } from "./config.ts";
import { type PassKind, workOf } from "./cost_flops.ts";
import { type CountedShape, type RunShapes, shapesOf } from "./cost_shapes.ts";

/** The data sheet's dense TF32 rate (T4: float32) and the share of it that training is taken to reach. */
export const gpus = [
  { name: "T4", memory: "16 GB", flopsPerSecond: 8.1e12, share: 0.4 },
  { name: "RTX 4090", memory: "24 GB; the paper had eight", flopsPerSecond: 82.6e12, share: 0.4 },
  { name: "A100", memory: "80 GB", flopsPerSecond: 156e12, share: 0.4 },
  { name: "H100", memory: "80 GB", flopsPerSecond: 494e12, share: 0.3 },
] as const;

export type Gpu = typeof gpus[number];

/** What starting a layer's operations takes at least. */
export const gpuSecondsPerLayer: Readonly<Record<PassKind, number>> = { step: 1e-3, predict: 3e-4 };

/** Seconds of these runs on one GPU of a kind, one after the other. */
export function gpuSeconds(runs: readonly RunConfig[], gpu: Gpu): number {
  return runs.reduce((sum, run) => sum + secondsOf(shapesOf(run), gpu), 0);
}

function secondsOf({ architecture, train, evaluate }: RunShapes, { flopsPerSecond, share }: Gpu): number {
  const of = (shapes: readonly CountedShape[], kind: PassKind) =>
    shapes.reduce((sum, { n, t, count }) => {
      const { flops, layers } = workOf(architecture, { n, t }, kind);
      return sum + count * Math.max(flops / (share * flopsPerSecond), layers * gpuSecondsPerLayer[kind]);
    }, 0);
  return of(train, "step") + of(evaluate, "predict");
}
