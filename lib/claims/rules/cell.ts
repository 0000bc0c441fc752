/** A cell's vote on a claim, and the verdict of all cells: R-PAIR, R-FLAT and R-TREND speak per cell, R-VOTE counts them. */
import { mean, tInterval } from "../../math/statistics.ts";
import { seedsForVerdict, type Verdict } from "../verdict.ts";

export type Vote = "supports" | "opposes" | "open";

export interface Cell {
  readonly vote: Vote;
  /** Mean over seeds of what the rule looks at, in its own unit and sign. */
  readonly mean: number;
  /** Interval over seeds; null from one seed. */
  readonly low: number | null;
  readonly high: number | null;
  readonly seeds: number;
  /** Above 0 on the claim's side. */
  readonly direction: number;
  /** Of an open cell: its interval has no effect in it as large as the claim's rule asks for, so that more seeds will hardly bring one. */
  readonly excluded?: boolean;
}

/** A sign that a claim predicts. */
export type Sign = 1 | -1;

/**
 * R-PAIR(direction, delta): the cell supports if the 95 % t interval of the paired differences lies on the claimed side of 0 and
 * |mean| >= delta; it opposes if the interval lies on the other side with |mean| >= delta; else it is open. One seed has no interval: open.
 * @param differences one per seed
 * @param delta 0.005 for accuracy and 0.05 for ASR unless a claim says otherwise
 */
export function pair(differences: readonly number[], sign: Sign, delta: number): Cell {
  const { mean: centre, low, high, count } = tInterval(differences);
  const clear = low !== null && high !== null && Math.abs(centre) >= delta;
  const vote = clear && low > 0 ? side(1, sign) : clear && high < 0 ? side(-1, sign) : "open";
  const most = sign > 0 ? high : low, excluded = vote === "open" && most !== null && sign * most < delta;
  return { vote, mean: centre, low, high, seeds: count, direction: sign * centre, ...(excluded && { excluded }) };
}

/**
 * R-TREND(sign): the cell supports if the mean over seeds of Kendall's tau has the claimed sign, |mean| >= 0.4, and the 95 % t interval
 * excludes 0; it opposes likewise.
 * @param taus one per seed, of the metric over the grid
 */
export function trend(taus: readonly number[], sign: Sign): Cell {
  return pair(taus, sign, 0.4);
}

/**
 * R-FLAT(margin): two one-sided tests at 5 %: the cell supports if the 90 % t interval of the differences lies inside -+margin. It
 * opposes if the interval lies wholly outside; else it is open.
 */
export function flat(differences: readonly number[], margin: number): Cell {
  const { mean: centre, low, high, count } = tInterval(differences, 0.9);
  const known = low !== null && high !== null;
  const vote = known && -margin < low && high < margin ? "supports" : known && (low > margin || high < -margin) ? "opposes" : "open";
  return { vote, mean: centre, low, high, seeds: count, direction: margin - Math.abs(centre) };
}

const side = (found: Sign, claimed: Sign): Vote => found === claimed ? "supports" : "opposes";

/** The cells that vote: those with enough seeds for a verdict, or all where there are none (the verdict is provisional then). */
export function voting<C extends { readonly seeds: number }>(cells: readonly C[]): readonly C[] {
  const enough = cells.filter(({ seeds }) => seeds >= seedsForVerdict);
  return enough.length ? enough : cells;
}

export interface Tally {
  readonly supports: number;
  readonly opposes: number;
  readonly open: number;
  /** Of the open ones those whose interval leaves room for the claim. */
  readonly room: number;
  readonly cells: number;
}

export function tally(cells: readonly Pick<Cell, "vote" | "excluded">[]): Tally {
  const count = (vote: Vote) => cells.filter((cell) => cell.vote === vote).length;
  const room = cells.filter(({ vote, excluded }) => vote === "open" && !excluded).length;
  return { supports: count("supports"), opposes: count("opposes"), open: count("open"), room, cells: cells.length };
}

/** The votes of several groups of cells together. */
export function summed(tallies: readonly Tally[]): Tally {
  const sum = (name: keyof Tally) => tallies.reduce((total, one) => total + one[name], 0);
  return { supports: sum("supports"), opposes: sum("opposes"), open: sum("open"), room: sum("room"), cells: sum("cells") };
}

/** Whether R-VOTE would be at least partly on the claim's side if every open cell with room for the claim came to support it. */
export const leavesRoom = ({ supports, opposes, room, cells }: Tally): boolean => room > 0 && isPartly(supports + room, opposes, cells);

const isPartly = (supports: number, opposes: number, cells: number) => supports > opposes && supports >= cells / 4;

/**
 * R-VOTE: reproduced if at least 2/3 of the cells support and none opposes; partly if more support than oppose and at least 1/4 support;
 * otherwise not reproduced. Where the claim is universal ("at every ...") one opposing cell is a counter-example.
 */
export function vote(cells: readonly { readonly vote: Vote }[], { universal = false } = {}): Verdict {
  const { supports, opposes, cells: all } = tally(cells);
  if (all === 0) return "not run yet";
  if (universal && opposes > 0) return "refuted by counter-example";
  if (opposes === 0 && supports >= all * 2 / 3) return "reproduced";
  return isPartly(supports, opposes, all) ? "partly" : "not reproduced";
}

/** Mean of the cells' directions: whose side they are on together. */
export function direction(cells: readonly Cell[]): number {
  return mean(cells.map((cell) => cell.direction));
}
