/** What can be said about a claim, and how verdicts combine (rules fixed before any run). */

export const verdicts = ["reproduced", "partly", "not reproduced", "refuted by counter-example", "untestable here", "not run yet"] as const;
export type Verdict = typeof verdicts[number];

/** Seeds that a verdict takes; from fewer it is provisional. */
export const seedsForVerdict = 5;

/** One step down. A refutation is no step on this scale: it stands. */
export function lowered(verdict: Verdict): Verdict {
  return verdict === "reproduced" ? "partly" : verdict === "partly" ? "not reproduced" : verdict;
}

/** The verdict on a statement with several parts, all of which it needs: reproduced if all are, partly if at least one is or is partly (R-AGG). */
export function aggregate(parts: readonly Verdict[]): Verdict {
  const isOpen = (part: Verdict) => part === "not run yet" || part === "untestable here";
  if (parts.length > 0 && parts.every((part) => part === "reproduced")) return "reproduced";
  if (parts.some((part) => part === "reproduced" || part === "partly")) return "partly"; // whatever the open ones turn out to be
  if (parts.every(isOpen)) return parts.every((part) => part === "untestable here") ? "untestable here" : "not run yet";
  return parts.includes("not run yet") ? "not run yet" : "not reproduced";
}

/** How many of `total` have what a claim counts: reproduced from `enough` on, partly from `some` on (R-COUNT, R-ORDER over tasks). */
export function counted(count: number, enough: number, some = 1): Verdict {
  return count >= enough ? "reproduced" : count >= some ? "partly" : "not reproduced";
}
