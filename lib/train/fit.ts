/** The training loop: epochs of length-bucketed batches, with checkpoint and resume. */
import type { Rng } from "../math/random.ts";
import type { Sequence } from "../tokens/batch.ts";
import { trainingBatches } from "../tokens/batching.ts";
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { type Schedule, scheduleAt } from "./schedule.ts";
import type { Trainer } from "./trainer.ts";

export interface FitOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly schedule: Schedule;
  /** Fraction of the steps. */
  readonly warmup: number;
  /** The run's stream; batch order and dropout draw from forks of their own. */
  readonly rng: Rng;
}

export interface FitControl {
  /** Where checkpoints lie; without it there are none. */
  readonly checkpointFolder?: string;
  /** Seconds of training between checkpoints. */
  readonly checkpointSeconds?: number;
  readonly onProgress?: (progress: { step: number; steps: number; loss: number; rate: number }) => void;
  readonly signal?: AbortSignal;
}

export interface History {
  readonly steps: number;
  /** Mean training loss (nats) of each epoch. */
  readonly epochLoss: readonly number[];
  /** Loss (nats) of every step. */
  readonly stepLoss: readonly number[];
  /** How often the run went on from a checkpoint. */
  readonly resumed: number;
}

/**
 * Trains from the trainer's present weights, or from the folder's checkpoint: then the result is bit for bit that of an uninterrupted
 * run, since the batches are a function of (rng, epoch) and the state is exact. Rejects with the signal's reason when aborted, after
 * writing a checkpoint.
 */
export async function fit(trainer: Trainer, sequences: readonly Sequence[], options: FitOptions, control: FitControl = {}): Promise<History> {
  const { epochs, batchSize, rng } = options, { checkpointFolder, checkpointSeconds = 20, signal } = control;
  const perEpoch = Math.ceil(sequences.length / batchSize), steps = epochs * perEpoch;
  const found = checkpointFolder ? await resume(trainer, checkpointFolder) : null;
  const first = found?.step ?? 0, resumed = found ? found.resumed + 1 : 0;
  const stepLoss = found ? [...found.stepLoss] : [], stepRows: number[] = [];
  const start = performance.now();
  let lastSave = start;

  for (let epoch = 0; epoch < epochs; epoch++) {
    const batches = trainingBatches(sequences, { batchSize, rng: rng.fork("order").fork(epoch) });
    for (const [index, batch] of batches.entries()) {
      const step = epoch * perEpoch + index;
      stepRows.push(batch.weights.reduce((sum, weight) => sum + weight, 0));
      if (step < first) continue;
      const save = () => saveCheckpoint(checkpointFolder!, { state: trainer.state(), step, stepLoss, resumed });
      if (signal?.aborted) {
        if (checkpointFolder) await save();
        throw signal.reason;
      }
      if (checkpointFolder && performance.now() - lastSave > 1000 * checkpointSeconds) {
        await save();
        lastSave = performance.now();
      }
      const loss = await trainer.step(batch, {
        step,
        learningRate: options.learningRate * scheduleAt(options.schedule, step, steps, options.warmup),
        weightDecay: options.weightDecay,
        seeds: rng.fork("dropout").fork(step).seeds(),
      });
      stepLoss.push(loss);
      const done = (step + 1 - first) * batchSize;
      control.onProgress?.({ step: step + 1, steps, loss, rate: done / ((performance.now() - start) / 1000) });
    }
  }
  return { steps, stepLoss, epochLoss: epochMeans(stepLoss, stepRows, perEpoch), resumed };
}

/** Puts the trainer where the folder's checkpoint stands; null, and nothing moved, where there is none that fits it. */
async function resume(trainer: Trainer, folder: string): Promise<Checkpoint | null> {
  const found = await loadCheckpoint(folder);
  try {
    if (found) trainer.restore(found.state);
    return found;
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** Means over an epoch's rows: a last batch with fewer rows counts less. */
function epochMeans(stepLoss: readonly number[], stepRows: readonly number[], perEpoch: number): number[] {
  return Array.from({ length: stepLoss.length / perEpoch }, (_, epoch) => {
    let loss = 0, rows = 0;
    for (let i = epoch * perEpoch; i < (epoch + 1) * perEpoch; i++) {
      loss += stepLoss[i] * stepRows[i];
      rows += stepRows[i];
    }
    return loss / rows;
  });
}
