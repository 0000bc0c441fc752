/** Which rows are poisoned. */
import type { Example } from "../data/dataset.ts";
import type { Rng } from "../math/random.ts";
import type { Sampling } from "./attack.ts";

/**
 * The chosen rows among `eligible`, in their order; `poisonRate` is relative to `total`, the number of all rows. A row's draw hangs
 * on its id alone, and the smallest draws are chosen, so the rows at one rate are among the rows at any higher rate: along a sweep
 * poison is only ever added.
 */
export function chooseRows(eligible: readonly Example[], total: number, poisonRate: number, sampling: Sampling, rng: Rng): Example[] {
  const wanted = poisonRate * total; // rows; an expectation if sampling is bernoulli
  const count = Math.round(wanted);
  if (count > eligible.length) {
    throw new RangeError(
      `Cannot poison data set as at most ${eligible.length} of its ${total} rows may be poisoned: poisonRate ${poisonRate} asks for ${count}`,
    );
  }
  const draws = new Map(eligible.map((example) => [example, rng.uniformAt(example.id)]));
  const drawOf = (example: Example) => draws.get(example)!;
  if (sampling === "bernoulli") return eligible.filter((example) => drawOf(example) < wanted / eligible.length);
  const chosen = new Set(eligible.toSorted((a, b) => drawOf(a) - drawOf(b)).slice(0, count));
  return eligible.filter((example) => chosen.has(example));
}
