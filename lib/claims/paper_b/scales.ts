/** One scale after training: Figure 3 and what is said of it (B-5.3-1, B-5.4-1 ... 5). */
import { median } from "simple-statistics";
import { scaleOf } from "../../adapter/method.ts";
import type { ChainMeasures } from "../../experiment/chain_rows.ts";
import { count } from "../../math/count.ts";
import { kendallTau } from "../../math/kendall.ts";
import { mean } from "../../math/statistics.ts";
import type { Chain, ChainRule } from "../chains.ts";
import type { Decider, Deciders } from "../decider.ts";
import { type NamedCell, type Outcome, voteOn } from "../outcome.ts";
import { pair, trend, voting } from "../rules/cell.ts";
import { counted } from "../verdict.ts";
import { pointsInterval, signed, tau } from "../words.ts";
import { allPieces, armOf, asr, besideNull, bySetting, differenceCells, pairsOf, settingOf, tenthsPercent } from "./arms.ts";
import { meanLogRatio } from "./spectra.ts";

interface Point extends Pick<ChainMeasures, "cleanAccuracy" | "attackSuccessRate" | "margin"> {
  readonly scale: number;
}

/** Held-out numbers at s = alpha / rank and at each larger scale that stands in its place, by rising s. */
function pointsOf(chain: Chain): Point[] {
  if (chain.method.name === "full") return [];
  const own = scaleOf(chain.method), at = new Map<number, Point>([[own, { scale: own, ...chain }]]);
  for (const point of chain.atScales) if (point.scale > own) at.set(point.scale, point);
  return [...at.values()].sort((a, b) => a.scale - b.scale);
}

/** Plain LoRA, and LoRA with RoRA's two pieces that train, before any rescaling. */
const trained = [{ title: "LoRA", pieces: "" }, { title: "RoRA before rescaling", pieces: "CI+Tr" }] as const;

const scaled = (chains: readonly Chain[], pieces: string): Chain[] => armOf(chains, "lora", pieces).filter(({ atScales }) => atScales.length > 0);

/**
 * B-5.4-1: per seed Kendall's tau of ASR over s from alpha / rank on, as far as clean accuracy stays within 5 points of that at alpha / rank; where only
 * one point does, tau is 0. R-TREND below 0, for LoRA and for RoRA before rescaling, R-VOTE.
 */
const fallsWithScale: ChainRule = besideNull((chains) =>
  voteOn(
    trained.flatMap(({ title, pieces }) =>
      bySetting(scaled(chains, pieces)).map(([name, used]): NamedCell<Chain> => {
        const taus = used.map((chain) => {
          const [first, ...rest] = pointsOf(chain), kept = [first, ...rest.filter((point) => point.cleanAccuracy >= first.cleanAccuracy - 0.05)];
          return kept.length < 2 ? 0 : kendallTau(kept.map(({ scale }) => scale), kept.map((point) => point.attackSuccessRate));
        });
        return { ...trend(taus, -1), name: `${name}, ${title}`, used };
      })
    ),
    { what: "ASR over s while clean accuracy holds", say: tau },
  )
);

/**
 * B-5.4-2, plain LoRA: from alpha / rank on, the share of grid points before ASR first falls below 90 % of its first value, and the
 * largest fall of ASR between two points at most a factor 4 apart; means over seeds. Half of the grid and 50 points, in every setting:
 * both reproduced, one partly. Read off the grid: a curve fitted to so few points would say no more.
 */
const staysThenDrops: ChainRule = besideNull((chains) => {
  const settings = bySetting(scaled(chains, "")).map(([name, used]) => {
    const shapes = used.map((chain) => {
      const points = pointsOf(chain),
        rates = points.map((point) => point.attackSuccessRate),
        first = rates.findIndex((rate) => rate < 0.9 * rates[0]);
      const falls = points.flatMap((a, i) => points.slice(i + 1).filter((b) => b.scale <= 4 * a.scale).map((b) => rates[i] - b.attackSuccessRate));
      return { plateau: (first < 0 ? rates.length : first) / rates.length, drop: Math.max(0, ...falls) };
    });
    return { name, used, seeds: used.length, plateau: mean(shapes.map(({ plateau }) => plateau)), drop: mean(shapes.map(({ drop }) => drop)) };
  });
  if (settings.length === 0) return null;
  const voters = voting(settings), plateau = Math.min(...voters.map((one) => one.plateau)), drop = Math.min(...voters.map((one) => one.drop));
  const said = `ASR near its first value over ${tenthsPercent(plateau)} of the scales, largest fall within a factor 4: ${tenthsPercent(drop)}`;
  const outcome: Outcome<Chain> = {
    verdict: counted(Number(plateau >= 0.5) + Number(drop >= 0.5), 2),
    direction: Math.min(plateau, drop) - 0.5,
    effect: `${said}; ${count(voters.length, "setting")}, at least ${count(Math.min(...voters.map(({ seeds }) => seeds)), "seed")}`,
    ours: said,
    used: voters.flatMap(({ used }) => used),
    seeds: Math.min(...voters.map(({ seeds }) => seeds)),
  };
  return outcome;
});

/** B-5.4-3: clean accuracy of plain LoRA at s = 128 less that at alpha / rank: R-PAIR(0.02) below 0, R-VOTE. */
const losesAccuracy: ChainRule = (chains) => {
  const cells = bySetting(scaled(chains, "")).flatMap(([name, own]): NamedCell<Chain>[] => {
    const known = own.flatMap((chain) => {
      const [first, ...rest] = pointsOf(chain), last = rest.find(({ scale }) => scale === 128);
      return last ? [{ chain, change: last.cleanAccuracy - first.cleanAccuracy }] : [];
    });
    return known.length ? [{ ...pair(known.map(({ change }) => change), -1, 0.02), name, used: known.map(({ chain }) => chain) }] : [];
  });
  return voteOn(cells, { what: "clean accuracy of LoRA, s = 128 − s as trained", say: pointsInterval });
};

/** The smallest s with ASR below 20 %; twice the largest where there is none. */
function firstLow(chain: Chain): number {
  const points = pointsOf(chain);
  return points.find(isLow)?.scale ?? 2 * points.at(-1)!.scale;
}

const isLow = (point: Point): boolean => point.attackSuccessRate < 0.2;
/** Of two classes a constant answer has half. */
const isChance = (point: Pick<Point, "cleanAccuracy">): boolean => point.cleanAccuracy < 0.55;

/** A low ASR is no forgetting where nothing is left to be attacked. */
function accuracyTold(chains: readonly Chain[]): string {
  const reached = chains.flatMap((chain) => pointsOf(chain).find(isLow) ?? []), lost = reached.filter(isChance).length;
  return reached.length
    ? `clean accuracy at the smallest such s: mean ${
      tenthsPercent(mean(reached.map(({ cleanAccuracy }) => cleanAccuracy)))
    }, below 55 % in ${lost} of ${count(reached.length, "run")} (of ${chains.length})`
    : `no such s in any of ${count(chains.length, "run")}`;
}

/** Factor from the smallest to the largest s up to which clean accuracy stays within 2 points of the first, in doublings. */
function doublings(chain: Chain): number {
  const points = pointsOf(chain), lost = points.findIndex((point) => point.cleanAccuracy < points[0].cleanAccuracy - 0.02);
  return Math.log2((lost < 0 ? points.at(-1)! : points[lost - 1]).scale / points[0].scale);
}

/**
 * B-5.4-4: log2 of the smallest s with ASR below 20 % (twice the largest of the grid where none has), LoRA - RoRA before rescaling: R-PAIR
 * above 0 by at least 1, a factor 2, R-VOTE. How far clean accuracy holds is told.
 */
const needsLess: ChainRule = besideNull((chains) => {
  const [lora, rora] = trained.map(({ pieces }) => scaled(chains, pieces)), pairs = pairsOf(lora, rora);
  const wide = trained.map(({ title }, i) => {
    const own = [lora, rora][i].filter((chain) => pairs.some(({ name }) => name === settingOf(chain)));
    return own.length ? `${title} ${mean(own.map(doublings)).toFixed(1)}` : "";
  }).filter(Boolean);
  return voteOn(differenceCells(pairs, (chain) => Math.log2(firstLow(chain)), (values) => pair(values, 1, 1)), {
    what: "doublings of s to an ASR below 20 %, LoRA − RoRA",
    say: ({ mean }) => signed(mean, 1),
    remarks: wide.length
      ? [
        `doublings of s with clean accuracy within 2 points: ${wide.join(", ")}`,
        accuracyTold(pairs.flatMap(({ pairs }) => pairs.flat())),
      ]
      : [],
  });
});

/**
 * B-5.3-1: CA - ASR with each module's own scale (Pt) less the best over one scale for all modules, chosen on the same rows, which favours the one
 * scale: R-PAIR(0.02) above 0, on plain LoRA's update and on RoRA's, R-VOTE. How far the modules' own scales are apart is told.
 */
const perLayerIsBetter: ChainRule = besideNull((chains) => {
  const bestPoint = (chain: Chain): Pick<Point, "cleanAccuracy" | "margin"> =>
    [chain, ...chain.atScales].reduce((a, b) => b.margin > a.margin ? b : a);
  const cells = trained.flatMap(({ title, pieces }) =>
    pairsOf(armOf(chains, "lora", pieces ? allPieces : "Pt"), scaled(chains, pieces)).map(({ name, pairs }): NamedCell<Chain> => ({
      ...pair(pairs.map(([own, one]) => own.margin - bestPoint(one).margin), 1, 0.02),
      name: `${name}, ${title}`,
      used: pairs.flat(),
    }))
  );
  const used = cells.flatMap((cell) => cell.used), swept = used.filter(({ atScales }) => atScales.length > 0);
  const spreads = used.flatMap(({ rescaled }) => rescaled ? [Object.values(rescaled)] : []);
  const apart = spreads.map((scales) => Math.max(...scales) / Math.min(...scales));
  return voteOn(cells, {
    what: "CA − ASR, each module's own scale − the best one scale",
    say: pointsInterval,
    remarks: apart.length
      ? [
        `largest over smallest of the modules' own scales: median ${median(apart).toFixed(2)}`,
        "own scales stand in the top layers that the profile rescales, the one scale in every module",
        `in ${swept.filter((chain) => isChance(bestPoint(chain))).length} of ${
          count(swept.length, "run")
        } the best one scale answers by chance: clean ` +
        "accuracy below 55 %, and a constant answer has a margin of 50 points",
      ]
      : [],
  });
});

/**
 * B-5.4-5, necessity by R-CEX: a run without rescaling whose ASR is below 10 % while LoRA's from the same encoder is above 50 %, and whose update
 * is no stronger beside the weight than LoRA's (mean ratio at least 0.9 times its). One such run refutes. Without any, sufficiency:
 * reproduced if a rescaled run (Pt) keeps an ASR above 50 %, partly if none does.
 */
const neededNotEnough: ChainRule = besideNull((chains) => {
  const lora = armOf(chains, "lora").filter((chain) => chain.spectra.length > 0 && asr(chain) > 0.5);
  const unscaled = ["CI", "Tr", "CI+Tr"].flatMap((pieces) => pairsOf(armOf(chains, "lora", pieces), lora).flatMap(({ pairs }) => pairs));
  const known = unscaled.filter(([one]) => one.spectra.length > 0);
  if (known.length === 0) return null;
  const found = known.filter(([one, plain]) => asr(one) < 0.1 && meanLogRatio(one) >= meanLogRatio(plain) + Math.log(0.9));
  const rescaled = ["Pt", allPieces].flatMap((pieces) => pairsOf(armOf(chains, "lora", pieces), lora).flatMap(({ pairs }) => pairs));
  const kept = rescaled.filter(([one]) => asr(one) > 0.5),
    leastOf = (pairs: typeof known) => tenthsPercent(Math.min(...pairs.map(([one]) => asr(one))));
  const forgets = rescaled.some(([one]) => asr(one) < 0.1);
  const used = [...new Set((found.length ? found : [...known, ...rescaled]).flat())];
  const outcome: Outcome<Chain> = {
    verdict: found.length ? "refuted by counter-example" : kept.length ? "reproduced" : "partly",
    direction: found.length ? -1 : 1,
    effect: `an ASR below 10 % without a stronger update: ${found.length} of ${count(known.length, "run")} (smallest ASR ${leastOf(known)}); ` +
      `an ASR above 50 % with a rescaled one: ${kept.length} of ${rescaled.length}`,
    remarks: rescaled.length && !forgets && !found.length
      ? [`no rescaled run falls below 10 % either (smallest ASR ${leastOf(rescaled)}): that strength is needed has had no test`]
      : [],
    ours: `${found.length} of ${count(known.length, "run")} forget without a stronger update`,
    used,
    seeds: new Set(known.map(([{ seed }]) => seed)).size,
  };
  return outcome;
});

const sweep = "LoRA and RoRA before rescaling, evaluated with larger scales after training (fig-b3)";
const by = (rule: ChainRule, link = "fig-b3", needs = sweep): Decider => ({ from: "chains", rule, needs, link });

export const scales: Deciders = {
  "B-5.3-1": by(perLayerIsBetter, "fig-b3", `${sweep}, and with each module's own (table-b5)`),
  "B-5.4-1": by(fallsWithScale),
  "B-5.4-2": by(staysThenDrops),
  "B-5.4-3": by(losesAccuracy),
  "B-5.4-4": by(needsLess),
  "B-5.4-5": by(neededNotEnough, "table-b5", "every subset of RoRA's pieces from the same poisoned encoders (table-b5)"),
};
