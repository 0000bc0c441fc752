/** How long a task's texts are and how many different tokens they have, without the texts: a forecast needs no download. */
import type { RunConfig } from "./config.ts";

/**
 * Token counts ([CLS] and [SEP] included, at most 512) at 0, 5, 10 ... 100 % of the rows, by the uncased BERT vocabulary. Of the training
 * rows, but QNLI's of its held-out ones; SST-2's (phrases) and QQP's are not measured but assumed.
 */
const quantiles: Readonly<Record<RunConfig["task"]["dataset"], readonly number[]>> = {
  "mr": [3, 10, 13, 15, 17, 19, 21, 22, 24, 25, 27, 28, 30, 31, 33, 35, 37, 40, 43, 47, 78],
  "imdb": [17, 88, 125, 148, 159, 168, 179, 190, 203, 218, 232, 253, 276, 307, 341, 382, 436, 511, 512, 512, 512],
  "mr-order": [8, 14, 16, 18, 19, 21, 22, 24, 25, 26, 28, 29, 30, 32, 34, 36, 38, 41, 43, 47, 78],
  "mr-halves": [13, 16, 18, 20, 21, 23, 24, 26, 27, 28, 30, 31, 33, 34, 36, 38, 40, 42, 45, 49, 80],
  "imdb-excerpt": [23, 25, 25, 26, 26, 26, 27, 27, 28, 28, 28, 29, 29, 30, 30, 31, 32, 32, 34, 36, 105],
  "product-reviews": [4, 7, 9, 10, 12, 13, 14, 16, 17, 18, 20, 21, 23, 24, 27, 29, 32, 35, 39, 47, 203],
  "sst-2": [3, 4, 5, 5, 6, 6, 7, 7, 8, 9, 9, 10, 11, 13, 14, 16, 19, 22, 26, 33, 66],
  "cola": [4, 7, 7, 8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 12, 12, 13, 14, 15, 17, 20, 47],
  "qnli": [17, 29, 33, 35, 38, 40, 42, 44, 46, 48, 50, 52, 54, 56, 59, 62, 65, 70, 77, 89, 252],
  "qqp": [10, 18, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 32, 33, 35, 37, 40, 43, 48, 57, 300],
  "rte": [15, 31, 35, 39, 42, 45, 47, 49, 52, 55, 58, 61, 64, 69, 74, 87, 105, 122, 137, 159, 291],
  "mrpc": [21, 34, 38, 41, 43, 46, 48, 50, 52, 54, 56, 57, 59, 61, 63, 65, 67, 69, 73, 77, 110],
  "paper-b-sst-2": [4, 9, 11, 13, 15, 17, 18, 20, 21, 23, 24, 26, 27, 29, 31, 33, 35, 37, 41, 46, 80],
  "paper-b-cr": [2, 8, 10, 12, 13, 15, 16, 17, 18, 19, 21, 22, 24, 26, 28, 30, 32, 35, 39, 47, 114],
  "paper-b-cola": [4, 6, 7, 8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 12, 12, 13, 14, 15, 17, 20, 47],
  "paper-b-imdb": [13, 57, 67, 75, 83, 91, 100, 108, 117, 124, 130, 135, 139, 143, 146, 150, 152, 156, 160, 166, 304],
  "paper-b-mr": [3, 11, 13, 15, 17, 19, 20, 22, 24, 25, 27, 28, 30, 31, 33, 35, 37, 39, 42, 47, 65],
};

/** [CLS] and [SEP]: what is left of a text without words. */
const empty = 2;

/** Lengths of `rows` typical texts, shortest first; `added` tokens behind each, cut at `maxLength`. */
export function typicalLengths(dataset: RunConfig["task"]["dataset"], rows: number, maxLength: number, added = 0): number[] {
  const steps = quantiles[dataset].length - 1;
  return Array.from({ length: rows }, (_, row) => {
    const at = steps * (row + 0.5) / rows, below = Math.floor(at), [low, high] = quantiles[dataset].slice(below, below + 2);
    return Math.max(empty, Math.min(maxLength, Math.round(low + (high - low) * (at - below)) + added));
  });
}

/**
 * How many different tokens a text of `tokens` tokens has: Heaps' law, k N^b, bent where the vocabulary ends. k and b are those of
 * movie reviews, right to 15 % from 3,000 tokens (sentences) to 1,200,000 (whole reviews).
 */
export function distinctTokens(tokens: number, vocabularySize: number): number {
  return vocabularySize * (1 - Math.exp(-20 * tokens ** 0.55 / vocabularySize));
}
