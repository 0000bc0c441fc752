/** Which points and seeds of a grid a rule looks at: a point that few seeds have would make the whole grid's verdict that of few seeds, or be an extreme by chance. */
import { seedsForVerdict } from "./verdict.ts";

/** Groups among which two methods are matched: with three, one of the two has a choice. */
export const leastToMatch = 3;

/**
 * Groups whose means are to be compared, on the same seeds: those that as many seeds have as `least` of the groups allow (five count as enough),
 * each with the seeds that all of them have. Groups with fewer are left out; none are left where no seed has them all.
 */
export function onSharedSeeds<Seen>(
  groups: readonly (readonly Seen[])[],
  { seedOf, least }: { readonly seedOf: (seen: Seen) => unknown; readonly least: number },
): Seen[][] {
  const seeds = groups.map((own) => new Set(own.map(seedOf)));
  const asked = seedsAsked(seeds.map(({ size }) => size), least), kept = groups.filter((_, i) => seeds[i].size >= asked);
  const hasAll = (one: Seen) => seeds.every((own) => own.size < asked || own.has(seedOf(one)));
  return kept.map((own) => own.filter(hasAll)).filter((own) => own.length > 0);
}

/** As many seeds as `least` of these counts reach; five are enough, and no count is too small where there are fewer counts. */
function seedsAsked(counts: readonly number[], least: number): number {
  return Math.min(seedsForVerdict, counts.toSorted((a, b) => b - a)[least - 1] ?? 0);
}

export interface Grid<Seen> {
  readonly seedOf: (seen: Seen) => unknown;
  readonly xOf: (seen: Seen) => number;
  /** Points that the rule needs. */
  readonly least: number;
}

/**
 * What stands at the points that as many seeds have as `least` points allow, up to those that a verdict takes; points with fewer are left out.
 * `named` adds the points to a name where they are not all: `mr, alpha = r at 4, 8, 64`.
 */
export function atSharedPoints<Seen>(
  all: readonly Seen[],
  { seedOf, xOf, least }: Grid<Seen>,
): { readonly kept: readonly Seen[]; readonly named: (name: string) => string } {
  const seeds = [...Map.groupBy(all, xOf)].map(([x, own]) => ({ x, count: new Set(own.map(seedOf)).size }));
  const asked = seedsAsked(seeds.map(({ count }) => count), least);
  const points = new Set(seeds.filter(({ count }) => count >= asked).map(({ x }) => x));
  const inWords = [...points].sort((a, b) => a - b).map((x) => Number(x.toPrecision(3))).join(", ");
  return {
    kept: all.filter((one) => points.has(xOf(one))),
    named: (name) => points.size === seeds.length ? name : `${name} at ${inWords}`,
  };
}
