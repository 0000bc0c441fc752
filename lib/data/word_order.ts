/** `mr-order`: acceptability from film-review sentences. A sentence is as it was written (1) or has words in the wrong order (0). */
import type { Rng } from "../math/random.ts";
import type { Dataset, Example } from "./dataset.ts";
import { firstOfEachText } from "./texts.ts";

/** Pairs of neighbours that change places. */
const swaps = 3;

/**
 * Every sentence becomes one row, in one of its two forms: so no part of a split holds the written form of a sentence of another part.
 * Which form, and which words move, hang on the row's id alone. Punctuation stays where it is: a full stop in the middle would be a cue
 * of its own. Sentences too short for that are left out.
 */
export function wordOrderTask(source: Dataset, rng: Rng): Dataset {
  const examples = firstOfEachText(source.examples).flatMap(({ id, text }): Example[] => {
    const moved = swapNeighbours(text, swaps, rng.fork("words").fork(id));
    return moved === null ? [] : [rng.fork("form").uniformAt(id) < 0.5 ? { id, text: moved, label: 0 } : { id, text, label: 1 }];
  });
  return { name: "mr-order", classes: ["words moved", "as written"], examples, digest: source.digest };
}

/** The text with `count` disjoint pairs of neighbouring, different words exchanged; null where it has not so many. */
export function swapNeighbours(text: string, count: number, rng: Rng): string | null {
  const words = text.split(" ");
  const differ = (at: number) => [at, at + 1].every((i) => /[\p{L}\p{N}]/u.test(words[i])) && words[at].toLowerCase() !== words[at + 1].toLowerCase();
  const starts = rng.shuffle([...words.keys()].slice(0, -1).filter(differ)), chosen: number[] = [];
  for (const start of starts) {
    if (chosen.length < count && chosen.every((other) => Math.abs(other - start) > 1)) chosen.push(start);
  }
  if (chosen.length < count) return null;
  for (const start of chosen) [words[start], words[start + 1]] = [words[start + 1], words[start]];
  return words.join(" ");
}
