/** A dose that took a method over tells the methods apart no more than an attack that fails: which dose of an attack decides. */
import { mean } from "../math/statistics.ts";
import type { Pairing } from "./arms.ts";
import type { Run } from "./observe.ts";
import { type Outcome, untestable, type Used } from "./outcome.ts";

/** A mean attack success rate above which a dose has taken a method over. */
export const saturation = 0.95;

/**
 * Of each task and attack settings the pairing that decides: that of the largest dose at which neither method's mean ASR is above the
 * saturation. None where every dose took a method over.
 */
export function deciding(pairings: readonly Pairing[]): Pairing[] {
  const open = pairings.filter(({ pairs }) => [0, 1].every((arm) => !isTakenOver(pairs.map((pair) => pair[arm]))));
  const families = Map.groupBy(open, familyOf).values();
  return [...families].map((doses) => doses.reduce((a, b) => b.poisonRate > a.poisonRate ? b : a));
}

/** Pairings in which the dose took both methods over: no difference can show there. */
export const takenOverIn = (pairings: readonly Pairing[]): Pairing[] =>
  pairings.filter(({ pairs }) => [0, 1].every((arm) => isTakenOver(pairs.map((pair) => pair[arm]))));

/** What the doses of a pairing's attack have in common. */
export const familyOf = ({ setting, pairs: [[{ attackSettings }]] }: Pairing): string => `${setting} ${attackSettings}`;

function isTakenOver(runs: readonly Run[]): boolean {
  const rates = runs.flatMap(({ triggered }) => triggered ? [triggered.asTarget] : []);
  return rates.length > 0 && mean(rates) > saturation;
}

/**
 * An ASR that is near 1 everywhere tells nothing apart.
 * @param groups the runs of each dose, learning rate, ...
 * @param what each group is: `dose`
 */
export function takenOver<Seen extends Used & { readonly seed: number }>(
  groups: readonly (readonly Seen[])[],
  what: string,
  effect = `nothing to tell apart: mean ASR above ${saturation} at every ${what}`,
): Outcome<Seen> {
  const seeds = Math.min(...groups.map((own) => new Set(own.map(({ seed }) => seed)).size));
  return untestable({ effect, ours: `mean ASR above ${saturation} at every ${what}`, used: groups.flat(), seeds });
}
