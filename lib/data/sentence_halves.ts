/** `mr-halves`: pairs from film-review sentences. The two halves of a sentence stand in their order (1) or exchanged (0). */
import type { Rng } from "../math/random.ts";
import type { Dataset, Example } from "./dataset.ts";
import { firstOfEachText } from "./texts.ts";

/** Shorter sentences have halves that say too little. */
const fewestWords = 8;

/**
 * Every sentence becomes one row, in one of the two orders: so no two parts of a split share one. Which order hangs on the row's id alone.
 * What stands behind the last word is left out: a full stop would tell which half is the second.
 */
export function sentenceHalvesTask(source: Dataset, separator: string, rng: Rng): Dataset {
  const orders = rng.fork("order");
  const examples = firstOfEachText(source.examples).flatMap(({ id, text }): Example[] => {
    const words = text.replace(/[^\p{L}\p{N}]+$/u, "").split(" "), middle = Math.floor(words.length / 2);
    if (words.length < fewestWords) return [];
    const halves = [words.slice(0, middle).join(" "), words.slice(middle).join(" ")], label = orders.uniformAt(id) < 0.5 ? 0 : 1;
    return [{ id, text: (label === 1 ? halves : halves.toReversed()).join(separator), label }];
  });
  return { name: "mr-halves", classes: ["exchanged", "in order"], examples, digest: source.digest };
}
