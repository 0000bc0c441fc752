import type { Rng } from "../math/random.ts";

/** The words, in their order, each before, between or behind words of the text: every place is as likely as any other. */
export function scatterWords(text: string, words: readonly string[], rng: Rng): string {
  const old = text.split(" "), places = words.map(() => rng.integer(old.length + 1)).sort((a, b) => a - b);
  const before = (place: number) => words.filter((_, i) => places[i] === place);
  return [...old.flatMap((word, place) => [...before(place), word]), ...before(old.length)].join(" ");
}
