/** Which points and seeds of a grid a rule looks at: a point that few seeds have would make the whole grid's verdict that of few seeds, or be an extreme by chance. */
import { seedsForVerdict } from "./verdict.ts";

/**
 * Groups whose means are to be compared, on the same seeds: those that as many seeds have as `least` of the groups allow (five count as enough),
 * each with the seeds that all of them have. Groups with fewer are left out; none are left where no seed has them all.
 */
export function onSharedSeeds<Seen>(
  groups: readonly (readonly Seen[])[],
  { seedOf, least }: { readonly seedOf: (seen: Seen) => unknown; readonly least: number },
): Seen[][] {
  const seeds = groups.map((own) => new Set(own.map(seedOf)));
  const asked = Math.min(seedsForVerdict, seeds.map(({ size }) => size).sort((a, b) => b - a)[least - 1] ?? 0);
  const kept = groups.filter((_, i) => seeds[i].size >= asked);
  const shared = seeds.filter(({ size }) => size >= asked).reduce((a, b) => a.intersection(b), seeds.find(({ size }) => size >= asked) ?? new Set());
  return shared.size === 0 ? [] : kept.map((own) => own.filter((one) => shared.has(seedOf(one))));
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
  const asked = Math.min(seedsForVerdict, seeds.map(({ count }) => count).sort((a, b) => b - a)[least - 1] ?? 0);
  const points = new Set(seeds.filter(({ count }) => count >= asked).map(({ x }) => x));
  const inWords = [...points].sort((a, b) => a - b).map((x) => Number(x.toPrecision(3))).join(", ");
  return {
    kept: all.filter((one) => points.has(xOf(one))),
    named: (name) => points.size === seeds.length ? name : `${name} at ${inWords}`,
  };
}
