/** Label flips: Figures 1 and 6, FF against LoRA (A-4.3-1 ... 3, A-4.2-3, A-E.4-1). */
import { median } from "simple-statistics";
import { mean, tInterval } from "../../math/statistics.ts";
import { atMatchedLoss, cellsOf, cleanTwin, difference, type Pairing, pairings, withTwins } from "../arms.ts";
import { type Curve, leastPoints } from "../curve.ts";
import type { Deciders } from "../decider.ts";
import { accuracy, slope, trendCell } from "../measures.ts";
import type { Run } from "../observe.ts";
import { type NamedCell, type Outcome, type RunRule, voteOn } from "../outcome.ts";
import { toldAt, toldAtOtherRates } from "../other_rates.ts";
import { pair } from "../rules/cell.ts";
import { points, pointsInterval, tau } from "../words.ts";
import { kindOf } from "./tasks.ts";

/** R-PAIR(0.005) of FF - LoRA per task and rate, R-VOTE. */
const losesMore = (metric: (run: Run) => number, what: string): RunRule => (runs) =>
  voteOn(cellsOf(pairings(runs, "upa"), (full, lora) => metric(full) - metric(lora), (values) => pair(values, 1, 0.005)), {
    what: `${what} under flips, FF − LoRA`,
    say: pointsInterval,
  });

/** The same on what each method loses of its own never-poisoned accuracy: (acc(0) - acc(rho)) / acc(0), LoRA - FF. */
export const losesMoreOfItsOwn = withTwins((runs) => {
  const twin = cleanTwin(runs),
    lost = (run: Run) => {
      const clean = twin(run);
      return clean && accuracy(clean) > 0 ? (accuracy(clean) - accuracy(run)) / accuracy(clean) : null;
    };
  return voteOn(cellsOf(pairings(runs, "upa"), difference(lost), (values) => pair(values, 1, 0.005)), {
    what: "relative loss, LoRA − FF",
    say: pointsInterval,
  });
});

const accuracyGap = losesMore(accuracy, "accuracy");

/** A-4.3-1: the vote on accuracy decides; relative loss, other learning rates and those of matched clean loss are told beside it. */
const moreDamage: RunRule = (runs) => {
  const gap = accuracyGap(runs), own = losesMoreOfItsOwn(runs), matched = atMatchedLoss(runs, "upa"), even = matched && accuracyGap(matched.runs);
  if (!gap) return null;
  const remarks = [
    own && `relative to rate 0: ${own.verdict} (${own.ours})`,
    ...toldAtOtherRates(accuracyGap, runs, "upa"),
    even && toldAt(`matched clean loss (${matched!.told})`, even),
  ];
  return { ...gap, remarks: [...gap.remarks ?? [], ...remarks.filter((remark) => remark !== null)] };
};

/**
 * A-4.2-3 says how resistance is measured, by relative loss. Our reading of a rule that names only A-4.3-1: reproduced if relative loss
 * gives the verdict that plain accuracy gives, partly if it gives another.
 */
const relativeLossMeasures: RunRule = (runs) => {
  const plain = accuracyGap(runs), relative = losesMoreOfItsOwn(runs);
  if (!plain || !relative) return null;
  const agree = plain.verdict === relative.verdict;
  return {
    ...relative,
    verdict: agree ? "reproduced" : "partly",
    direction: 1,
    effect: `accuracy: ${plain.verdict}; relative loss: ${relative.verdict}`,
  };
};

/** FF - LoRA over the rates (0 included where both were trained), one curve per setting of a task and seed. */
function gapCurves(runs: readonly Run[]): { dataset: string; curves: Curve[] }[] {
  const cells = [...pairings(runs, "none"), ...pairings(runs, "upa")];
  return [...Map.groupBy(cells, ({ setting }) => setting).values()].map((rates) => ({ dataset: rates[0].dataset, curves: seedCurves(rates) }));
}

function seedCurves(rates: readonly Pairing[]): Curve[] {
  const gaps = rates.flatMap(({ poisonRate, pairs }) => pairs.map(([full, lora]) => ({ poisonRate, full, lora })));
  return [...Map.groupBy(gaps, ({ full }) => full.seed)].flatMap(([seed, own]) => {
    const byRate = own.sort((a, b) => a.poisonRate - b.poisonRate);
    if (byRate.length < leastPoints) return [];
    return [{
      seed,
      x: byRate.map(({ poisonRate }) => poisonRate),
      y: byRate.map(({ full, lora }) => accuracy(full) - accuracy(lora)),
      runs: byRate.flatMap(({ full, lora }) => [full, lora]),
    }];
  });
}

/** A-4.3-3: R-TREND by Kendall's tau of the gap over the rate; a slope significantly below 0 refutes on its task. Slopes are told with their intervals. */
const widens: RunRule = (runs) => {
  const tasks = gapCurves(runs).filter(({ curves }) => curves.length).map(({ dataset, curves }) => ({
    dataset,
    curves,
    slope: tInterval(curves.map((curve) => slope(curve) / 10)),
  }));
  const cells = tasks.flatMap(({ dataset, curves, slope: { high } }): NamedCell[] => {
    const cell = trendCell(dataset, curves, 1);
    return cell ? [{ ...cell, vote: high !== null && high < 0 ? "opposes" : cell.vote }] : [];
  });
  const slopes = tasks.map(({ dataset, slope }) => `${dataset}: ${pointsInterval(slope)} per 10 points of rate`);
  return voteOn(cells, { what: "gap FF − LoRA over the rate", say: tau, remarks: slopes });
};

/**
 * A-4.3-2 names the paper's tasks. Read by kind: per task the mean over rates of the median gap; reproduced if the smallest is a sentiment
 * task's and each pair task's is at least 1 point larger than it, partly if only the first.
 */
const smallOnSentiment: RunRule = (runs) => {
  const cells = pairings(runs, "upa"),
    tasks = [...Map.groupBy(cells, ({ setting }) => setting).values()].map((rates) => ({
      dataset: rates[0].dataset,
      gap: mean(rates.map(({ pairs }) => median(pairs.map(([full, lora]) => accuracy(full) - accuracy(lora))))),
    }));
  const least = tasks.reduce<typeof tasks[number] | null>((a, b) => a && a.gap <= b.gap ? a : b, null);
  const pairTasks = tasks.filter(({ dataset }) => kindOf(dataset) === "pair"),
    sentiment = tasks.filter(({ dataset }) => kindOf(dataset) === "sentiment");
  if (!least || pairTasks.length === 0 || sentiment.length === 0) return null;
  const apart = Math.min(...pairTasks.map(({ gap }) => gap)) - Math.min(...sentiment.map(({ gap }) => gap));
  const first = kindOf(least.dataset) === "sentiment";
  const outcome: Outcome = {
    verdict: first && apart >= 0.01 ? "reproduced" : first ? "partly" : "not reproduced",
    direction: apart,
    effect: `median gap FF − LoRA: ${tasks.map(({ dataset, gap }) => `${dataset} ${points(gap)}`).join(", ")} points`,
    ours: `median gap FF − LoRA: ${tasks.map(({ dataset, gap }) => `${dataset} ${points(gap)}`).join(", ")} points`,
    used: cells.flatMap(({ pairs }) => pairs.flat()),
    seeds: Math.min(...cells.map(({ pairs }) => pairs.length)),
  };
  return outcome;
};

const needs = "label-flip runs of both methods on the same seeds (fig-a1)";

export const labelFlips: Deciders = {
  "A-4.2-3": { from: "runs", rule: relativeLossMeasures, needs: `${needs}, rate 0 included`, link: "fig-a1" },
  "A-4.3-1": { from: "runs", rule: moreDamage, needs, link: "fig-a1" },
  "A-4.3-2": { from: "runs", rule: smallOnSentiment, needs: `${needs} on a sentiment and a pair task`, link: "fig-a1" },
  "A-4.3-3": { from: "runs", rule: widens, needs: `${needs} at three rates or more`, link: "fig-a1" },
  "A-E.4-1": { from: "runs", rule: losesMore((run) => run.clean.metrics.f1, "F1"), needs, link: "fig-a6" },
};
