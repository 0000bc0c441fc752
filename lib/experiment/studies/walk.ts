/** A run step by step, with stops: the steps that `train/fit.ts` takes for the same config. */
import type { Rng } from "../../math/random.ts";
import type { Sequence } from "../../tokens/batch.ts";
import { planSteps } from "../../train/steps.ts";
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
  const { steps, inOrder } = planSteps(sequences, { ...train, rng });
  let at = 0;

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
        const { batch, options } = inOrder.next().value!;
        losses.push(await trainer.step(batch, options));
        control.onStep?.(at + 1, steps);
      }
      return losses;
    },
  };
}

/** After how many steps a share of them is done. */
export const stepAt = (share: number, steps: number): number => Math.round(share * steps);
