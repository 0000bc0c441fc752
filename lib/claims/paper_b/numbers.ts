/** R-NUM and universal claims, as paper B's claims state them. */
import type { Chain } from "../chains.ts";
import type { NamedCell, Outcome } from "../outcome.ts";
import { voteOn, type VoteOptions } from "../outcome.ts";
import { voting } from "../rules/cell.ts";
import type { Condition } from "../rules/numeric.ts";
import { counted, type Verdict } from "../verdict.ts";

/** At least `bound`, refuted below `refuted`. */
export const atLeast = (bound: number, refuted = bound): Condition => ({
  holds: (x) => x >= bound,
  refutes: (x) => x < refuted,
  margin: (x) => x - bound,
});

/** At most `bound`, refuted above `refuted`. */
export const atMost = (bound: number, refuted = bound): Condition => ({
  holds: (x) => x <= bound,
  refutes: (x) => x > refuted,
  margin: (x) => bound - x,
});

/** R-NUM on one number: reproduced where the condition holds, not reproduced where what refutes it does, partly between the two. */
const byNumber = (value: number, { holds, refutes }: Condition): Verdict =>
  holds(value) ? "reproduced" : refutes(value) ? "not reproduced" : "partly";

/** One number of several cells, by R-NUM; null without any. */
export function overCells(
  cells: readonly NamedCell<Chain>[],
  combine: (means: number[]) => number,
  condition: Condition,
  { name, ...options }: VoteOptions & { readonly name: string },
): Outcome<Chain> | null {
  const found = voteOn(cells, options);
  if (!found) return null;
  const value = combine(voting(cells).map(({ mean }) => mean)),
    said = `${options.what}: ${name} ${options.say({ mean: value, low: null, high: null })}`;
  const each = voting(cells).map((cell) => `${cell.name} ${options.say(cell)}`).join("; ");
  return {
    ...found,
    verdict: byNumber(value, condition),
    direction: condition.margin(value),
    effect: `${said} (${each})`,
    ours: said,
  };
}

/** A universal claim: one cell that opposes is a counter-example; reproduced if every cell supports, partly if some do. */
export function everywhere(cells: readonly NamedCell<Chain>[], options: VoteOptions): Outcome<Chain> | null {
  const found = voteOn(cells, { ...options, universal: true }), voters = voting(cells);
  if (!found || found.verdict === "refuted by counter-example") return found;
  return { ...found, verdict: counted(voters.filter(({ vote }) => vote === "supports").length, voters.length) };
}
