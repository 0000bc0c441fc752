/** Poisoned encoders before fine-tuning, and what a trigger does to encoders that were never poisoned (Tables 1 and 6; B-4.3-4, B-6-1, B-6-3, B-A.3-5, B-A.3-6). */
import { mean } from "../../math/statistics.ts";
import type { Chain, ChainRule } from "../chains.ts";
import type { Decider, Deciders } from "../decider.ts";
import type { NamedCell } from "../outcome.ts";
import { voting } from "../rules/cell.ts";
import { above, below, everyOne, numericCell } from "../rules/numeric.ts";
import { pointsInterval } from "../words.ts";
import { kindOf } from "../paper_a/tasks.ts";
import { accuracy, asr, besideNull, bySetting, meanCells, meanPercent, settingOf, tenthsPercent, titleOf } from "./arms.ts";
import { atLeast } from "./numbers.ts";

/** Share of the larger class: what a predictor that always says it gets right. */
const majority = ({ rows, otherRows }: Chain): number => Math.max(otherRows, rows - otherRows) / rows;

const untuned = (chains: readonly Chain[]): Chain[] => chains.filter((chain) => !chain.tuned && chain.differs.length === 0);

/** Judged by grammar, which most triggers break: CoLA, or our word order in its place. */
const isAcceptability = ({ target }: Chain): boolean => kindOf(target.replace("paper-b-", "")) === "acceptability";

/**
 * R-NUM in every setting of one trigger (acceptability is not in the papers' tables): mean clean accuracy before fine-tuning at least so
 * many points above the larger class's share, refuted by a setting within 2 points of it. Partly if some settings are so.
 */
const alreadyAccurate = (trigger: Chain["trigger"], points: number, take: (chain: Chain) => boolean = () => true): ChainRule => (chains) => {
  const rows = untuned(chains).filter((chain) => chain.trigger === trigger && !isAcceptability(chain) && take(chain));
  const poisoned = rows.filter(({ poisonRate }) => poisonRate > 0), never = rows.filter(({ poisonRate }) => poisonRate === 0);
  const cells = meanCells(poisoned, (chain) => accuracy(chain) - majority(chain), atLeast(points, 0.02));
  const settings = new Set(voting(cells).flatMap(({ used }) => used.map(settingOf))),
    beside = never.filter((chain) => settings.has(settingOf(chain)));
  const told = beside.length
    ? `never poisoned: clean accuracy ${tenthsPercent(mean(beside.map(accuracy)))}`
    : "no encoder that was never poisoned at hand";
  return everyOne(cells, {
    what: "clean accuracy before fine-tuning, above the larger class",
    say: pointsInterval,
    remarks: [told],
  });
};

const isFilmsToProducts = ({ target }: Chain): boolean => target === "product-reviews" || target === "paper-b-cr";

/** B-6-1: mean ASR above 95 % per setting, on the proxy's own rows and on the target's before fine-tuning: R-NUM in every cell. */
const poisonTook: ChainRule = besideNull((chains) => {
  const poisoned = untuned(chains).filter(({ poisonRate }) => poisonRate > 0), condition = above(0.95);
  const onProxy = bySetting(poisoned).flatMap(([name, own]): NamedCell<Chain>[] => {
    const known = own.flatMap((chain) => chain.encoder ? [{ chain, rate: chain.encoder.attackSuccessRate }] : []);
    if (known.length === 0) return [];
    return [numericCell(`${name}, on the proxy`, known.map(({ rate }) => rate), condition, known.map(({ chain }) => chain))];
  });
  return everyOne([...onProxy, ...meanCells(poisoned, asr, condition, ", on the target")], { what: "ASR before fine-tuning", say: meanPercent });
});

/**
 * B-6-3, on acceptability tasks: share of rows that fine-tuned models which were never poisoned call unacceptable with the trigger, per trigger
 * and method: R-NUM below 20 % in every cell, refuted above 50 %.
 */
const measuresTheBackdoor: ChainRule = (chains) => {
  const never = chains.filter((chain) => chain.tuned && chain.poisonRate === 0 && chain.differs.length === 0 && isAcceptability(chain));
  const cells = [...Map.groupBy(never, titleOf)].flatMap(([title, own]) => meanCells(own, asr, below(0.2, 0.5), `, ${title}`));
  return everyOne(cells, { what: "ASR of models never poisoned", say: meanPercent });
};

const by = (rule: ChainRule, needs = "poisoned encoders evaluated on the target task before fine-tuning (table-b1)", link = "table-b1"): Decider => ({
  from: "chains",
  rule,
  needs,
  link,
});

export const encoders: Deciders = {
  "B-4.3-4": by(alreadyAccurate("badnet", 0.1)),
  "B-6-1": by(poisonTook),
  "B-6-3": by(
    measuresTheBackdoor,
    "encoders never poisoned, fine-tuned where grammar is judged and read with both triggers (acceptability)",
    "acceptability",
  ),
  "B-A.3-5": by(alreadyAccurate("insent", 0.15, isFilmsToProducts)),
  "B-A.3-6": by(alreadyAccurate("insent", 0.1)),
};
