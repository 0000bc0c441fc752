/** RoRA over lambda, the dropout rate, rank and alpha: Figures 5 to 7 (B-6.2-8, B-6.2-10 ... 14, B-A.3-1 ... 4). */
import { count } from "../../math/count.ts";
import { mean, standardDeviation } from "../../math/statistics.ts";
import type { Chain, ChainRule } from "../chains.ts";
import type { Decider, Deciders } from "../decider.ts";
import { flatCell } from "../measures.ts";
import { type NamedCell, type Outcome, together, voteOn } from "../outcome.ts";
import { atSharedPoints } from "../grid_points.ts";
import { pair, type Sign, voting } from "../rules/cell.ts";
import { below, everyOne } from "../rules/numeric.ts";
import { aggregate } from "../verdict.ts";
import { list, pointsInterval } from "../words.ts";
import {
  accuracy,
  allPieces,
  armOf,
  asr,
  besideNull,
  bySetting,
  curvesOver,
  differenceCells,
  margin,
  meanCells,
  meanPercent,
  pairsOf,
  settingOf,
  tenthsPercent,
} from "./arms.ts";
import { atMost } from "./numbers.ts";

type Axis = "lambda" | "rate" | "rank" | "alpha";

const at: Readonly<Record<Axis, (chain: Chain) => number>> = {
  lambda: ({ rora }) => rora?.tr?.lambda ?? NaN,
  rate: ({ rora }) => rora?.ci?.rate ?? NaN,
  rank: ({ method }) => method.name === "full" ? NaN : method.rank,
  alpha: ({ method }) => method.name === "full" ? NaN : method.alpha,
};

const names: Readonly<Record<Axis, string>> = { lambda: "lambda", rate: "p", rank: "rank", alpha: "alpha" };

/** RoRA on LoRA with everything but one setting and the dose as the profile has it, that one within bounds; only where it was varied. */
function along(chains: readonly Chain[], axis: Axis, low = -Infinity, high = Infinity): Chain[] {
  const rows = armOf(chains, "lora", allPieces, [axis, "poisonRate"]);
  const varied = new Set(rows.filter(({ differs }) => differs.includes(axis)).map(settingOf));
  return rows.filter((chain) => varied.has(settingOf(chain)) && low <= at[axis](chain) && at[axis](chain) <= high);
}

const valuesOf = (rows: readonly Chain[], axis: Axis): number[] => [...new Set(rows.map(at[axis]))].sort((a, b) => a - b);
const gridTold = (rows: readonly Chain[], axis: Axis): string => `${names[axis]}: ${list(valuesOf(rows, axis))}`;

/** Flat is not low: where the means over seeds lie. */
const levelsTold = (rows: readonly Chain[], axis: Axis, measure: (chain: Chain) => number, what: string): string => {
  const means = [...Map.groupBy(rows, at[axis]).values()].map((own) => mean(own.map(measure)));
  return `mean ${what} from ${tenthsPercent(Math.min(...means))} to ${tenthsPercent(Math.max(...means))}`;
};

/** R-FLAT(margin) over part of an axis with at least two values, each against the seed's mean over them; opposed by a range of means above `range`. */
function flatAlong(chains: readonly Chain[], axis: Axis, [low, high]: readonly [number, number], measure: (chain: Chain) => number, options: {
  readonly what: string;
  readonly margin: number;
  readonly range: number;
}): Outcome<Chain> | null {
  const rows = along(chains, axis, low, high);
  const cells = curvesOver(rows, at[axis], measure).flatMap(({ name, curves }) =>
    flatCell(name, curves, { margin: options.margin, refutes: ({ range }) => range > options.range }) ?? []
  );
  return voteOn(cells, {
    what: `${options.what} over ${names[axis]}, farthest point from the mean`,
    say: pointsInterval,
    remarks: toldOf(cells, axis, measure, options.what),
  });
}

/** Which values decide, and what is measured there. */
function toldOf(cells: readonly NamedCell<Chain>[], axis: Axis, measure: (chain: Chain) => number, what: string): string[] {
  const used = voting(cells).flatMap((cell) => cell.used);
  return used.length ? [gridTold(used, axis), levelsTold(used, axis, measure, what)] : [];
}

/** R-PAIR of a measure between two values of an axis, per setting, R-VOTE. */
function stepAlong(
  chains: readonly Chain[],
  axis: Axis,
  from: number,
  to: number,
  measure: (chain: Chain) => number,
  what: string,
  sign: Sign,
  delta: number,
) {
  const pairs = pairsOf(along(chains, axis, to, to), along(chains, axis, from, from));
  return voteOn(differenceCells(pairs, measure, (values) => pair(values, sign, delta)), {
    what: `${what}, ${names[axis]} ${to} − ${names[axis]} ${from}`,
    say: pointsInterval,
  });
}

/** Mean ASR at each value below 20 %, refuted above 50 %: R-NUM in every cell. */
function lowAlong(chains: readonly Chain[], axis: Axis, [low, high]: readonly [number, number]): Outcome<Chain> | null {
  const rows = along(chains, axis, low, high);
  const cells = valuesOf(rows, axis).flatMap((value) =>
    meanCells(rows.filter((chain) => at[axis](chain) === value), asr, below(0.2, 0.5), `, ${names[axis]} = ${value}`)
  );
  return everyOne(cells, { what: "ASR", say: meanPercent });
}

/** B-6.2-8: ASR over lambda from 1 to 15: flat, R-FLAT(10 points), opposed by a range of means above 20 points, and low; both as R-AGG. */
const flatOverLambda: ChainRule = besideNull((chains) => {
  const flat = flatAlong(chains, "lambda", [1, 15], asr, { what: "ASR", margin: 0.1, range: 0.2 });
  return flat && together([flat, lowAlong(chains, "lambda", [1, 15])], aggregate);
});

/**
 * B-6.2-10: range of mean CA - ASR over lambda, at least three values, at most twice its standard deviation over seeds (pooled over the values): R-NUM per
 * setting. Seeds come from the same encoders at every value.
 */
const lambdaMattersLittle: ChainRule = besideNull((chains) => {
  const rows = along(chains, "lambda");
  const cells = bySetting(rows).flatMap(([name, all]): NamedCell<Chain>[] => {
    const { kept: own } = atSharedPoints(all, { seedOf: ({ start }) => start, xOf: at.lambda, least: 3 });
    const points = [...Map.groupBy(own, at.lambda).values()].map((runs) => runs.map(margin));
    const spreads = points.map((values) => standardDeviation(values)).filter((one) => one !== null), means = points.map((values) => mean(values));
    if (points.length < 3 || spreads.length < points.length) return [];
    const range = Math.max(...means) - Math.min(...means), sd = Math.sqrt(mean(spreads.map((one) => one ** 2)));
    const cell = { mean: range, low: null, high: null, seeds: Math.min(...points.map(({ length }) => length)), direction: 2 * sd - range };
    return [{
      ...cell,
      vote: range <= 2 * sd ? "supports" : "opposes",
      name: `${name}, standard deviation ${(100 * sd).toFixed(1)} points`,
      used: own,
    }];
  });
  return everyOne(cells, { what: "range of CA − ASR over lambda", say: pointsInterval, remarks: toldOf(cells, "lambda", asr, "ASR") });
});

/**
 * B-6.2-11: clean accuracy over p up to .2 by R-FLAT(2 points), and mean ASR at each p from .1 to .2 below 20 %, refuted above 50 %, by R-NUM in every
 * cell; both as R-AGG.
 */
const gentleDropoutServes: ChainRule = besideNull((chains) => {
  const accurate = flatAlong(chains, "rate", [0, 0.2], accuracy, { what: "clean accuracy", margin: 0.02, range: Infinity });
  return accurate && together([accurate, lowAlong(chains, "rate", [0.1, 0.2])], aggregate);
});

/** B-6.2-12: ASR at p = .05 less that at .1: R-PAIR(0.1) above 0. */
const tooLittle: ChainRule = besideNull((chains) => stepAlong(chains, "rate", 0.1, 0.05, asr, "ASR", 1, 0.1));

/** B-6.2-13: at p = .3 against .1 clean accuracy falls, R-PAIR(0.01), and ASR rises, R-PAIR(0.1); both as R-AGG. */
const tooMuch: ChainRule = besideNull((chains) =>
  together([
    stepAlong(chains, "rate", 0.1, 0.3, accuracy, "clean accuracy", -1, 0.01),
    stepAlong(chains, "rate", 0.1, 0.3, asr, "ASR", 1, 0.1),
  ], aggregate)
);

/** B-6.2-14: the p with the largest CA - ASR, seed by seed over at least three values (equal ones: the smaller p): reproduced if the commonest is .1 or .15. */
const bestNearTenth: ChainRule = besideNull((chains) => {
  const whole = curvesOver(along(chains, "rate"), at.rate, margin).map(({ curves }) => curves.filter(({ x }) => x.length >= 3));
  const settings = whole.filter(({ length }) => length > 0), found = settings.flat();
  if (found.length === 0) return null;
  const best = found.map(({ x, y }) => x[y.indexOf(Math.max(...y))]),
    counts = [...Map.groupBy(best, (p) => p)].map(([p, own]) => ({ p, n: own.length }));
  const most = Math.max(...counts.map(({ n }) => n)), isNear = ({ p }: { p: number }) => p === 0.1 || p === 0.15;
  const near = Math.max(0, ...counts.filter(isNear).map(({ n }) => n)),
    others = Math.max(0, ...counts.filter((one) => !isNear(one)).map(({ n }) => n));
  const said = counts.sort((a, b) => a.p - b.p).map(({ p, n }) => `p = ${p} on ${count(n, "seed")}`).join(", ");
  const outcome: Outcome<Chain> = {
    verdict: near === most && others < most ? "reproduced" : near === most ? "partly" : "not reproduced", // partly: another p is as common
    direction: near - others,
    effect: `largest CA − ASR: ${said}`,
    ours: said,
    used: found.flatMap(({ runs }) => runs),
    seeds: Math.min(...settings.map(({ length }) => length)),
    remarks: [gridTold(found.flatMap(({ runs }) => runs), "rate")],
  };
  return outcome;
});

/**
 * B-A.3-1: over ranks from 4 to 32 at one alpha: ASR by R-FLAT(10 points), opposed by a range above 20 points, and low; clean accuracy by
 * R-FLAT(1 point); all as R-AGG.
 */
const stableOverRank: ChainRule = besideNull((chains) => {
  const flat = flatAlong(chains, "rank", [4, 32], asr, { what: "ASR", margin: 0.1, range: 0.2 });
  const accurate = flatAlong(chains, "rank", [4, 32], accuracy, { what: "clean accuracy", margin: 0.01, range: Infinity });
  return flat && together([flat, lowAlong(chains, "rank", [4, 32]), accurate], aggregate);
});

/** B-A.3-2: ASR at rank 64 less that at rank 8: R-PAIR(0.05) above 0. */
const largeRankHurts: ChainRule = besideNull((chains) => stepAlong(chains, "rank", 8, 64, asr, "ASR", 1, 0.05));

/** B-A.3-3: mean ASR at each alpha from 16 to 64 at most 15 %, refuted above 30 %: R-NUM in every cell. */
const lowUpToAlpha64: ChainRule = besideNull((chains) => {
  const rows = along(chains, "alpha", 16, 64);
  if (valuesOf(rows, "alpha").length < 2) return null;
  const cells = valuesOf(rows, "alpha").flatMap((alpha) =>
    meanCells(rows.filter((chain) => at.alpha(chain) === alpha), asr, atMost(0.15, 0.3), `, alpha ${alpha}`)
  );
  return everyOne(cells, { what: "ASR", say: meanPercent });
});

/** B-A.3-4: ASR at alpha = 128 less that at 32, or at the largest alpha below it that was run: R-PAIR(0.2) above 0. The change of clean accuracy is told. */
const jumpsAtAlpha128: ChainRule = besideNull((chains) => {
  const from = valuesOf(along(chains, "alpha", 16, 32), "alpha").at(-1);
  if (from === undefined) return null;
  const found = stepAlong(chains, "alpha", from, 128, asr, "ASR", 1, 0.2),
    accurate = stepAlong(chains, "alpha", from, 128, accuracy, "clean accuracy", -1, 0.005);
  return found && { ...found, remarks: [...found.remarks ?? [], accurate!.ours] };
});

const by = (rule: ChainRule, link: string, over: string): Decider => ({
  from: "chains",
  rule,
  needs: `RoRA over ${over} from the same poisoned encoders (${link})`,
  link,
});

export const sensitivity: Deciders = {
  "B-6.2-8": by(flatOverLambda, "fig-b5a", "lambda"),
  "B-6.2-10": by(lambdaMattersLittle, "fig-b5a", "three values of lambda or more"),
  "B-6.2-11": by(gentleDropoutServes, "fig-b5b", "the dropout rate"),
  "B-6.2-12": by(tooLittle, "fig-b5b", "the dropout rate, .05 and .1 among them,"),
  "B-6.2-13": by(tooMuch, "fig-b5b", "the dropout rate, .1 and .3 among them,"),
  "B-6.2-14": by(bestNearTenth, "fig-b5b", "three dropout rates or more"),
  "B-A.3-1": by(stableOverRank, "fig-b6", "ranks"),
  "B-A.3-2": by(largeRankHurts, "fig-b6", "ranks, 8 and 64 among them,"),
  "B-A.3-3": by(lowUpToAlpha64, "fig-b7", "alpha"),
  "B-A.3-4": by(jumpsAtAlpha128, "fig-b7", "alpha, 128 among them,"),
};
