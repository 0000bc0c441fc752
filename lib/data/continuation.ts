/** `imdb-continuation`: pairs from film reviews. The second span of words follows the first in its review (1) or comes from another review (0). */
import type { Rng } from "../math/random.ts";
import type { Dataset, Example } from "./dataset.ts";
import { firstOfEachText } from "./texts.ts";

/** Words of a span. */
const spanWords = 10;

/**
 * Reviews are put into a random order and taken three at a time: one gives a row of its own, two give a row together. So no review is in
 * two rows, nor in two parts of a split. A row's id is that of the review its first span is from. Spans begin anywhere.
 */
export function continuationTask(source: Dataset, separator: string, rng: Rng): Dataset {
  const starts = rng.fork("start");
  const spans = firstOfEachText(source.examples).flatMap(({ id, text }) => {
    const words = wordsOf(text), free = words.length - 2 * spanWords;
    if (free < 0) return [];
    const start = Math.floor(starts.uniformAt(id) * (free + 1)), span = (from: number) => words.slice(from, from + spanWords).join(" ");
    return [{ id, first: span(start), second: span(start + spanWords) }];
  });
  const order = rng.fork("order").shuffle(spans);
  const pair = (first: typeof spans[number], second: typeof spans[number]): Example => ({
    id: first.id,
    text: first.first + separator + second.second,
    label: first === second ? 1 : 0,
  });
  const examples = Array.from({ length: Math.floor(order.length / 3) }, (_, group) => {
    const [alone, left, right] = order.slice(3 * group, 3 * group + 3);
    return [pair(alone, alone), pair(left, right)];
  }).flat();
  return { name: "imdb-continuation", classes: ["another review", "continued"], examples, digest: source.digest };
}

/** The words of a review, its line-break tags left out. */
function wordsOf(text: string): string[] {
  return text.replaceAll(/<br\s*\/?>/g, " ").trim().split(/\s+/);
}
