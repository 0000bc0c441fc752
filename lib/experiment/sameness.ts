/** How a recomputed run compares with the record of it. */
import canonicalize from "canonicalize";
import type { Confusion } from "../evaluate/confusion.ts";
import type { RunRecord } from "./record.ts";

export interface Sameness {
  readonly key: string;
  /** Whether every byte of the result is the same, trained weights included. */
  readonly sameBytes: boolean;
  /** Whether all confusion counts are the same: every metric is computed from them. */
  readonly sameCounts: boolean;
  /** Held-out rows that were counted elsewhere, over all evaluations of the run. */
  readonly movedRows: number;
  /** Of the training losses, step by step, in nats; NaN where one run has a loss and the other diverged. */
  readonly largestLossDifference: number;
}

/** Compares two records of one key. */
export function sameness(recomputed: RunRecord, published: RunRecord): Sameness {
  requireOneKey(recomputed, published);
  const counts = ({ result }: RunRecord) => evaluationsOf(result).flat(2);
  const [mine, theirs] = [counts(recomputed), counts(published)];
  const movedRows = mine.reduce((sum, count, i) => sum + Math.abs(count - theirs[i]), 0) / 2; // a row that moves leaves one count for another
  const losses = (record: RunRecord) => record.result.history.stepLoss;
  return {
    key: recomputed.key,
    sameBytes: canonicalize(plain(recomputed.result)) === canonicalize(plain(published.result)),
    sameCounts: mine.length === theirs.length && movedRows === 0,
    movedRows,
    largestLossDifference: largest(losses(recomputed).map((loss, i) => distance(loss, losses(published)[i]))),
  };
}

/** Throws a RangeError where two records are not of one run or study. */
export function requireOneKey(one: { readonly key: string }, other: { readonly key: string }): void {
  if (one.key === other.key) return;
  throw new RangeError(`Cannot compare two records as they must have one key: ${one.key.slice(0, 8)} and ${other.key.slice(0, 8)}`);
}

/** The confusion counts of every evaluation: at the run's end, at other scales, and behind defences. */
export function evaluationsOf({ clean, changed, atScales = [], defended }: RunRecord["result"]): Confusion[] {
  const behind = defended ? [defended.undefended, ...defended.by] : [];
  return [{ clean, changed }, ...atScales, ...behind].flatMap(({ clean, changed }) => [clean, ...changed]);
}

/** As it stands in a file: a loss that is not a number is null there. */
const plain = (result: RunRecord["result"]): unknown => JSON.parse(JSON.stringify(result));
const distance = (a: number, b: number): number => Number.isNaN(a) && Number.isNaN(b) ? 0 : Math.abs(a - b);
const largest = (values: readonly number[]): number => values.reduce((most, value) => Number.isNaN(value) ? NaN : Math.max(most, value), 0);
