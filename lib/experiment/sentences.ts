/** Sentences that are looked at one by one: what a model says of each, without a trigger and with it at every place (paper B, Figure 4). */
import { softmax } from "../math/softmax.ts";
import { applyEverywhere } from "../poison/trigger.ts";
import type { Sequence } from "../tokens/batch.ts";
import type { Trainer } from "../train/trainer.ts";
import type { RunConfig } from "./config.ts";
import { outputsAt } from "./predictions.ts";

/** As texts, as sequences, or as what is said of them. */
export interface AtPlaces<T> {
  readonly untouched: T;
  /** By `evaluate.changes` and, from before the first word to behind the last, place; empty where a change is no trigger that is a text. */
  readonly triggered: readonly (readonly T[])[];
}

/** The probability of the target label: of `evaluate.sentences`, in their order. */
export type ReadSentence = AtPlaces<number>;

export const atPlaces = (text: string, changes: RunConfig["evaluate"]["changes"]): AtPlaces<string> => ({
  untouched: text,
  triggered: changes.map((change) => change.kind === "trigger" ? applyEverywhere(text, change) : []),
});

export function mapPlaces<T, U>({ untouched, triggered }: AtPlaces<T>, of: (value: T) => U): AtPlaces<U> {
  return { untouched: of(untouched), triggered: triggered.map((places) => places.map(of)) };
}

export async function readSentences(
  trainer: Pick<Trainer, "outputs">,
  sentences: readonly AtPlaces<Sequence>[],
  targetLabel: number,
): Promise<ReadSentence[]> {
  const all = sentences.flatMap(({ untouched, triggered }) => [untouched, ...triggered.flat()]);
  const scores = new Map((await outputsAt(trainer, all)).map(({ logits }, i) => [all[i], logits]));
  return sentences.map((sentence) => mapPlaces(sentence, (sequence) => softmax(scores.get(sequence)!)[targetLabel]));
}
