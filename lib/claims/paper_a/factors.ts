/** Which setting of LoRA matters most (A-1-3): rank, k, learning rate, scale. */
import { scaleOf } from "../../adapter/method.ts";
import { mean } from "../../math/statistics.ts";
import { withTwins } from "../arms.ts";
import type { Deciders } from "../decider.ts";
import { type Measure, triggeredAccuracy } from "../measures.ts";
import type { Run } from "../observe.ts";
import { etaSquared, type Observation } from "../rules/share.ts";
import { isSwept } from "../sweeps.ts";
import { counted } from "../verdict.ts";
import { gapTo } from "./rank.ts";

const factors = ["rank", "k", "learning rate", "s"] as const;

/**
 * R-RANK: eta squared of rank, k, learning rate and s = alpha / r (additive model, every factor a set of levels) for triggered accuracy
 * under the backdoor and for the accuracy lost to flips, on the task and dose with the most runs. Reproduced if rank and k are the two
 * largest for both, partly for one. Every factor must vary.
 */
const rankAndVarianceDecide = withTwins((runs) => {
  const parts = [["bpa", triggeredAccuracy, "triggered accuracy"], ["upa", gapTo(runs), "accuracy lost to flips"]] as const;
  const shares = parts.map(([attack, measure, what]) => share(runs, attack, measure, what));
  if (shares.some((part) => part === null)) return null;
  const known = shares.filter((part) => part !== null);
  const leads = ({ eta }: typeof known[number]) => Math.min(eta.rank, eta.k) - Math.max(eta["learning rate"], eta.s);
  return {
    verdict: counted(known.filter((part) => leads(part) > 0).length, known.length),
    direction: mean(known.map(leads)),
    effect: known.map(({ what, eta, used }) =>
      `${what}: ${factors.map((factor) => `${factor} ${(eta[factor] * 100).toFixed(0)} %`).join(", ")} of the variance (${used.length} runs)`
    ).join("; "),
    ours: known.map(({ what, eta }) => `${what}: ${[...factors].sort((a, b) => eta[b] - eta[a]).join(" > ")}`).join("; "),
    used: known.flatMap(({ used }) => used),
    seeds: Math.min(...known.map(({ used }) => new Set(used.map(({ seed }) => seed)).size)),
  };
});

function share(runs: readonly Run[], attack: string, measure: Measure, what: string) {
  const swept = runs.filter((run) => isSwept(run, attack));
  const groups = [...Map.groupBy(swept, ({ setting, attackSettings, poisonRate }) => JSON.stringify([setting, attackSettings, poisonRate])).values()];
  const [most = []] = groups.sort((a, b) => b.length - a.length);
  const seen = most.flatMap((run): (Observation & { run: Run })[] => {
    const value = measure(run), { rank, initVariance } = run.lora!;
    const levels = {
      rank: String(rank),
      k: initVariance.toPrecision(3),
      "learning rate": String(run.learningRate),
      s: scaleOf(run.lora!).toPrecision(3),
    };
    return value === null ? [] : [{ levels, value, run }];
  });
  if (factors.some((factor) => new Set(seen.map(({ levels }) => levels[factor])).size < 2)) return null;
  return { what, eta: etaSquared(seen) as Record<typeof factors[number], number>, used: seen.map(({ run }) => run) };
}

export const factorShares: Deciders = {
  "A-1-3": {
    from: "runs",
    rule: rankAndVarianceDecide,
    needs: "LoRA runs under both attacks over rank (fig-a4), k (fig-a5), learning rate and alpha (rank-controls)",
    link: "fig-a4",
  },
};
