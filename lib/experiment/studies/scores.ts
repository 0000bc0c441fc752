/** Class scores of held-out rows, and what follows from them. */
import { metricsOf } from "../../evaluate/metrics.ts";
import { argmax } from "../../math/argmax.ts";
import type { Sequence } from "../../tokens/batch.ts";
import type { Trainer } from "../../train/trainer.ts";
import { classes, confusionAt, outputsAt } from "../predictions.ts";
import type { Evaluated } from "../study_record.ts";
import type { Scene } from "./scene.ts";

/** Confusion counts on held-out rows as they are and with each of the run's changes. */
export async function evaluatedAt(trainer: Pick<Trainer, "outputs">, { heldOut, changed }: Pick<Scene, "heldOut" | "changed">): Promise<Evaluated> {
  const counts = async (sequences: readonly Sequence[]) => (await confusionAt(trainer, sequences)).map((row) => [...row]);
  const result: Evaluated = { clean: await counts(heldOut), changed: [] };
  for (const sequences of changed) result.changed.push(await counts(sequences));
  return result;
}

/** Accuracy, a fraction, at the trainer's present weights. */
export async function accuracyAt(trainer: Pick<Trainer, "outputs">, sequences: readonly Sequence[]): Promise<number> {
  return metricsOf(await confusionAt(trainer, sequences)).accuracy;
}

/** Class scores at the trainer's present weights: [n, c], row-major. */
export async function scoresAt(trainer: Pick<Trainer, "outputs">, sequences: readonly Sequence[]): Promise<Float64Array> {
  return Float64Array.from((await outputsAt(trainer, sequences)).flatMap(({ logits }) => [...logits]));
}

/** The class with the largest score of each row; the first of equal ones. */
export function predictionsOf(scores: Float64Array): Int32Array {
  return Int32Array.from({ length: scores.length / classes }, (_, row) => {
    return argmax(scores.subarray(row * classes, (row + 1) * classes));
  });
}
