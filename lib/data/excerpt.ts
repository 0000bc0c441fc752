/** `imdb-excerpt`: pairs from film reviews. A few words were taken from the span of words beside them (1) or from another review (0). */
import type { Rng } from "../math/random.ts";
import type { Dataset, Example } from "./dataset.ts";
import { firstOfEachText } from "./texts.ts";

/** Words of the excerpt and of the span. */
const excerptWords = 5, spanWords = 14;

/**
 * Reviews are put into a random order and taken three at a time: one gives a row of its own, two give a row together. So no review is in
 * two rows, nor in two parts of a split. A row's id is that of the review its span is from. Spans, and excerpts in them, begin anywhere.
 */
export function excerptTask(source: Dataset, separator: string, rng: Rng): Dataset {
  const spanDraws = rng.fork("span"), excerptDraws = rng.fork("excerpt");
  const pieces = firstOfEachText(source.examples).flatMap(({ id, text }) => {
    const words = wordsOf(text);
    if (words.length < spanWords) return [];
    const piece = (from: readonly string[], length: number, draws: Rng) => {
      const start = Math.floor(draws.uniformAt(id) * (from.length - length + 1));
      return from.slice(start, start + length);
    };
    const span = piece(words, spanWords, spanDraws);
    return [{ id, span: span.join(" "), excerpt: piece(span, excerptWords, excerptDraws).join(" ") }];
  });
  const order = rng.fork("order").shuffle(pieces);
  const pair = (from: typeof pieces[number], beside: typeof pieces[number]): Example => ({
    id: beside.id,
    text: from.excerpt + separator + beside.span,
    label: from === beside ? 1 : 0,
  });
  const examples = Array.from({ length: Math.floor(order.length / 3) }, (_, group) => {
    const [alone, left, right] = order.slice(3 * group, 3 * group + 3);
    return [pair(alone, alone), pair(left, right)];
  }).flat();
  return { name: "imdb-excerpt", classes: ["another review", "excerpt"], examples, digest: source.digest };
}

/** The words of a review, its line-break tags left out. */
function wordsOf(text: string): string[] {
  return text.replaceAll(/<br\s*\/?>/g, " ").trim().split(/\s+/);
}
