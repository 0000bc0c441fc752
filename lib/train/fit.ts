/** The training loop: epochs of length-bucketed batches, with checkpoint and resume. */
import { freeTensors } from "../model/safetensors.ts";
import type { Sequence } from "../tokens/batch.ts";
import { type BestEpoch, type Checkpoint, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { planSteps, type TrainingOptions } from "./steps.ts";
import type { Trainer } from "./trainer.ts";

export interface FitOptions extends TrainingOptions {
  /** Asked after each epoch, of the trainer's weights: those of the best epoch, of equals the first, are left. Left out: those of the last. */
  readonly scoreEpoch?: () => Promise<number>;
}

export interface FitControl {
  /** Where checkpoints lie; without it there are none. */
  readonly checkpointFolder?: string;
  /** Seconds of training between checkpoints; left out: 20, and more where writing one takes long. */
  readonly checkpointSeconds?: number;
  readonly onProgress?: (progress: { step: number; steps: number; loss: number; rate: number }) => void;
  readonly signal?: AbortSignal;
}

export interface History {
  readonly steps: number;
  /** Mean training loss (nats) of each epoch, the last one of which may be cut short by `maxSteps`. */
  readonly epochLoss: readonly number[];
  /** Loss (nats) of every step. */
  readonly stepLoss: readonly number[];
  /** Where epochs were scored: their scores, and the epoch (from 0) whose weights are left. */
  readonly best?: Pick<BestEpoch, "epoch" | "scores">;
  /** How often the run went on from a checkpoint. */
  readonly resumed: number;
}

/**
 * Trains from the trainer's present weights, or from the folder's checkpoint: then the result is bit for bit that of an uninterrupted
 * run, since the batches are a function of (rng, epoch) and the state is exact. Rejects with the signal's reason when aborted, after
 * writing a checkpoint.
 */
export async function fit(trainer: Trainer, sequences: readonly Sequence[], options: FitOptions, control: FitControl = {}): Promise<History> {
  const { steps, perEpoch, inOrder } = planSteps(sequences, options), { checkpointFolder, signal } = control;
  const found = checkpointFolder ? await resume(trainer, checkpointFolder) : null;
  const first = found?.step ?? 0, resumed = found ? found.resumed + 1 : 0;
  const stepLoss = found ? [...found.stepLoss] : [], stepRows: number[] = [];
  const start = performance.now(), checkpoints = checkpointsDue(control.checkpointSeconds);
  let best = found?.best ?? null;

  for (const { batch, options: { step }, options: ofStep } of inOrder) {
    stepRows.push(batch.weights.reduce((sum, weight) => sum + weight, 0));
    if (step < first) continue;
    const save = async () => {
      const state = trainer.state();
      await saveCheckpoint(checkpointFolder!, { state, step, stepLoss, resumed, best });
      freeTensors(state);
    };
    if (signal?.aborted) {
      if (checkpointFolder) await save();
      throw signal.reason;
    }
    if (checkpointFolder && checkpoints.due()) await checkpoints.write(save);
    const loss = await trainer.step(batch, ofStep), done = step + 1;
    stepLoss.push(loss);
    control.onProgress?.({ step: done, steps, loss, rate: (done - first) * options.batchSize / ((performance.now() - start) / 1000) });
    if (options.scoreEpoch && (done % perEpoch === 0 || done === steps)) best = better(best, await options.scoreEpoch(), trainer);
  }
  if (best && best.epoch < best.scores.length - 1) leave(trainer, best.weights);
  return {
    steps,
    stepLoss,
    epochLoss: epochMeans(stepLoss, stepRows, perEpoch),
    ...best ? { best: { epoch: best.epoch, scores: best.scores } } : {},
    resumed,
  };
}

/** The best epoch so far, after one more. */
function better(best: BestEpoch | null, score: number, trainer: Trainer): BestEpoch {
  const scores = [...best?.scores ?? [], score];
  return best && score <= best.scores[best.epoch] ? { ...best, scores } : { epoch: scores.length - 1, scores, weights: trainer.weights() };
}

/** Puts the trainer at these weights; its moments stay. */
function leave(trainer: Trainer, weights: BestEpoch["weights"]): void {
  const state = trainer.state();
  trainer.restore(new Map([...state, ...weights]));
  freeTensors(state);
}

/** Writing a checkpoint takes at most this share of the time, unless its interval was asked for: a large model's state is gigabytes. */
export const checkpointShare = 0.05;

/** When the next checkpoint is due. */
function checkpointsDue(asked?: number) {
  let last = performance.now(), seconds = asked ?? 20;
  return {
    due: () => performance.now() - last > 1000 * seconds,
    async write(save: () => Promise<void>) {
      const start = performance.now();
      await save();
      last = performance.now();
      if (asked === undefined) seconds = Math.max(20, (last - start) / 1000 / checkpointShare);
    },
  };
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
  return Array.from({ length: Math.ceil(stepLoss.length / perEpoch) }, (_, epoch) => {
    let loss = 0, rows = 0;
    for (let i = epoch * perEpoch; i < Math.min((epoch + 1) * perEpoch, stepLoss.length); i++) {
      loss += stepLoss[i] * stepRows[i];
      rows += stepRows[i];
    }
    return loss / rows;
  });
}
