/** Predictions of held-out rows, counted: the same for runs and for studies of them. */
import { type Confusion, confusionOf } from "../evaluate/confusion.ts";
import { type Output, outputsOf, predictedLabel } from "../evaluate/predict.ts";
import type { Sequence } from "../tokens/batch.ts";
import type { Trainer } from "../train/trainer.ts";

/** Of every task. */
export const classes = 2;

/** Rows of an evaluation batch: large, since nothing is kept for a gradient. */
export const evaluationBatch = 64;

/** The output for each sequence at the trainer's present weights. */
export async function outputsAt(trainer: Pick<Trainer, "outputs">, sequences: readonly Sequence[]): Promise<Output[]> {
  return await outputsOf(trainer.outputs, sequences, evaluationBatch);
}

/** Confusion counts [c, c] of what was put out for these sequences. */
export function countOutputs(sequences: readonly Sequence[], outputs: readonly Output[]): Confusion {
  return confusionOf(Int32Array.from(sequences, ({ label }) => label), Int32Array.from(outputs, predictedLabel), classes);
}

/** Confusion counts [c, c] at the trainer's present weights. */
export async function confusionAt(trainer: Pick<Trainer, "outputs">, sequences: readonly Sequence[]): Promise<Confusion> {
  return countOutputs(sequences, await outputsAt(trainer, sequences));
}
