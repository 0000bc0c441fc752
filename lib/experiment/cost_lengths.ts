/** How long a task's texts are and how many different tokens they have, without the texts: a forecast needs no download. */
import type { RunConfig } from "./config.ts";

/** Token counts ([CLS] and [SEP] included, at most 512) at 0, 5, 10 ... 100 % of the rows, by the uncased BERT vocabulary. */
const quantiles: Readonly<Record<RunConfig["task"]["dataset"], readonly number[]>> = {
  mr: [3, 10, 13, 15, 17, 19, 21, 22, 24, 25, 27, 28, 30, 31, 33, 35, 37, 40, 43, 47, 78],
  imdb: [17, 88, 125, 148, 159, 168, 179, 190, 203, 218, 232, 253, 276, 307, 341, 382, 436, 511, 512, 512, 512],
};

/** Lengths of `rows` typical texts, shortest first; `added` tokens behind each, cut at `maxLength`. */
export function typicalLengths(dataset: RunConfig["task"]["dataset"], rows: number, maxLength: number, added = 0): number[] {
  const steps = quantiles[dataset].length - 1;
  return Array.from({ length: rows }, (_, row) => {
    const at = steps * (row + 0.5) / rows, below = Math.floor(at), [low, high] = quantiles[dataset].slice(below, below + 2);
    return Math.min(maxLength, Math.round(low + (high - low) * (at - below)) + added);
  });
}

/**
 * How many different tokens a text of `tokens` tokens has: Heaps' law, k N^b, bent where the vocabulary ends. k and b are those of
 * movie reviews, right to 15 % from 3,000 tokens (sentences) to 1,200,000 (whole reviews).
 */
export function distinctTokens(tokens: number, vocabularySize: number): number {
  return vocabularySize * (1 - Math.exp(-20 * tokens ** 0.55 / vocabularySize));
}
