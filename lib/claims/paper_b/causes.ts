/** What goes with survival over LoRA's runs: the spectral ratio, the rank, the alignment (B-0-2, B-4.1-3, B-4.3-3, B-4.3-7). */
import { count } from "../../math/count.ts";
import { createRng } from "../../math/random.ts";
import type { Chain, ChainRule } from "../chains.ts";
import type { Deciders } from "../decider.ts";
import { type NamedCell, type Outcome, together, untestable, voteOn } from "../outcome.ts";
import type { Vote } from "../rules/cell.ts";
import { type Correlation, correlation, partialSpearman } from "../rules/correlation.ts";
import { aggregate } from "../verdict.ts";
import { signed } from "../words.ts";
import { armOf, asr, besideNull, bySetting, tenthsPercent } from "./arms.ts";
import { vectorsStay } from "./projection.ts";
import { rhoTrigger, withHead } from "./rows.ts";
import { meanAlignment, meanLogRatio } from "./spectra.ts";

/** Runs that a correlation takes. */
const leastRuns = 12;
/** Where ASR varies by less over the runs, nothing is there to explain. */
const leastRange = 0.05;

type Family = readonly [name: string, runs: readonly Chain[]];

/**
 * Plain LoRA's runs of one setting, over ranks, alphas, lengths of fine-tuning, learning rates and seeds, each dose of poison by itself and only
 * where spectra were kept; settings with fewer than 12 are left out.
 */
const families = (chains: readonly Chain[]): Family[] =>
  bySetting(armOf(chains, "lora", "", ["rank", "alpha", "epochs", "learningRate", "poisonRate"]).filter(({ spectra }) => spectra.length > 0))
    .filter(([, runs]) => runs.length >= leastRuns);

const seedsIn = (runs: readonly Chain[]): number => new Set(runs.map(({ seed }) => seed)).size;
const rankOf = ({ method }: Chain): number => method.name === "full" ? NaN : method.rank;

interface Asked {
  readonly x: (chain: Chain) => number;
  /** Left out: ASR. */
  readonly y?: (chain: Chain) => number;
  /** Held fixed. */
  readonly z?: (chain: Chain) => number;
  readonly sign: 1 | -1;
  readonly threshold: number;
}

/** Spearman's rho of x with ASR, or with y; partial where z is given. */
function rhoOf([name, runs]: Family, { x, y = asr, z, ...options }: Asked): Correlation {
  const rng = createRng(`correlation/${name}`);
  return correlation(runs.map(x), runs.map(y), { ...options, rng, ...z ? { z: runs.map(z) } : {} });
}

/** A vote over families in which ASR varies; untestable where it does not in any. */
function overFamilies(all: readonly Family[], what: string, cellOf: (family: Family) => NamedCell<Chain>, remarks: readonly string[] = []) {
  const range = (runs: readonly Chain[]) => Math.max(...runs.map(asr)) - Math.min(...runs.map(asr));
  const varied = all.filter(([, runs]) => range(runs) >= leastRange), used = all.flatMap(([, runs]) => runs);
  if (all.length === 0) return null;
  if (varied.length) return voteOn(varied.map(cellOf), { what, say: ({ mean }) => `rho ${signed(mean, 2)}`, remarks });
  const most = Math.max(...all.map(([, runs]) => range(runs)));
  return untestable({
    effect: `nothing to explain: over ${count(used.length, "run")} of LoRA the ASR varies by ${tenthsPercent(most)} at most`,
    ours: `ASR varies by ${tenthsPercent(most)}`,
    used,
    seeds: Math.min(...all.map(([, runs]) => seedsIn(runs))),
  });
}

const cell = ([name, used]: Family, vote: Vote, { rho, low, high }: Correlation, direction: number): NamedCell<Chain> => ({
  vote,
  mean: rho,
  low,
  high,
  seeds: seedsIn(used),
  direction,
  name,
  used,
});

const ofRatio = { x: meanLogRatio, z: rankOf, sign: 1 } as const, ofRank = { x: rankOf, z: meanLogRatio, sign: 1 } as const;
const isClear = ({ low, high }: Correlation): boolean => low > 0 || high < 0;
const withRanks = (chains: readonly Chain[]): Family[] => families(chains).filter(([, runs]) => new Set(runs.map(rankOf)).size >= 3);

/**
 * B-0-2: R-RANK by squared partial correlations with ASR over LoRA's runs, at least three ranks: the spectral ratio at fixed rank against the rank
 * at fixed ratio. A setting supports if the ratio's is the larger, positive (a stronger weight beside the update, a higher ASR) and its
 * interval excludes 0; it opposes if the rank's is the larger. R-VOTE. Projected and rescaled updates are told beside.
 */
const spectralNotRank: ChainRule = besideNull((chains) =>
  overFamilies(withRanks(chains), "partial correlation of ASR with the spectral ratio, rank held fixed", (family) => {
    const ratio = rhoOf(family, { ...ofRatio, threshold: 0 }), more = ratio.rho ** 2 - ofRankAlone(family) ** 2;
    return cell(family, more > 0 ? ratio.vote === "supports" ? "supports" : "open" : more < 0 ? "opposes" : "open", ratio, more);
  }, ranksTold(chains))
);

/**
 * B-4.1-3: R-RANK over the same runs. A setting supports if the rank at fixed ratio goes with ASR by less than .4 or not clearly, and the ratio
 * at fixed rank does by R-CORR(.4, positive); it opposes if the rank's effect remains. R-VOTE.
 */
const rankAloneExplainsNothing: ChainRule = besideNull((chains) =>
  overFamilies(withRanks(chains), "partial correlation of ASR with the spectral ratio, rank held fixed", (family) => {
    const ratio = rhoOf(family, { ...ofRatio, threshold: 0.4 }), rank = rhoOf(family, { ...ofRank, threshold: 0.4 });
    const remains = Math.abs(rank.rho) >= 0.4 && isClear(rank);
    return cell(family, remains ? "opposes" : ratio.vote === "supports" ? "supports" : "open", ratio, Math.abs(ratio.rho) - Math.abs(rank.rho));
  }, ranksTold(chains))
);

/** The rank's partial correlation with ASR at fixed ratio. */
const ofRankAlone = ([, runs]: Family): number => partialSpearman(runs.map(rankOf), runs.map(asr), runs.map(meanLogRatio));

const ranksTold = (chains: readonly Chain[]): string[] =>
  withRanks(chains).map((family) => `${family[0]}: with the rank, ratio held fixed, rho ${signed(ofRankAlone(family), 2)}`);

const correlated = (what: string, x: (chain: Chain) => number, threshold: number): ChainRule => (chains) =>
  overFamilies(families(chains), what, (family) => {
    const found = rhoOf(family, { x, sign: 1, threshold });
    return cell(family, found.vote, found, found.rho);
  });

/** B-4.3-3: R-CORR(.5, positive) of ASR with the log ratio over LoRA's runs, R-VOTE; and the leading vectors before and after merging, by `vectorsStay`. */
const survivesWithRatio: ChainRule = besideNull((chains) => correlated("correlation of ASR with the spectral ratio", meanLogRatio, 0.5)(chains));

/** R-CORR(.4, positive) of rho_tr, of the median row on the classifier, with the mean alignment over LoRA's runs, R-VOTE. */
function raisesTriggerAlignment(chains: readonly Chain[]): Outcome<Chain> | null {
  const cells = families(withHead(chains)).map((family) => {
    const found = rhoOf(family, { x: meanAlignment, y: rhoTrigger, sign: 1, threshold: 0.4 });
    return cell(family, found.vote, found, found.rho);
  });
  return voteOn(cells, { what: "correlation of rho_tr with the alignment", say: ({ mean }) => `rho ${signed(mean, 2)}` });
}

/** B-4.3-7: R-CORR(.4, positive) over LoRA's runs of the mean alignment with rho_tr and with ASR, each by R-VOTE; both as R-AGG. */
const survivesWithOverlap: ChainRule = besideNull((chains) =>
  together([correlated("correlation of ASR with the alignment", meanAlignment, 0.4)(chains), raisesTriggerAlignment(chains)], aggregate)
);

const runs = "at least 12 runs of plain LoRA with spectra in one setting, over ranks, lengths and seeds (fig-b6, fig-b6-low, lengths-low)";
const by = (rule: ChainRule, link: string) => ({ from: "chains", rule, needs: runs, link }) as const;

export const causes: Deciders = {
  "B-0-2": by(spectralNotRank, "fig-b6-low"),
  "B-4.1-3": by(rankAloneExplainsNothing, "fig-b6-low"),
  "B-4.3-3": {
    ...by(survivesWithRatio, "fig-b1"),
    studied: { rule: vectorsStay, what: "cosines of the leading vectors before and after merging (study projection)", leastSeeds: 1 },
  },
  "B-4.3-7": by(survivesWithOverlap, "fig-b2"),
};
