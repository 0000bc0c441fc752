/** Which batch each step of a training run reads, at which rate and under which masks: a function of the options and the step alone. */
import type { Rng } from "../math/random.ts";
import type { Batch, Sequence } from "../tokens/batch.ts";
import { trainingBatches } from "../tokens/batching.ts";
import { type Schedule, scheduleAt } from "./schedule.ts";
import type { StepOptions } from "./trainer.ts";

export interface TrainingOptions {
  readonly epochs: number;
  /** Steps after which training ends, in the middle of an epoch or not; null or left out: no limit. */
  readonly maxSteps?: number | null;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly schedule: Schedule;
  /** Fraction of the steps. */
  readonly warmup: number;
  /** The run's stream; batch order and dropout draw from forks of their own. */
  readonly rng: Rng;
}

export interface PlannedStep {
  readonly batch: Batch;
  readonly options: StepOptions;
}

export interface Plan {
  readonly steps: number;
  /** Steps of a whole epoch. */
  readonly perEpoch: number;
  /** From the first to the last; an epoch is cut into batches when it is reached. */
  readonly inOrder: IterableIterator<PlannedStep>;
}

export function planSteps(sequences: readonly Sequence[], options: TrainingOptions): Plan {
  const { epochs, maxSteps, batchSize, learningRate, weightDecay, schedule, warmup, rng } = options;
  const perEpoch = Math.ceil(sequences.length / batchSize), steps = Math.min(epochs * perEpoch, maxSteps ?? Infinity);

  function* inOrder(): Generator<PlannedStep> {
    for (let step = 0, epoch = 0; step < steps; epoch++) {
      const batches = trainingBatches(sequences, { batchSize, rng: rng.fork("order").fork(epoch) });
      for (const batch of batches.slice(0, steps - step)) {
        const rate = learningRate * scheduleAt(schedule, step, steps, warmup);
        yield { batch, options: { step, learningRate: rate, weightDecay, seeds: rng.fork("dropout").fork(step).seeds() } };
        step++;
      }
    }
  }
  return { steps, perEpoch, inOrder: inOrder() };
}
