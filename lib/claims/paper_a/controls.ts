/** What the paper argues with and does not show: full rank, swapped and frozen factors, learning rates, alphas, triggers, noise. */
import { hasUsualSize, hasUsualVariance, scaleOf, usualSize, usualStart } from "../../adapter/method.ts";
import { count } from "../../math/count.ts";
import { createRng } from "../../math/random.ts";
import { kendallTau } from "../../math/kendall.ts";
import { mean, standardDeviation } from "../../math/statistics.ts";
import type { Trigger } from "../../poison/attack.ts";
import { variants } from "../../poison/variants.ts";
import { cellsOf, difference, pairings } from "../arms.ts";
import { onSharedSeeds } from "../grid_points.ts";
import type { Deciders } from "../decider.ts";
import { accuracy, flatUnless } from "../measures.ts";
import { isPlainStart, type Run } from "../observe.ts";
import { type NamedCell, type Outcome, type RunRule, together, voteOn } from "../outcome.ts";
import { pair, trend, type Vote } from "../rules/cell.ts";
import { mcNemar } from "../rules/counts.ts";
import { aggregate, counted } from "../verdict.ts";
import { pointsInterval, signed, tau } from "../words.ts";
import { losesMoreOfItsOwn } from "./label_flips.ts";

type Lora = NonNullable<Run["lora"]>;
type LoraRun = Run & { readonly lora: Lora };

const isClean = (run: Run): boolean => run.attack === "none" && run.split === "test";
const cleanLora = (runs: readonly Run[], take: (lora: Lora) => boolean): LoraRun[] =>
  runs.filter((run): run is LoraRun => isClean(run) && run.lora !== null && take(run.lora));

/** Pairs of the same setting, learning rate and seed. */
function matched(first: readonly Run[], second: readonly Run[]): (readonly [Run, Run])[] {
  return first.flatMap((one) => {
    const other = second.find(({ setting, learningRate, seed }) => setting === one.setting && learningRate === one.learningRate && seed === one.seed);
    return other ? [[one, other] as const] : [];
  });
}

/** Two conditions that a claim needs: reproduced with both, partly with one. */
const both = (first: boolean, second: boolean) => counted(Number(first) + Number(second), 2);

/**
 * A-3.2-7: LoRA with alpha = r, k = 1 and the largest rank at hand (the encoder's width) against FF at one learning rate, never poisoned:
 * R-FLAT(1 point) of accuracy, opposed beyond 2 points, and the mean ratio of final training losses in [0.8, 1.25].
 */
const fullRankLearnsAlike: RunRule = (runs) => {
  const whole = cleanLora(runs, (lora) => isPlainStart(lora) && lora.alpha === lora.rank && lora.initVariance === 1 && lora.rank >= 64);
  const largest = Math.max(...whole.map(({ lora }) => lora.rank));
  const pairs = matched(whole.filter(({ lora }) => lora.rank === largest), runs.filter((run) => isClean(run) && run.lora === null));
  if (pairs.length === 0) return null;
  const cell = flatUnless(pairs.map(([lora, full]) => accuracy(lora) - accuracy(full)), 0.01, 0.02);
  const ratio = Math.exp(mean(pairs.map(([lora, full]) => Math.log(lora.trainingLoss / full.trainingLoss))));
  return {
    verdict: cell.vote === "opposes" ? "not reproduced" : both(cell.vote === "supports", 0.8 <= ratio && ratio <= 1.25),
    direction: cell.direction,
    effect: `rank ${largest}, LoRA − FF: ${pointsInterval(cell)} (${cell.vote}), training loss × ${ratio.toFixed(2)}, ${count(cell.seeds, "seed")}`,
    ours: `accuracy, LoRA − FF: ${pointsInterval(cell)}, training loss × ${ratio.toFixed(2)}`,
    used: pairs.flat(),
    seeds: cell.seeds,
  };
};

const isBase = (lora: Lora): boolean => hasUsualSize(lora) && lora.init === usualStart.init && hasUsualVariance(lora);

/** The learning rate with the best mean accuracy over seeds (equal means: the smaller). */
function best(runs: readonly Run[]): { readonly learningRate: number; readonly runs: readonly Run[] } | null {
  const arms = [...Map.groupBy(runs, ({ learningRate }) => learningRate)].map(([learningRate, own]) => ({
    learningRate,
    runs: own,
    accuracy: mean(own.map(accuracy)),
  }));
  return arms.sort((a, b) => b.accuracy - a.accuracy || a.learningRate - b.learningRate)[0] ?? null;
}

/** Learning rates that a comparison of the best takes, where there are as many. */
const leastRates = 3;

/** Runs of both arms at the learning rates that both have, on the same seeds: neither gains by a finer grid or by kinder seeds. */
function onSharedGrid(first: readonly Run[], second: readonly Run[]): readonly [Run[], Run[]] {
  const rates = [...Map.groupBy(matched(first, second), ([{ learningRate }]) => learningRate).values()];
  const pairs = onSharedSeeds(rates, { seedOf: ([{ seed }]) => seed, least: leastRates }).flat();
  return [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
}

/** A-C-2, its accuracy half (the kernel's is theorem cell A-14): B = 0 against A = 0, each at its own best learning rate, R-PAIR(0.005) paired by seed, per task. */
const startsBetterWithBZero: RunRule = (runs) => {
  const arm = (zero: Lora["zero"]) => cleanLora(runs, (lora) => isBase(lora) && lora.trainA && lora.zero === zero);
  const withB = arm("B"), tasks = Map.groupBy(arm("A"), ({ setting }) => setting);
  const cells = [...tasks].flatMap(([setting, own]): NamedCell[] => {
    const [b, a] = onSharedGrid(withB.filter((run) => run.setting === setting), own).map(best);
    if (!a || !b) return [];
    const pairs = b.runs.flatMap((one) => {
      const other = a.runs.find(({ seed }) => seed === one.seed);
      return other ? [[one, other] as const] : [];
    });
    if (pairs.length === 0) return [];
    const name = `${own[0].dataset}, lr ${b.learningRate.toExponential()} and ${a.learningRate.toExponential()}:`;
    return [{ ...pair(pairs.map(([one, other]) => accuracy(one) - accuracy(other)), 1, 0.005), name, used: pairs.flat() }];
  });
  return voteOn(cells, { what: "accuracy with B = 0 less A = 0", say: pointsInterval });
};

/**
 * A-C-3: R-ORDER per task and scale s: the learning rate of best mean clean accuracy, among those of both methods. A scale supports if LoRA's
 * is at least 3 times FF's, opposes if it is not above it; R-VOTE over scales.
 */
const needsHigherRate: RunRule = (runs) => {
  const arms = cleanLora(runs, (lora) => isPlainStart(lora) && lora.rank === usualSize.rank && hasUsualVariance(lora));
  const cells = [...Map.groupBy(arms, ({ setting, lora }) => `${setting} ${lora.alpha}`).values()].flatMap((arm): NamedCell[] => {
    const [{ dataset, setting, lora }] = arm, ofFull = runs.filter((run) => isClean(run) && run.lora === null && run.setting === setting);
    const [full, own] = onSharedGrid(ofFull, arm);
    if (new Set(own.map(({ learningRate }) => learningRate)).size < leastRates) return [];
    const { learningRate, runs: at } = best(own)!, top = best(full)!, ratio = learningRate / top.learningRate;
    const vote: Vote = ratio >= 3 ? "supports" : ratio <= 1 ? "opposes" : "open", seeds = Math.min(at.length, top.runs.length);
    const name = `${dataset}, s = ${scaleOf(lora)}:`;
    return [{ vote, mean: ratio, low: null, high: null, seeds, direction: Math.log(ratio), name, used: [...at, ...top.runs] }];
  });
  return voteOn(cells, { what: "LoRA's best learning rate over FF's", say: ({ mean }) => `× ${Number(mean.toPrecision(2))}` });
};

/** The ranks that A-C-4 names. */
const scaledRanks = [2, 4, 8, 32];

/** Kendall's tau over rank, in the mean, where each rank's best scale is drawn out of those on offer. */
function tauByChance(ranks: readonly number[], offers: readonly (readonly number[])[]): number {
  const rng = createRng("scales");
  return mean(Array.from({ length: 1000 }, () => kendallTau(ranks, offers.map((scales) => scales[rng.integer(scales.length)]))));
}

/**
 * A-C-4: at one learning rate, per seed the s = alpha / r of best clean accuracy at each rank; R-TREND of it falling with rank. Of the claim's alphas
 * (r, 2r, 16, 32, 64) low ranks have the larger scales, so that even chance has a trend: it is told beside the verdict.
 */
const scaleFallsWithRank: RunRule = (runs) => {
  const arms = cleanLora(runs, (lora) => isPlainStart(lora) && scaledRanks.includes(lora.rank) && hasUsualVariance(lora))
    .filter(({ main }) => main);
  const seeds = [...Map.groupBy(arms, ({ seed, setting }) => `${seed} ${setting}`).values()].flatMap((own) => {
    const ranks = [...Map.groupBy(own, ({ lora }) => lora.rank)].filter(([, at]) => new Set(at.map(({ lora }) => lora.alpha)).size >= 3);
    if (ranks.length < 3) return [];
    const bestScale = (at: readonly LoraRun[]) => at.reduce((a, b) => accuracy(b) > accuracy(a) ? b : a).lora;
    const scales = ranks.map(([, at]) => bestScale(at)).map(scaleOf);
    const names = ranks.map(([rank]) => rank), offers = ranks.map(([, at]) => at.map(({ lora }) => scaleOf(lora)));
    return [{ tau: kendallTau(names, scales), chance: tauByChance(names, offers), runs: ranks.flatMap(([, at]) => at) }];
  });
  if (seeds.length === 0) return null;
  const cell = { ...trend(seeds.map(({ tau }) => tau), -1), name: "clean accuracy", used: seeds.flatMap(({ runs }) => runs) };
  const chance = `scales chosen by chance would have tau ${signed(mean(seeds.map(({ chance }) => chance)), 2)} on this grid`;
  return voteOn([cell], { what: "best alpha / r over rank", say: tau, remarks: [chance] });
};

/** A-C-5: A as drawn against A trained, never poisoned: R-FLAT(1 point), opposed beyond 2 points, and a ratio of standard deviations of at most 1. */
const frozenIsNoWorse: RunRule = (runs) => {
  const arm = (trainA: boolean) => cleanLora(runs, (lora) => isBase(lora) && lora.zero === "B" && lora.trainA === trainA);
  const pairs = matched(arm(false), arm(true));
  if (pairs.length < 2) return null;
  const cell = flatUnless(pairs.map(([frozen, trained]) => accuracy(frozen) - accuracy(trained)), 0.01, 0.02);
  const [frozen, trained] = [0, 1].map((arm) => standardDeviation(pairs.map((pair) => accuracy(pair[arm])))!), ratio = frozen / trained;
  const hurts = cell.vote === "opposes" && cell.mean < 0, alike = cell.vote === "supports" || cell.vote === "opposes" && cell.mean > 0;
  return {
    verdict: hurts ? "not reproduced" : both(alike, ratio <= 1),
    direction: cell.direction,
    effect: `frozen − trained: ${pointsInterval(cell)} (${cell.vote}), standard deviation × ${ratio.toFixed(2)}, ${count(cell.seeds, "seed")}`,
    ours: `accuracy, frozen − trained: ${pointsInterval(cell)}, standard deviation × ${ratio.toFixed(2)}`,
    used: pairs.flat(),
    seeds: cell.seeds,
  };
};

/** Whether a backdoor's trigger is another text than the paper's. */
function hasOwnWords({ attackSettings }: Run): boolean {
  const { trigger } = JSON.parse(attackSettings) as { readonly trigger?: Pick<Trigger, "text"> };
  return trigger !== undefined && trigger.text !== variants.paper.trigger.text;
}

/** A-3.3-7: over triggers that occur once per method: the share with ASR above 50 %, McNemar's exact test, p < 0.01. Triggers take the place of seeds. */
const fewerTriggersWork: RunRule = (runs) => {
  const others = runs.filter((run) => run.attack === "bpa" && run.variant === "paper" && hasOwnWords(run) && run.triggered !== null);
  const pairs = pairings(others, "bpa", () => true).flatMap(({ pairs }) => pairs.slice(0, 1));
  if (pairs.length < 20) return null;
  const works = (run: Run) => run.triggered!.asTarget > 0.5;
  const full = pairs.filter(([f, l]) => works(f) && !works(l)).length, lora = pairs.filter(([f, l]) => !works(f) && works(l)).length;
  const p = mcNemar(full, lora), shares = [0, 1].map((arm) => pairs.filter((pair) => works(pair[arm])).length / pairs.length);
  const outcome: Outcome = {
    verdict: p < 0.01 && full > lora ? "reproduced" : "not reproduced",
    direction: full - lora,
    effect: `${pairs.length} triggers: ${full} work on FF alone, ${lora} on LoRA alone (p ${p.toPrecision(2)}); shares ${
      shares.map((share) => share.toFixed(2)).join(" and ")
    }`,
    ours: `${full} triggers work on FF alone, ${lora} on LoRA alone`,
    used: pairs.flat(),
    seeds: pairs.length,
  };
  return outcome;
};

/** A-3.3-8: relative loss under flips (as told with A-4.3-1) and under noise on never-poisoned models' inputs, each R-PAIR(0.005), R-VOTE; both as R-AGG. */
const losesMoreToNoise: RunRule = (runs) => {
  const kinds = [...new Set(runs.flatMap(({ changed }) => Object.keys(changed)))].filter((change) => /-noise"/.test(change));
  const cells = kinds.flatMap((kind) => {
    const lost = (run: Run) => run.changed[kind] ? 1 - run.changed[kind].metrics.accuracy / accuracy(run) : null;
    const named = cellsOf(pairings(runs, "none"), difference(lost), (values) => pair(values, 1, 0.005));
    return named.map((cell) => ({ ...cell, name: `${cell.name}, ${JSON.parse(kind).kind}` }));
  });
  const noise = voteOn(cells, { what: "relative loss under noise, LoRA − FF", say: pointsInterval });
  return noise && together([losesMoreOfItsOwn(runs), noise], aggregate);
};

export const controls: Deciders = {
  "A-3.2-7": {
    from: "runs",
    rule: fullRankLearnsAlike,
    needs: "LoRA of full rank beside full fine-tuning at one learning rate (full-rank)",
    link: "full-rank",
  },
  "A-3.3-7": { from: "runs", rule: fewerTriggersWork, needs: "backdoored runs of both methods with many triggers (triggers)", link: "triggers" },
  "A-3.3-8": {
    from: "runs",
    rule: losesMoreToNoise,
    needs: "never-poisoned runs of both methods evaluated under noise (table-e1), and label flips (fig-a1)",
    link: "fig-a1",
  },
  "A-C-2": {
    from: "runs",
    rule: startsBetterWithBZero,
    needs: "LoRA started with A = 0 and with B = 0 (starting-factors)",
    link: "starting-factors",
  },
  "A-C-3": {
    from: "runs",
    rule: needsHigherRate,
    needs: "never-poisoned runs of both methods at three learning rates or more (learning-rates)",
    link: "learning-rates",
  },
  "A-C-4": { from: "runs", rule: scaleFallsWithRank, needs: "never-poisoned LoRA runs over ranks and alphas (alphas)", link: "alphas" },
  "A-C-5": { from: "runs", rule: frozenIsNoWorse, needs: "LoRA with A frozen and trained (frozen-factor)", link: "frozen-factor" },
};
