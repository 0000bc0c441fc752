/** Which points of a grid a rule looks at: one that few seeds have would make the whole grid's verdict that of few seeds, or be an extreme by chance. */
import { seedsForVerdict } from "./verdict.ts";

/**
 * The points that as many seeds have as at least `least` points allow, up to those that a verdict takes; points with fewer are left out.
 * @param seeds the points of each seed
 */
export function sharedPoints(seeds: Iterable<Iterable<number>>, least: number): { readonly kept: ReadonlySet<number>; readonly areAll: boolean } {
  const counts = new Map<number, number>();
  for (const points of seeds) for (const x of new Set(points)) counts.set(x, (counts.get(x) ?? 0) + 1);
  const asked = Math.min(seedsForVerdict, [...counts.values()].sort((a, b) => b - a)[least - 1] ?? 0);
  const kept = new Set([...counts.keys()].filter((x) => counts.get(x)! >= asked));
  return { kept, areAll: kept.size === counts.size };
}

/** A grid's name, with the points that are looked at where they are not all: `mr, alpha = r at 4, 8, 64`. */
export function nameAt(name: string, { kept, areAll }: ReturnType<typeof sharedPoints>): string {
  if (areAll) return name;
  return `${name} at ${[...kept].sort((a, b) => a - b).map((x) => Number(x.toPrecision(3))).join(", ")}`;
}
