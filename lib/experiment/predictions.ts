/** Predictions of held-out rows, counted: the same for runs and for studies of them. */
import { type Confusion, confusionOf } from "../evaluate/confusion.ts";
import { predictLabels } from "../evaluate/predict.ts";
import type { Sequence } from "../tokens/batch.ts";
import type { Trainer } from "../train/trainer.ts";

/** Of every task. */
export const classes = 2;

/** Rows of an evaluation batch: large, since nothing is kept for a gradient. */
export const evaluationBatch = 64;

/** Confusion counts [c, c] at the trainer's present weights. */
export async function confusionAt(trainer: Pick<Trainer, "logits">, sequences: readonly Sequence[]): Promise<Confusion> {
  return confusionOf(Int32Array.from(sequences, ({ label }) => label), await predictLabels(trainer.logits, sequences, evaluationBatch), classes);
}
