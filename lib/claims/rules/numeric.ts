/** R-NUM over configurations: a stated numerical condition, and the one that refutes it. */
import { tInterval } from "../../math/statistics.ts";
import type { NamedCell, Outcome, Used } from "../outcome.ts";
import { voteOn, type VoteOptions } from "../outcome.ts";
import { counted } from "../verdict.ts";
import { voting } from "./cell.ts";

export interface Condition {
  /** What the claim says of the mean over seeds. */
  readonly holds: (mean: number) => boolean;
  /** What refutes it; between the two a configuration is open. */
  readonly refutes: (mean: number) => boolean;
  /** Above 0 where the condition holds: for the sign without collapsed runs. */
  readonly margin: (mean: number) => number;
}

/** Above `bound`, refuted below `refuted`. */
export const above = (bound: number, refuted = bound): Condition => ({
  holds: (x) => x > bound,
  refutes: (x) => x < refuted,
  margin: (x) => x - bound,
});

/** Below `bound`, refuted above `refuted`. */
export const below = (bound: number, refuted = bound): Condition => ({
  holds: (x) => x < bound,
  refutes: (x) => x > refuted,
  margin: (x) => bound - x,
});

/** A configuration's vote by its mean over seeds. */
export function numericCell<Seen extends Used>(
  name: string,
  values: readonly number[],
  { holds, refutes, margin }: Condition,
  used: readonly Seen[],
): NamedCell<Seen> {
  const { mean, low, high, count } = tInterval(values), vote = holds(mean) ? "supports" : refutes(mean) ? "opposes" : "open";
  return { vote, mean, low, high, seeds: count, direction: margin(mean), name, used };
}

/** R-NUM "in every configuration": reproduced if all support, partly if some do, not reproduced if none does. */
export function everyOne<Seen extends Used>(cells: readonly NamedCell<Seen>[], options: VoteOptions): Outcome<Seen> | null {
  const voted = voteOn(cells, options);
  return voted && { ...voted, verdict: counted(voting(cells).filter(({ vote }) => vote === "supports").length, voting(cells).length) };
}
