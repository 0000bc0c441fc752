/** Rank: Figures 4, 9 and 10 (A-4.4.1-1 ... 6, A-4.5-3, A-E.4-4, A-E.4-5). Sweeps with alpha = r at the main learning rate decide. */
import { usualSize } from "../../adapter/method.ts";
import { count } from "../../math/count.ts";
import { mean } from "../../math/statistics.ts";
import { cleanTwin, withTwins } from "../arms.ts";
import type { SweepAttack } from "../../experiment/grid.ts";
import type { Deciders } from "../decider.ts";
import { accuracy, attackSuccess, flatCell, type FlatOptions, type Measure, trendCells } from "../measures.ts";
import type { Run } from "../observe.ts";
import { type NamedCell, type Outcome, type RunRule, together, untestable, voteOn } from "../outcome.ts";
import { pair, type Sign } from "../rules/cell.ts";
import { curves, matchedSweeps, rankSweeps, runsAt, type Sweep } from "../sweeps.ts";
import { aggregate, counted, lowered } from "../verdict.ts";
import { list, pointsInterval, tau } from "../words.ts";

/** The sweeps that decide: those of the figures, or all where none of them is at hand. */
export function deciding(sweeps: readonly Sweep[]): readonly Sweep[] {
  const shown = sweeps.filter(({ main }) => main);
  return shown.length ? shown : sweeps;
}

/** Accuracy of the never-poisoned twin less own accuracy, on rows without trigger. */
export function gapTo(runs: readonly Run[]): Measure {
  const twin = cleanTwin(runs);
  return (run) => {
    const clean = twin(run);
    return clean ? accuracy(clean) - accuracy(run) : null;
  };
}

/** The same rule with the ranks at which training breaks without any poison: where nothing is learnt, no gap can show. */
const besideBroken = (rule: RunRule): RunRule => (runs) => {
  const found = rule(runs),
    broken = deciding(rankSweeps(runs, "none", "upa")).flatMap((sweep) => {
      const ranks = [...runsAt(sweep)].filter(([, own]) => own.filter((run) => run.collapsed).length > own.length / 2).map(([rank]) => rank);
      return ranks.length ? [`${sweep.name}: rank ${list(ranks.sort((a, b) => a - b))}`] : [];
    });
  if (!found || broken.length === 0) return found;
  const told = `most never-poisoned runs predict one class, so that no gap can show there, at ${broken.join("; ")}`;
  return { ...found, remarks: [...found.remarks ?? [], told] };
};

/** Never-poisoned accuracy over rank, in the sweep beside an attack: R-FLAT(margin), opposed by a range of means above `range`. */
const flatWhenClean = (beside: SweepAttack, margin: number, range: number, universal: boolean): RunRule => (runs) => {
  const options: FlatOptions = { margin, refutes: (grid) => grid.range > range };
  const cells = deciding(rankSweeps(runs, "none", beside)).flatMap((sweep) => flatCell(sweep.name, curves(sweep, accuracy), options) ?? []);
  return voteOn(cells, { what: "never-poisoned accuracy over rank, farthest point from the mean", say: pointsInterval, universal });
};

/** R-TREND over rank, R-VOTE over tasks; other learning rates, other alphas and matched clean loss are told beside it. */
function trendOverRank(attack: SweepAttack, measureOf: (runs: readonly Run[]) => Measure, sign: Sign, what: string): RunRule {
  return (runs) => {
    const measure = measureOf(runs), sweeps = rankSweeps(runs, attack), shown = deciding(sweeps);
    const cells = (some: readonly Sweep[]) => trendCells(some, measure, sign);
    const told = (cell: NamedCell) => `${cell.name}: ${cell.vote} (${tau(cell)}, ${count(cell.seeds, "seed")})`;
    const controls = [...cells(sweeps.filter((sweep) => !shown.includes(sweep))), ...cells(matchedSweeps(runs, attack))];
    return voteOn(cells(shown), { what: `${what} over rank`, say: tau, remarks: controls.map(told) });
  };
}

const gapFalls = withTwins(trendOverRank("upa", gapTo, -1, "gap clean − poisoned"));
const successRises = trendOverRank("bpa", () => attackSuccess, 1, "ASR");

/** Lowered by one step where the sweep at matched clean training loss opposes. */
const unlessMatchedOpposes = (rule: RunRule, attack: SweepAttack, measureOf: (runs: readonly Run[]) => Measure, sign: Sign): RunRule => (runs) => {
  const found = rule(runs), matched = trendCells(matchedSweeps(runs, attack), measureOf(runs), sign);
  if (!found || !matched.some(({ vote }) => vote === "opposes")) return found;
  return {
    ...found,
    verdict: lowered(found.verdict),
    remarks: [...found.remarks ?? [], "lowered by one step: the trend is reversed at matched clean loss"],
  };
};

/** Per seed: the mean gap at ranks up to 8 less the mean gap at ranks from 64; R-PAIR with delta 3 points. */
const largerBelowEight = withTwins((runs) => {
  const gap = gapTo(runs);
  const cells = deciding(rankSweeps(runs, "upa")).flatMap((sweep): NamedCell[] => {
    const steps = curves(sweep, gap).flatMap(({ x, y, runs }) => {
      const low = y.filter((_, i) => x[i] <= 8), high = y.filter((_, i) => x[i] >= 64);
      return low.length && high.length ? [{ step: mean(low) - mean(high), runs }] : [];
    });
    return steps.length ? [{ ...pair(steps.map(({ step }) => step), 1, 0.03), name: sweep.name, used: steps.flatMap(({ runs }) => runs) }] : [];
  });
  return voteOn(cells, { what: "gap at ranks to 8 less gap at ranks from 64", say: pointsInterval });
});

/** A-4.4.1-2: both conditions, together as R-AGG; not reproduced if the gap rises with rank at matched clean loss. */
const threshold: RunRule = (runs) => {
  const both = together([gapFalls(runs), largerBelowEight(runs)], aggregate);
  const matched = trendCells(matchedSweeps(runs, "upa"), gapTo(runs), -1);
  return both && matched.some(({ vote }) => vote === "opposes") ? { ...both, verdict: "not reproduced" } : both;
};

/**
 * A-4.4.1-6: R-COUNT over tasks under one setting (same learning rate and alpha): the gap under flips falls with rank and ASR rises, both
 * by R-TREND; or both the other way. Reproduced on at least 3/4 of the tasks, partly on one.
 */
const tradesOff = withTwins((runs) => {
  const flips = deciding(rankSweeps(runs, "upa")), doors = deciding(rankSweeps(runs, "bpa")), gap = gapTo(runs);
  const both = flips.flatMap((flip) => {
    const door = doors.find(({ setting, learningRate, policy }) =>
      setting === flip.setting && learningRate === flip.learningRate && policy === flip.policy
    );
    const [upa] = trendCells([flip], gap, -1), [bpa] = door ? trendCells([door], attackSuccess, 1) : [];
    return upa && bpa ? [{ upa, bpa }] : [];
  });
  if (both.length === 0) return null;
  const isTrade = ({ upa, bpa }: typeof both[number]) => upa.vote !== "open" && upa.vote === bpa.vote;
  const trades = both.filter(isTrade).length;
  const outcome: Outcome = {
    verdict: counted(trades, both.length * 3 / 4),
    direction: mean(both.map(({ upa, bpa }) => Math.min(upa.direction, bpa.direction))),
    effect: `${both.map(({ upa, bpa }) => `${upa.name}: gap ${tau(upa)}, ASR ${tau(bpa)}`).join("; ")}; a trade-off on ${trades} of ${
      count(both.length, "task")
    }`,
    ours: `a trade-off on ${trades} of ${count(both.length, "task")}`,
    used: both.flatMap(({ upa, bpa }) => [...upa.used, ...bpa.used]),
    seeds: Math.min(...both.flatMap(({ upa, bpa }) => [upa.seeds, bpa.seeds])),
  };
  return outcome;
});

const { rank: usualRank } = usualSize;

/** A-4.5-3: ASR at the smallest rank whose mean clean accuracy lies within 1 point of the best, less ASR at rank 8: R-PAIR(0.05) below 0, R-VOTE. */
const smallestThatServes: RunRule = (runs) => {
  const clean = rankSweeps(runs, "none");
  const tasks = deciding(rankSweeps(runs, "bpa")).flatMap((sweep) => {
    const own = clean.find(({ setting, learningRate, policy }) =>
      setting === sweep.setting && learningRate === sweep.learningRate && policy === sweep.policy
    );
    const attacked = runsAt(sweep), reached = own ? [...runsAt(own)].filter(([rank]) => attacked.has(rank)) : [];
    const means = reached.map(([rank, runs]) => ({ rank, accuracy: mean(runs.map(accuracy)) }));
    const best = Math.max(...means.map(({ accuracy }) => accuracy));
    const smallest = Math.min(...means.filter(({ accuracy }) => accuracy >= best - 0.01).map(({ rank }) => rank));
    const known = [...sweep.seeds.values()].flatMap((byX) => {
      const small = byX.get(smallest), usual = byX.get(usualRank);
      return small?.triggered && usual?.triggered ? [{ value: small.triggered.asTarget - usual.triggered.asTarget, runs: [small, usual] }] : [];
    });
    return known.length ? [{ smallest, values: known.map(({ value }) => value), name: sweep.name, used: known.flatMap(({ runs }) => runs) }] : [];
  });
  const others = tasks.filter(({ smallest }) => smallest !== usualRank);
  if (tasks.length > 0 && others.length === 0) return nothingToCompare(tasks.flatMap(({ used }) => used));
  const cells = others.map(({ smallest, values, name, used }) => ({ ...pair(values, -1, 0.05), name: `${name}, rank ${smallest}`, used }));
  return voteOn(cells, { what: "ASR at the smallest rank that serves, less ASR at rank 8", say: pointsInterval });
};

/** Where the smallest rank that serves is the usual one. */
const nothingToCompare = (used: readonly Run[]): Outcome =>
  untestable({
    effect: `the smallest rank that serves is ${usualRank}, the usual one: there is nothing to compare it with`,
    ours: `the smallest rank that serves: ${usualRank}`,
    used: [...new Set(used)],
    seeds: new Set(used.map(({ seed }) => seed)).size,
  });

const needs = "LoRA runs over at least three ranks with alpha = r", flips = `${needs}, label flips and never-poisoned (fig-a9)`;
const doors = `${needs}, backdoor (fig-a10)`;

export const rank: Deciders = {
  "A-4.4.1-1": { from: "runs", rule: flatWhenClean("upa", 0.01, 0.03, true), needs: `${needs}, never poisoned (fig-a9)`, link: "fig-a4" },
  "A-4.4.1-2": { from: "runs", rule: besideBroken(threshold), needs: flips, link: "fig-a4" },
  "A-4.4.1-3": { from: "runs", rule: besideBroken(unlessMatchedOpposes(gapFalls, "upa", gapTo, -1)), needs: flips, link: "fig-a4" },
  "A-4.4.1-4": { from: "runs", rule: flatWhenClean("bpa", 0.015, 0.03, false), needs: `${needs}, never poisoned (fig-a10)`, link: "fig-a4" },
  "A-4.4.1-5": { from: "runs", rule: unlessMatchedOpposes(successRises, "bpa", () => attackSuccess, 1), needs: doors, link: "fig-a4" },
  "A-4.4.1-6": { from: "runs", rule: besideBroken(tradesOff), needs: `${needs}, both attacks at one learning rate`, link: "fig-a4" },
  "A-4.5-3": { from: "runs", rule: smallestThatServes, needs: `${doors}, rank 8 included, and never-poisoned ones`, link: "fig-a10" },
  "A-E.4-4": { from: "runs", rule: besideBroken(gapFalls), needs: flips, link: "fig-a9" },
  "A-E.4-5": { from: "runs", rule: successRises, needs: doors, link: "fig-a10" },
};
