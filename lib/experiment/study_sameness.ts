/** How a recomputed study compares with the record of it. */
import canonicalize from "canonicalize";
import { requireOneKey } from "./sameness.ts";
import type { StudyRecord } from "./study_record.ts";

export interface StudySameness {
  readonly key: string;
  /** Whether every byte of the result is the same. */
  readonly sameBytes: boolean;
  /** The largest difference of two numbers, as a share of the largest such number in the published record: those of one list count as such. */
  readonly largestDifference: number;
  /** Where it is, `checkpoints.*.cleanLoss`; null where none differs. */
  readonly field: string | null;
}

/** Compares two records of one key. What only one of them has differs without bound. */
export function studySameness(recomputed: StudyRecord, published: StudyRecord): StudySameness {
  const { key } = published;
  requireOneKey(recomputed, published);
  const mine = leavesOf(recomputed.result), theirs = leavesOf(published.result), largest = largestByField(theirs);
  const differences = [...new Set([...mine.keys(), ...theirs.keys()])].map((path) => {
    const field = fieldOf(path), ours = mine.get(path), other = theirs.get(path);
    return { field, difference: Object.is(ours, other) ? 0 : shareOf(ours, other, largest.get(field) ?? 0) }; // is: NaN repeats
  });
  const most = differences.reduce((most, one) => one.difference > most.difference ? one : most, { field: null as string | null, difference: 0 });
  return {
    key,
    sameBytes: canonical(recomputed.result) === canonical(published.result),
    largestDifference: most.difference,
    field: most.field,
  };
}

/** Names in one order, and numbers that JSON lacks as it writes them. */
const canonical = (result: unknown): string => canonicalize(JSON.parse(JSON.stringify(result)))!;

type Leaf = number | string | boolean | null;

/** Every number, word and null of a result by its path. */
function leavesOf(value: unknown, path = ""): Map<string, Leaf> {
  if (value === undefined) return new Map();
  if (typeof value !== "object" || value === null) return new Map([[path, value as Leaf]]);
  return new Map(Object.entries(value).flatMap(([name, inner]) => [...leavesOf(inner, path ? `${path}.${name}` : name)]));
}

/** Places in lists are all one field. */
const fieldOf = (path: string): string => path.replace(/(?<=^|\.)\d+(?=\.|$)/g, "*");

function largestByField(leaves: ReadonlyMap<string, Leaf>): Map<string, number> {
  const largest = new Map<string, number>();
  for (const [path, value] of leaves) {
    if (typeof value !== "number" || !Number.isFinite(value)) continue;
    const field = fieldOf(path);
    largest.set(field, Math.max(largest.get(field) ?? 0, Math.abs(value)));
  }
  return largest;
}

/** Numbers by their distance; anything else, or a number beside something else, without bound. */
function shareOf(mine: Leaf | undefined, theirs: Leaf | undefined, largest: number): number {
  if (typeof mine !== "number" || typeof theirs !== "number") return Infinity;
  const share = Math.abs(mine - theirs) / largest;
  return Number.isNaN(share) ? Infinity : share;
}
