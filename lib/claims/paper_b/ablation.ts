/** RoRA's pieces alone and together: Table 5 and the subsets that it leaves out (B-5.2-4, B-6.2-1 ... 7, B-A.1-1). */
import { count } from "../../math/count.ts";
import { mean } from "../../math/statistics.ts";
import type { Chain, ChainRule } from "../chains.ts";
import type { Decider, Deciders } from "../decider.ts";
import { type NamedCell, together, voteOn } from "../outcome.ts";
import { pair, type Sign, voting } from "../rules/cell.ts";
import { above, below } from "../rules/numeric.ts";
import { roraDefaults } from "../../train/rora/rora.ts";
import { aggregate, counted } from "../verdict.ts";
import { list, pointsInterval } from "../words.ts";
import { accuracy, allPieces, armOf, asr, besideNull, bySetting, differenceCells, margin, meanCells, meanPercent } from "./arms.ts";
import { pairsOf, settingOf, tenthsPercent } from "./arms.ts";
import { everywhere, overCells } from "./numbers.ts";
import { leastAlignment, meanRho, rhoClean, rhoTrigger, withHead } from "./rows.ts";

const single = ["CI", "Tr", "Pt"] as const;
const subsets = ["", ...single, "CI+Tr", "CI+Pt", "Tr+Pt", allPieces] as const;

const lora = (chains: readonly Chain[], pieces = ""): Chain[] => armOf(chains, "lora", pieces);

/** Of a piece's runs, those in settings where every one of the pieces alone was run: Table 2's other settings have RoRA whole. */
function inAblation(chains: readonly Chain[], pieces: string): Chain[] {
  const settings = single.map((piece) => new Set(lora(chains, piece).map(settingOf)));
  return lora(chains, pieces).filter((chain) => settings.every((own) => own.has(settingOf(chain))));
}

/** B-6.2-1: CA - ASR, one piece - LoRA, per piece and setting: R-PAIR(0.05, as for ASR, which it contains) above 0 in every cell; "any" is universal. */
const anyPieceHelps: ChainRule = besideNull((chains) => {
  const told = single.flatMap((piece) => {
    const changes = pairsOf(lora(chains, piece), lora(chains)).flatMap(({ pairs }) => pairs.map(([one, plain]) => accuracy(one) - accuracy(plain)));
    return changes.length ? [`clean accuracy, ${piece} − LoRA: ${pointsInterval({ mean: mean(changes), low: null, high: null })}`] : [];
  });
  const cells = single.map((piece) =>
    differenceCells(pairsOf(lora(chains, piece), lora(chains)), margin, (values) => pair(values, 1, 0.05), `, ${piece}`)
  );
  if (cells.some(({ length }) => length === 0)) return null;
  return everywhere(cells.flat(), { what: "CA − ASR, one piece − LoRA", say: pointsInterval, remarks: told });
});

/** B-6.2-2: ASR, CI - LoRA and Tr - LoRA: R-PAIR(0.2) below 0, per setting, R-VOTE. */
const bothReduce: ChainRule = besideNull((chains) => {
  const cells = (["CI", "Tr"] as const).map((piece) =>
    differenceCells(pairsOf(lora(chains, piece), lora(chains)), asr, (values) => pair(values, -1, 0.2), `, ${piece}`)
  );
  return cells.some(({ length }) => length === 0) ? null : voteOn(cells.flat(), { what: "ASR, CI or Tr alone − LoRA", say: pointsInterval });
});

/**
 * B-6.2-3: per setting, over the encoders that all eight subsets started from: the whole supports if no other subset has a lower mean ASR or a
 * larger mean CA - ASR; it opposes if another is better by R-PAIR (0.05 of either); else it is open. "In all cases" is universal.
 */
const wholeIsBest: ChainRule = besideNull((chains) => {
  const arms = subsets.map((pieces) => inAblation(chains, pieces));
  const cells = bySetting(arms.at(-1)!).flatMap(([name, own]): NamedCell<Chain>[] => {
    const seeds = own.map(({ start }) => arms.map((arm) => arm.find((chain) => chain.start === start && settingOf(chain) === name)))
      .flatMap((runs) => runs.every((run) => run !== undefined) ? [runs as Chain[]] : []);
    if (seeds.length === 0) return [];
    const better = arms.slice(0, -1).map((_, arm) => {
      const rates = seeds.map((runs) => asr(runs.at(-1)!) - asr(runs[arm])), margins = seeds.map((runs) => margin(runs[arm]) - margin(runs.at(-1)!));
      return { title: subsets[arm] || "LoRA", rates, margins, by: Math.max(mean(rates), mean(margins)) };
    });
    const first = better.reduce((a, b) => b.by > a.by ? b : a);
    const clearly = better.some(({ rates, margins }) => [rates, margins].some((values) => pair(values, 1, 0.05).vote === "supports"));
    const cell = pair(mean(first.rates) >= mean(first.margins) ? first.rates : first.margins, -1, 0.05);
    const vote = clearly ? "opposes" : first.by <= 0 ? "supports" : "open";
    return [{ ...cell, vote, name: `${name}, next: ${first.title}`, used: seeds.flat() }];
  });
  return everywhere(cells, { what: "how much better the best other subset is in ASR or in CA − ASR", say: pointsInterval });
});

/** B-6.2-4: mean ASR of Tr alone under InSent above 80 %, refuted below 50 %. */
const trLeavesSentence: ChainRule = besideNull((chains) => {
  const condition = above(0.8, 0.5), cells = meanCells(lora(chains, "Tr").filter(({ trigger }) => trigger === "insent"), asr, condition);
  return overCells(cells, (means) => mean(means), condition, { what: "ASR of Tr alone under InSent", name: "mean over settings", say: meanPercent });
});

/** B-6.2-5: mean ASR of CI alone below 25 % in at least half of the settings; partly in one, not reproduced in none. */
const ciIsOftenEnough: ChainRule = besideNull((chains) => {
  const cells = meanCells(lora(chains, "CI"), asr, below(0.25)), found = voteOn(cells, { what: "ASR of CI alone", say: meanPercent });
  const voters = voting(cells), low = voters.filter(({ vote }) => vote === "supports").length;
  return found && {
    ...found,
    verdict: counted(low, voters.length / 2),
    direction: low / voters.length - 0.5,
    effect: `below 25 % in ${low} of ${count(voters.length, "setting")}; ${found.effect}`,
  };
});

/** B-6.2-6: ASR of the whole in the ablation's settings, mean over settings below 20 %, refuted above 40 %; the lowest of a run is told. */
const wholeIsLow: ChainRule = besideNull((chains) => {
  const condition = below(0.2, 0.4), rows = inAblation(chains, allPieces);
  return overCells(meanCells(rows, asr, condition), (means) => mean(means), condition, {
    what: "ASR of the whole",
    name: "mean over settings",
    say: meanPercent,
    remarks: rows.length ? [`lowest of a run: ${tenthsPercent(Math.min(...rows.map(asr)))}`] : [],
  });
});

/**
 * B-6.2-7: ASR, the whole - the piece that alone has the lowest mean ASR, per setting: R-PAIR(0.05) below 0; a setting in which the whole's mean
 * ASR is not below CI + Pt's opposes. R-VOTE.
 */
const complement: ChainRule = besideNull((chains) => {
  const whole = inAblation(chains, allPieces), told: string[] = [];
  const cells = bySetting(whole).flatMap(([name, own]): NamedCell<Chain>[] => {
    const here = ({ name: other }: { readonly name: string }) => other === name;
    const alone = single.flatMap((piece) => pairsOf(own, lora(chains, piece)).filter(here).map(({ pairs }) => ({ piece, pairs })));
    const without = pairsOf(own, lora(chains, "CI+Pt")).find(here);
    if (alone.length < single.length || !without) return [];
    const best = alone.reduce((a, b) => mean(b.pairs.map(([, one]) => asr(one))) < mean(a.pairs.map(([, one]) => asr(one))) ? b : a);
    const found = pair(best.pairs.map(([all, one]) => asr(all) - asr(one)), -1, 0.05);
    const change = mean(without.pairs.map(([all, two]) => asr(all) - asr(two))), used = [...best.pairs, ...without.pairs].flat();
    told.push(`${name}: ASR, the whole − CI + Pt: ${pointsInterval({ mean: change, low: null, high: null })}`);
    const vote = change < 0 ? found.vote : "opposes", direction = change < 0 ? found.direction : -Math.abs(found.direction);
    return [{ ...found, vote, direction, name: `${name}, against ${best.piece}`, used }];
  });
  return voteOn(cells, { what: "ASR, the whole − the best piece alone", say: pointsInterval, remarks: told });
});

const isL2 = ({ rora }: Chain): boolean => rora?.tr?.k === "full";
const isRandom = ({ rora }: Chain): boolean => rora?.tr?.space === "random";

/**
 * B-5.2-4, Tr - plain L2 on the factors and Tr - random directions: rho_tr and rho_cl of the median row on the classifier, R-PAIR(0.01) below and
 * above 0, and ASR, R-PAIR(0.05) below 0; each by R-VOTE over settings and both controls, R-AGG over the three. Not reproduced where no cell is
 * better than plain L2.
 */
const betterThanControls: ChainRule = besideNull((chains) => {
  const tr = lora(chains, "Tr"), controls = [["plain L2", isL2, "k"], ["random directions", isRandom, "space"]] as const;
  const against = (own: readonly Chain[], measure: (chain: Chain) => number, sign: Sign, least: number) =>
    controls.map(([title, is, varied]) => {
      const others = armOf(chains, "lora", "Tr", [varied]).filter((chain) => is(chain) && (own === tr || chain.head?.update));
      return differenceCells(pairsOf(own, others), measure, (values) => pair(values, sign, least), `, against ${title}`);
    });
  const rates = against(tr, asr, -1, 0.05), trigger = against(withHead(tr), rhoTrigger, -1, leastAlignment);
  if (rates.some(({ length }) => length === 0)) return null;
  const clean = against(withHead(tr), rhoClean, 1, leastAlignment);
  const better = [rates, trigger, clean].some(([l2]) => l2.some(({ vote }) => vote === "supports"));
  const plain = pairsOf(tr, lora(chains)).flatMap(({ pairs }) => pairs.map(([one, other]) => asr(one) - asr(other)));
  const remarks = plain.length ? [`ASR, Tr − LoRA: ${pointsInterval({ mean: mean(plain), low: null, high: null })}`] : [];
  return together([
    voteOn(trigger.flat(), { what: "rho_tr, Tr − its controls", say: meanRho }),
    voteOn(clean.flat(), { what: "rho_cl, Tr − its controls", say: meanRho }),
    voteOn(rates.flat(), { what: "ASR, Tr − its controls", say: pointsInterval, remarks }),
  ], (verdicts) => better ? aggregate(verdicts) : "not reproduced");
});

/**
 * B-A.1-1: CA - ASR with the top layers rescaled less that with the middle and with the lowest ones, Pt alone: R-PAIR(0.05) above 0 against both, per
 * setting, R-VOTE. Of six layers the middle three share two with the lowest and one with the top.
 */
const topLayersSuffice: ChainRule = besideNull((chains) => {
  const places = (["top", "middle", "bottom"] as const).map((place) => ({
    place,
    own: armOf(chains, "lora", "Pt", ["place"]).filter(({ rora }) => rora?.pt?.place === place),
  }));
  const [top, ...others] = places, all = others.map(({ own }) => pairsOf(top.own, own));
  if (all.some(({ length }) => length === 0)) return null;
  const cells = all.flatMap((pairs, i) => differenceCells(pairs, margin, (values) => pair(values, 1, 0.05), `, against the ${others[i].place} ones`));
  const everywhere = (start: string | null) => places.every(({ own }) => own.some((chain) => chain.start === start));
  const told = places.flatMap(({ place, own }) => {
    const here = own.filter(({ start }) => everywhere(start)); // the same encoders at each place
    return here.length ? [`${place} ${tenthsPercent(mean(here.map(accuracy)))} and ${tenthsPercent(mean(here.map(asr)))}`] : [];
  });
  return voteOn(cells, {
    what: "CA − ASR, the top layers rescaled − others",
    say: pointsInterval,
    remarks: [
      told.length ? `mean CA and ASR by what is rescaled: ${told.join(", ")}` : "no encoder was rescaled at all three places",
      everyLayer(chains),
    ],
  });
});

/** Whether the top layers suffice is a question about all of them: what those say, from the encoders at hand. */
function everyLayer(chains: readonly Chain[]): string {
  const most = Math.max(...chains.map(({ rora }) => rora?.pt?.layers ?? 0));
  const own = armOf(chains, "lora", "Pt", ["layers"]).filter(({ rora }) => rora?.pt?.layers === most && most > roraDefaults.pt.layers);
  return own.length
    ? `all ${most} layers, ${count(own.length, "run")}: ${tenthsPercent(mean(own.map(accuracy)))} and ${tenthsPercent(mean(own.map(asr)))}`
    : "all layers at once were not rescaled";
}

const by = (rule: ChainRule, needs = `LoRA with ${list(subsets.slice(1))} and without, from the same poisoned encoders (table-b5)`): Decider => ({
  from: "chains",
  rule,
  needs,
  link: "table-b5",
});

export const ablation: Deciders = {
  "B-5.2-4": by(betterThanControls, "Tr alone, plain L2 and random directions in its place (table-b5)"),
  "B-6.2-1": by(anyPieceHelps),
  "B-6.2-2": by(bothReduce),
  "B-6.2-3": by(wholeIsBest),
  "B-6.2-4": by(trLeavesSentence),
  "B-6.2-5": by(ciIsOftenEnough),
  "B-6.2-6": by(wholeIsLow),
  "B-6.2-7": by(complement),
  "B-A.1-1": by(topLayersSuffice, "Pt alone on the top, the middle and the lowest layers (table-b5)"),
};
