/** Spectra of LoRA's updates beside the pretrained weights: Figures 1 and 2 (B-4.3-1, B-4.3-2, B-4.3-6, B-5.1-2). */
import { median } from "simple-statistics";
import { count } from "../../math/count.ts";
import { createRng } from "../../math/random.ts";
import { mean, standardDeviation } from "../../math/statistics.ts";
import { models } from "../../experiment/inputs.ts";
import type { ModuleSpectrum } from "../../experiment/record.ts";
import { type AlignmentNull, alignmentNull, comparedDirections } from "../../spectral/alignment.ts";
import type { Chain, ChainRule } from "../chains.ts";
import type { Decider, Deciders } from "../decider.ts";
import { type NamedCell, type Outcome, together, voteOn } from "../outcome.ts";
import { pair, voting } from "../rules/cell.ts";
import { above, below, everyOne, numericCell } from "../rules/numeric.ts";
import { aggregate, counted } from "../verdict.ts";
import { pointsInterval } from "../words.ts";
import { armOf, bySetting, differenceCells, pairsOf } from "./arms.ts";
import { leastAlignment, meanRho, rhoClean, withHead } from "./rows.ts";

const withSpectra = (chains: readonly Chain[]): Chain[] => chains.filter(({ spectra }) => spectra.length > 0);

/** ln of sigma_max(W_pre) / sigma_max(s BA). */
const logRatio = ({ pretrained, update, scale }: ModuleSpectrum): number => Math.log(pretrained / (scale * update));

/** Mean over modules of ln of sigma_max(W_pre) / sigma_max(s BA): above 0 where the weight is the stronger. */
export const meanLogRatio = ({ spectra }: Chain): number => mean(spectra.map(logRatio));

/** Mean over modules and both sides of the largest |cosine|. */
export const meanAlignment = ({ spectra }: Chain): number => mean(cosines(spectra));

const cosines = (spectra: readonly ModuleSpectrum[]): number[] => spectra.flatMap(({ left, right }) => [left, right].filter((one) => one !== null));

const plain = (chains: readonly Chain[]): Chain[] => withSpectra(armOf(chains, "lora"));

/**
 * B-4.3-1: sigma_max(W_pre) / sigma_max(s BA) per setting and module, mean of its logarithm over seeds: the median of all above 5, and every
 * one above 1; partly with one of the two. "In every layer" is universal: a module whose 95 % interval lies below 1 is a counter-example.
 */
const farBelow: ChainRule = (chains) => {
  const cells = bySetting(plain(chains)).flatMap(([setting, own]) =>
    own[0].spectra.map(({ module }): NamedCell<Chain> => {
      const values = own.flatMap(({ spectra }) => spectra.filter((one) => one.module === module)).map(logRatio);
      return { ...pair(values, 1, 0), name: `${setting}, ${module}`, used: own };
    })
  );
  if (cells.length === 0) return null;
  const voters = voting(cells), ratios = voters.map((cell) => Math.exp(cell.mean)), middle = median(ratios), least = Math.min(...ratios);
  const smallest = voters[ratios.indexOf(least)], refuted = voters.some(({ vote }) => vote === "opposes");
  const unscaled = median(plain(chains).flatMap(({ spectra }) => spectra.map(({ pretrained, update }) => pretrained / update)));
  const outcome: Outcome<Chain> = {
    verdict: refuted ? "refuted by counter-example" : counted(Number(middle > 5) + Number(least > 1), 2),
    direction: Math.min(Math.log(middle / 5), Math.log(least)),
    effect: `sigma_max(W) / sigma_max(s BA): median ${middle.toFixed(2)} over ${count(voters.length, "module")}, smallest ${
      least.toFixed(2)
    } (${smallest.name})`,
    ours: `median ratio ${middle.toFixed(2)}, smallest ${least.toFixed(2)}`,
    used: [...new Set(voters.flatMap(({ used }) => used))],
    seeds: Math.min(...voters.map(({ seeds }) => seeds)),
    remarks: [`without s: median ${unscaled.toFixed(2)}`],
  };
  return outcome;
};

/** `query`, `value`. */
const kindOf = (module: string): string => module.split(".").at(-1)!;

/** B-4.3-2: coefficient of variation of the log ratio over layers, per setting and kind of module, mean over seeds: below .5 in every cell, refuted above 1. */
const alikeOverLayers: ChainRule = (chains) => {
  const cells = bySetting(plain(chains)).flatMap(([setting, own]) =>
    [...new Set(own[0].spectra.map(({ module }) => kindOf(module)))].flatMap((kind) => {
      const values = own.flatMap(({ spectra }) => {
        const logs = spectra.filter(({ module }) => kindOf(module) === kind).map(logRatio), spread = standardDeviation(logs);
        return spread === null ? [] : [spread / Math.abs(mean(logs))];
      });
      return values.length ? [numericCell(`${setting}, ${kind}`, values, below(0.5, 1), own)] : [];
    })
  );
  return everyOne(cells, { what: "variation of the log ratio over layers", say: ({ mean }) => mean.toFixed(2) });
};

export interface Chance extends AlignmentNull {
  readonly width: number;
  readonly draws: number;
}

/** What directions of no meaning give, at the width of a model: for the verdicts and for the figures. */
export function chance(model: Chain["model"]): Chance {
  const { width } = models[model], draws = 4000;
  return { ...alignmentNull(width, comparedDirections, draws, createRng("alignment-null")), width, draws };
}

/**
 * B-4.3-6: share of modules and sides whose largest |cosine| lies above the 95 % quantile of random directions, per setting, mean over
 * seeds: above one half in every setting. Chance alone gives one in twenty; below one in ten refutes.
 */
const alignedBeyondChance: ChainRule = (chains) => {
  const rows = plain(chains).filter(({ spectra }) => cosines(spectra).length > 0);
  if (rows.length === 0) return null;
  const { mean: expected, quantile95 } = chance(rows[0].model);
  const share = ({ spectra }: Chain) => cosines(spectra).filter((cosine) => cosine > quantile95).length / cosines(spectra).length;
  return everyOne(bySetting(rows).map(([name, own]) => numericCell(name, own.map(share), above(0.5, 0.1), own)), {
    what: "share of modules and sides aligned beyond chance",
    say: ({ mean }) => mean.toFixed(2),
    remarks: [
      `mean |cosine| ${mean(rows.map(meanAlignment)).toFixed(3)}; of random directions ${expected.toFixed(3)}, 95 % below ${quantile95.toFixed(3)}`,
    ],
  });
};

/**
 * B-5.1-2, LoRA with CI - LoRA, all of them up (R-AGG), each by R-VOTE: ln sigma_max(BA), mean over modules, R-PAIR(0.005); on the classifier rho_cl of
 * the median row, R-PAIR(0.01), and the accuracy of the update alone on rows of the other class, which margins are of: the share with
 * rho_cl > 0, R-PAIR(0.005).
 */
const carriesMore: ChainRule = (chains) => {
  const strength = ({ spectra }: Chain) => mean(spectra.map(({ update }) => Math.log(update)));
  const ci = armOf(chains, "lora", "CI"), change = ", LoRA with CI − LoRA";
  const onHead = (measure: (chain: Chain) => number, least: number) =>
    differenceCells(pairsOf(withHead(ci), withHead(armOf(chains, "lora"))), measure, (values) => pair(values, 1, least));
  const strengths = differenceCells(pairsOf(withSpectra(ci), plain(chains)), strength, (values) => pair(values, 1, 0.005));
  return together([
    voteOn(strengths, { what: `ln sigma_max(BA)${change}`, say: meanRho }),
    voteOn(onHead(rhoClean, leastAlignment), { what: `rho_cl${change}`, say: meanRho }),
    voteOn(onHead(({ head }) => head!.update!.shares.clean, 0.005), { what: `accuracy of the update alone${change}`, say: pointsInterval }),
  ], aggregate);
};

const by = (rule: ChainRule, link: string, needs = "the spectra of LoRA's updates from poisoned encoders (fig-b1)"): Decider => ({
  from: "chains",
  rule,
  needs,
  link,
});

export const spectra: Deciders = {
  "B-4.3-1": by(farBelow, "fig-b1"),
  "B-4.3-2": by(alikeOverLayers, "fig-b1"),
  "B-4.3-6": by(alignedBeyondChance, "fig-b2"),
  "B-5.1-2": by(carriesMore, "table-b5", "LoRA with CI alone and without, from the same poisoned encoders (table-b5)"),
};
