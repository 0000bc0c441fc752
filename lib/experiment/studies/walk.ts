/** A run step by step, with stops: the batches, rates and masks that `train/fit.ts` gives the same config. */
import type { Rng } from "../../math/random.ts";
import type { Sequence } from "../../tokens/batch.ts";
import { trainingBatches } from "../../tokens/batching.ts";
import { scheduleAt } from "../../train/schedule.ts";
import type { Trainer } from "../../train/trainer.ts";
import type { RunConfig } from "../config.ts";

export interface Walk {
  readonly steps: number;
  /** Steps done. */
  readonly at: number;
  /** Goes on until `step` steps are done; the loss (nats) of each step on the way. The trainer must stand where it stood at the last stop. */
  to(step: number): Promise<number[]>;
}

export interface WalkControl {
  readonly signal?: AbortSignal;
  readonly onStep?: (step: number, steps: number) => void;
}

/** @param rng the run's stream */
export function createWalk(trainer: Trainer, sequences: readonly Sequence[], train: RunConfig["train"], rng: Rng, control: WalkControl = {}): Walk {
  const { epochs, maxSteps, batchSize, learningRate, weightDecay, schedule, warmup } = train;
  const steps = Math.min(epochs * Math.ceil(sequences.length / batchSize), maxSteps ?? Infinity), batches = batchesOf();
  let at = 0;

  function* batchesOf() {
    for (let epoch = 0; epoch < epochs; epoch++) yield* trainingBatches(sequences, { batchSize, rng: rng.fork("order").fork(epoch) });
  }

  return {
    steps,
    get at() {
      return at;
    },
    async to(step) {
      if (!(at <= step && step <= steps)) throw new RangeError(`Cannot go on as the step must be from ${at} to ${steps}: ${step}`);
      const losses: number[] = [];
      for (; at < step; at++) {
        control.signal?.throwIfAborted();
        losses.push(
          await trainer.step(batches.next().value!, {
            step: at,
            learningRate: learningRate * scheduleAt(schedule, at, steps, warmup),
            weightDecay,
            seeds: rng.fork("dropout").fork(at).seeds(),
          }),
        );
        control.onStep?.(at + 1, steps);
      }
      return losses;
    },
  };
}

/** After how many steps a share of them is done. */
export const stepAt = (share: number, steps: number): number => Math.round(share * steps);
