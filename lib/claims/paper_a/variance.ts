/** Initial variance of A, Var(A) = k / n_in: Figures 5, 11 and 12 (A-4.4.2-2, 3, 6, 7, 8, A-4.5-2, A-4.5-4, A-E.4-6, A-E.4-7). */
import { count } from "../../math/count.ts";
import { mean } from "../../math/statistics.ts";
import type { Curve } from "../curve.ts";
import type { Deciders } from "../decider.ts";
import { accuracy, flatCell, type FlatOptions, type Measure, trendCells, triggeredAccuracy } from "../measures.ts";
import type { Run } from "../observe.ts";
import { type NamedCell, type Outcome, type RunRule, voteOn } from "../outcome.ts";
import { pair, type Sign, type Vote } from "../rules/cell.ts";
import { brownForsythe } from "../rules/spread.ts";
import { curves, rankSweeps, type Sweep, varianceSweeps } from "../sweeps.ts";
import { counted } from "../verdict.ts";
import { points, pointsInterval, tau } from "../words.ts";
import { deciding } from "./rank.ts";

const sweepsOf = (runs: readonly Run[], attack: string): readonly Sweep[] => deciding(varianceSweeps(runs, attack));

/** R-FLAT over k, every grid point against the mean of the grid. */
const flatOverVariance = (attack: string, what: string, options: FlatOptions): RunRule => (runs) =>
  voteOn(sweepsOf(runs, attack).flatMap((sweep) => flatCell(sweep.name, curves(sweep, accuracy), options) ?? []), {
    what: `${what} over k, farthest point from the mean`,
    say: pointsInterval,
  });

/** A-4.4.2-2: refuted by a range of means above 2 points or a significant trend. */
const flatWhenClean = flatOverVariance("none", "never-poisoned accuracy", { margin: 0.01, refutes: ({ range, trend }) => range > 0.02 || trend });
/** A-4.4.2-3: refuted by a significant trend with more than 3 points over the range. */
const flatUnderFlips = flatOverVariance("upa", "accuracy under flips", { margin: 0.02, refutes: ({ range, trend }) => trend && range > 0.03 });

/** R-TREND per task, R-VOTE. The order along k is what Kendall's tau takes, so no scale of k matters. */
export const trendOverVariance = (attack: string, measure: Measure, sign: Sign, what: string): RunRule => (runs) =>
  voteOn(trendCells(sweepsOf(runs, attack), measure, sign), { what: `${what} over k`, say: tau });

const fallsUnderTrigger = trendOverVariance("bpa", triggeredAccuracy, -1, "triggered accuracy");

/**
 * A-4.4.2-7: Brown and Forsythe's test of triggered accuracy between k <= 0.1 and k >= 1, each k around its own median: p < 0.05 and a
 * ratio of standard deviations above 1.5, on at least half of the tasks; partly on one. At least ten seeds.
 */
const steadierWhenSmall: RunRule = (runs) => {
  const tasks = sweepsOf(runs, "bpa").flatMap((sweep) => {
    const found = curves(sweep, triggeredAccuracy);
    const group = (side: (k: number) => boolean) =>
      [...Map.groupBy(found.flatMap(({ x, y }) => x.map((k, i) => ({ k, value: y[i] }))).filter(({ k }) => side(k)), ({ k }) => k).values()]
        .map((own) => own.map(({ value }) => value));
    const small = group((k) => k <= 0.1), large = group((k) => k >= 1);
    if (found.length < 10 || !small.length || !large.length) return [];
    return [{ name: sweep.name, ...brownForsythe(small, large), seeds: found.length, used: found.flatMap(({ runs }) => runs) }];
  });
  if (tasks.length === 0) return null;
  const found = tasks.filter(({ p, ratio }) => p < 0.05 && ratio > 1.5).length;
  return {
    verdict: counted(found, tasks.length / 2),
    direction: mean(tasks.map(({ ratio }) => Math.log(ratio))),
    effect: `spread at k >= 1 over spread at k <= 0.1: ${
      tasks.map(({ name, p, ratio }) => `${name} ${ratio.toFixed(2)} (p ${p.toFixed(3)})`).join("; ")
    }`,
    ours: `spread at k >= 1 over spread at k <= 0.1: ${tasks.map(({ ratio }) => `× ${ratio.toFixed(2)}`).join(", ")}`,
    used: tasks.flatMap(({ used }) => used),
    seeds: Math.min(...tasks.map(({ seeds }) => seeds)),
  };
};

const rangeOf = (found: readonly Curve[]): number => {
  const at = Map.groupBy(found.flatMap(({ x, y }) => x.map((value, i) => ({ value, y: y[i] }))), ({ value }) => value);
  const means = [...at.values()].map((own) => mean(own.map(({ y }) => y)));
  return Math.max(...means) - Math.min(...means);
};

/** A-4.4.2-8: R-ORDER of the ranges of mean triggered accuracy over both grids: rank's is larger on at least 3/4 of the tasks; partly on one. */
const rankMattersMore: RunRule = (runs) => {
  const ranks = deciding(rankSweeps(runs, "bpa"));
  const tasks = sweepsOf(runs, "bpa").flatMap((sweep) => {
    const other = ranks.find(({ setting }) => setting === sweep.setting);
    const k = curves(sweep, triggeredAccuracy), r = other ? curves(other, triggeredAccuracy) : [];
    if (k.length === 0 || r.length === 0) return [];
    return [{
      dataset: sweep.dataset,
      k: rangeOf(k),
      r: rangeOf(r),
      seeds: Math.min(k.length, r.length),
      used: [...k, ...r].flatMap(({ runs }) => runs),
    }];
  });
  if (tasks.length === 0) return null;
  const said = tasks.map(({ dataset, k, r }) => `${dataset}: rank ${points(r)}, variance ${points(k)} points`).join("; ");
  return {
    verdict: counted(tasks.filter(({ k, r }) => r > k).length, tasks.length * 3 / 4),
    direction: mean(tasks.map(({ k, r }) => r - k)),
    effect: `range of mean triggered accuracy: ${said}`,
    ours: `range of mean triggered accuracy: ${said}`,
    used: tasks.flatMap(({ used }) => used),
    seeds: Math.min(...tasks.map(({ seeds }) => seeds)),
  };
};

/** Per seed, a measure at the k nearest to 0.001 less the same at k = 1/3. */
function smallLessUsual(sweep: Sweep, measure: Measure): NamedCell | null {
  const known = curves(sweep, measure).flatMap(({ x, y, runs }) => {
    const small = x.findIndex((k) => Math.abs(Math.log(k / 0.001)) < 0.1), usual = x.findIndex((k) => Math.abs(k - 1 / 3) < 1e-3);
    return small >= 0 && usual >= 0 ? [{ value: y[small] - y[usual], runs: [runs[small], runs[usual]] }] : [];
  });
  if (known.length === 0) return null;
  return { ...pair(known.map(({ value }) => value), 1, 0.005), name: sweep.name, used: known.flatMap(({ runs }) => runs) };
}

/**
 * A-4.5-4: k = 0.001 against k = 1/3, R-PAIR(0.005) on accuracy under flips and on triggered accuracy: a task supports if neither attack
 * is worse and one is better, opposes if either is worse; R-VOTE over tasks.
 */
const smallIsSafer: RunRule = (runs) => {
  const flips = sweepsOf(runs, "upa"), doors = sweepsOf(runs, "bpa");
  const cells = flips.flatMap((flip): NamedCell[] => {
    const door = doors.find(({ setting }) => setting === flip.setting);
    const upa = smallLessUsual(flip, accuracy), bpa = door ? smallLessUsual(door, triggeredAccuracy) : null;
    if (!upa || !bpa) return [];
    const votes = [upa.vote, bpa.vote], vote: Vote = votes.includes("opposes") ? "opposes" : votes.includes("supports") ? "supports" : "open";
    const weaker = upa.mean <= bpa.mean ? upa : bpa;
    const name = `${flip.dataset} (flips ${pointsInterval(upa)}, trigger ${pointsInterval(bpa)})`;
    return [{ ...weaker, vote, name, seeds: Math.min(upa.seeds, bpa.seeds), used: [...upa.used, ...bpa.used] }];
  });
  return voteOn(cells, { what: "accuracy at k = 0.001 less k = 1/3, the weaker attack", say: pointsInterval });
};

/**
 * A-4.5-2: R-COUNT over task x attack: an effect is a trend over k of either sign by R-TREND (accuracy under flips, triggered accuracy).
 * Reproduced in at least half of the combinations, partly in one.
 */
const matters: RunRule = (runs) => {
  const under = (attack: string, measure: Measure, what: string) =>
    trendCells(sweepsOf(runs, attack), measure, 1).map((cell) => ({ ...cell, name: `${cell.name}, ${what}` }));
  const cells = [...under("upa", accuracy, "flips"), ...under("bpa", triggeredAccuracy, "backdoor")];
  if (cells.length === 0) return null;
  const found = cells.filter(({ vote }) => vote !== "open").length;
  const outcome: Outcome = {
    verdict: counted(found, cells.length / 2),
    direction: found - 0.5, // an effect of either sign is one: it changes sides where none is left
    effect: `a trend over k in ${found} of ${count(cells.length, "combination")} of task and attack: ${
      cells.map((cell) => `${cell.name} ${tau(cell)}`).join("; ")
    }`,
    ours: `a trend over k in ${found} of ${count(cells.length, "combination")} of task and attack`,
    used: cells.flatMap(({ used }) => used),
    seeds: Math.min(...cells.map(({ seeds }) => seeds)),
  };
  return outcome;
};

const needs = "LoRA runs of rank 8 over at least three values of k",
  doors = `${needs}, backdoor (fig-a12)`,
  flips = `${needs}, label flips (fig-a11)`;

export const variance: Deciders = {
  "A-4.4.2-2": { from: "runs", rule: flatWhenClean, needs: `${needs}, never poisoned (fig-a11)`, link: "fig-a5" },
  "A-4.4.2-3": { from: "runs", rule: flatUnderFlips, needs: flips, link: "fig-a5" },
  "A-4.4.2-6": { from: "runs", rule: fallsUnderTrigger, needs: doors, link: "fig-a5" },
  "A-4.4.2-7": { from: "runs", rule: steadierWhenSmall, needs: `${doors} with ten seeds`, link: "fig-a5" },
  "A-4.4.2-8": { from: "runs", rule: rankMattersMore, needs: `${doors}, and over ranks (fig-a10)`, link: "fig-a5" },
  "A-4.5-2": { from: "runs", rule: matters, needs: `${needs}, both attacks (fig-a5)`, link: "fig-a5" },
  "A-4.5-4": { from: "runs", rule: smallIsSafer, needs: `${needs}, 0.001 and 1/3 among them, both attacks (fig-a5)`, link: "fig-a5" },
  "A-E.4-6": { from: "runs", rule: flatUnderFlips, needs: flips, link: "fig-a11" },
  "A-E.4-7": { from: "runs", rule: fallsUnderTrigger, needs: doors, link: "fig-a12" },
};
