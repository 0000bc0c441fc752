/** From what a rule finds in runs to a verdict: collapsed runs and the number of seeds are looked at in one place. */
import { count } from "../math/count.ts";
import { type Cell, direction, summed, type Tally, tally, vote, voting } from "./rules/cell.ts";
import type { Run } from "./observe.ts";
import { lowered, seedsForVerdict, type Verdict } from "./verdict.ts";

/** What a rule may rest on: a run, or a study of one. */
export interface Used {
  readonly key: string;
  readonly collapsed: boolean;
}

/** What a rule says of the runs that it was given. */
export interface Outcome<Seen extends Used = Run> {
  readonly verdict: Verdict;
  /** Above 0 on the claim's side: its sign must not change when collapsed runs are dropped. */
  readonly direction: number;
  /** The effect in words and numbers. */
  readonly effect: string;
  /** The number to be set beside the paper's, with its name and unit. */
  readonly ours: string;
  readonly used: readonly Seen[];
  /** Fewest seeds of a cell that voted. */
  readonly seeds: number;
  /** How the cells voted, where the rule lets cells vote. */
  readonly votes?: Tally;
  /** What a reader has to know about how the rule met these runs. */
  readonly remarks?: readonly string[];
}

/** A claim's rule as a function of runs; null where none of them concern it. Any part of a grid will do. */
export type RunRule = (runs: readonly Run[]) => Outcome | null;

export interface Decided<Seen extends Used = Run> extends Outcome<Seen> {
  readonly provisional: boolean;
}

/**
 * The outcome of all runs, lowered by one step if its direction changes sign, or nothing is left, without collapsed runs (one class
 * has at most .005 or at least .995 of the clean predictions), and likewise if it is reproduced with them alone. Provisional below five seeds; null below
 * `leastSeeds`: one seed has no interval, unless the rule's is over something else.
 */
export function decide<Seen extends Used>(
  rule: (runs: readonly Seen[]) => Outcome<Seen> | null,
  runs: readonly Seen[],
  leastSeeds = 2,
): Decided<Seen> | null {
  const all = rule(runs);
  if (!all || all.seeds < leastSeeds) return null;
  const collapsed = new Set(all.used.filter((run) => run.collapsed));
  const decided = { ...all, provisional: all.seeds < seedsForVerdict };
  if (collapsed.size === 0) return decided;
  const kept = rule(runs.filter((run) => !collapsed.has(run)));
  const isSigned = kept !== null && Math.sign(kept.direction) === Math.sign(all.direction);
  const holds = isSigned && (all.verdict !== "reproduced" || kept.verdict === "reproduced");
  const dropped = count(collapsed.size, "collapsed run"),
    without = kept ? `without ${dropped}: ${kept.effect}` : `nothing is left without ${dropped}`;
  return {
    ...decided,
    verdict: holds ? all.verdict : lowered(all.verdict),
    effect: `${all.effect}; ${without}`,
    remarks: [...all.remarks ?? [], ...(holds ? [] : [told(all, kept)])],
  };
}

/** How a remark begins that tells of collapsed runs behind a verdict. */
export const loweredByOneStep = "lowered by one step";

/** What is said where the collapsed runs are what a direction or a verdict hangs on. */
function told({ verdict, direction }: Outcome<Used>, kept: Outcome<Used> | null): string {
  const left = kept && kept.seeds < 2 ? " (one seed is left)" : "";
  const found = !kept
    ? "nothing is left without collapsed runs"
    : Math.sign(kept.direction) !== Math.sign(direction)
    ? `the sign changes without collapsed runs${left}`
    : `${kept.verdict === "not run yet" ? "no longer decided in every part" : kept.verdict} without collapsed runs${left}`;
  return lowered(verdict) === verdict ? found : `${loweredByOneStep}: ${found}`;
}

/** What a rule says where the runs at hand leave it nothing to decide: why, and the number that shows it. */
export function untestable<Seen extends Used>(
  { direction = 1, ...said }: Pick<Outcome<Seen>, "effect" | "ours" | "used" | "seeds"> & Partial<Pick<Outcome, "direction">>,
): Outcome<Seen> {
  return { verdict: "untestable here", direction, ...said };
}

/** A cell with a name and the runs behind it. */
export interface NamedCell<Seen extends Used = Run> extends Cell {
  readonly name: string;
  readonly used: readonly Seen[];
}

export interface VoteOptions {
  /** What the cells measure, in words: `FF − LoRA`. */
  readonly what: string;
  /** Means in words. */
  readonly say: (cell: { mean: number; low: number | null; high: number | null }) => string;
  readonly universal?: boolean;
  readonly remarks?: readonly string[];
}

/** R-VOTE over named cells; null without any. */
export function voteOn<Seen extends Used>(
  cells: readonly NamedCell<Seen>[],
  { what, say, universal, remarks }: VoteOptions,
): Outcome<Seen> | null {
  if (cells.length === 0) return null;
  const voters = voting(cells), votes = tally(voters), { supports, opposes, open } = votes, seeds = Math.min(...voters.map((cell) => cell.seeds));
  const centre = voters.reduce((sum, { mean }) => sum + mean, 0) / voters.length;
  const left = cells.length - voters.length;
  const each = voters.length <= 4
    ? voters.map((cell) => `${cell.name} ${say(cell)}`).join("; ")
    : `mean ${say({ mean: centre, low: null, high: null })}`;
  return {
    verdict: vote(voters, { universal }),
    direction: direction(voters),
    effect: `${what}: ${count(voters.length, "cell")}, ${supports} for, ${opposes} against, ${open} open, at least ${count(seeds, "seed")} (${each})`,
    ours: `${what}: ${say({ mean: centre, low: null, high: null })}`,
    used: voters.flatMap(({ used }) => used),
    seeds,
    votes,
    remarks: [...remarks ?? [], ...(left ? [`${count(left, "cell")} with fewer than five seeds left out`] : [])],
  };
}

/** Several outcomes that a claim needs together: all reproduced, or some (as R-AGG); null if none could be decided. */
export function together<Seen extends Used>(
  parts: readonly (Outcome<Seen> | null)[],
  verdictOf: (verdicts: readonly Verdict[]) => Verdict,
): Outcome<Seen> | null {
  const known = parts.filter((part) => part !== null);
  if (known.length === 0) return null;
  return {
    verdict: verdictOf(parts.map((part) => part?.verdict ?? "not run yet")),
    direction: Math.min(...known.map((part) => part.direction)),
    effect: known.map(({ effect }) => effect).join("; "),
    ours: known.map(({ ours }) => ours).join("; "),
    used: known.flatMap(({ used }) => used),
    seeds: Math.min(...known.map(({ seeds }) => seeds)),
    votes: known.every(({ votes }) => votes) ? summed(known.map(({ votes }) => votes!)) : undefined,
    remarks: known.flatMap(({ remarks = [] }) => remarks),
  };
}
