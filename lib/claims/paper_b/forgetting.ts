/** What fine-tuning forgets: full fine-tuning, LoRA and its variants from the same poisoned encoders (Table 2; B-4.1-1, B-6.1-1, B-6.1-2, B-A.1-4). */
import { isPartial, methodTitles } from "../../adapter/method.ts";
import { median } from "simple-statistics";
import { mean } from "../../math/statistics.ts";
import type { Chain, ChainRule } from "../chains.ts";
import type { Decider, Deciders } from "../decider.ts";
import { type Outcome, voteOn } from "../outcome.ts";
import { leastToMatch, onSharedSeeds } from "../grid_points.ts";
import { type Cell, flat, pair, voting } from "../rules/cell.ts";
import { type Condition, numericCell } from "../rules/numeric.ts";
import { pointsInterval } from "../words.ts";
import { accuracy, armOf, asr, besideNull, bySetting, differenceCells, margin, meanCells, meanPercent, pairsOf, tenthsPercent } from "./arms.ts";
import { saturation, takenOver } from "../saturation.ts";
import { atLeast, atMost, overCells } from "./numbers.ts";

const gap = (lora: readonly Chain[], full: readonly Chain[]): Outcome<Chain> | null =>
  voteOn(differenceCells(pairsOf(lora, full), asr, (values) => pair(values, 1, 0.05)), { what: "ASR, LoRA − FF", say: pointsInterval });

/** Both arms at every length of fine-tuning, dose and rate of the main comparison aside. */
const overLengths = (chains: readonly Chain[]) => ["lora", "full"].map((name) => armOf(chains, name as "lora" | "full", "", ["epochs"]));

/**
 * Per setting with more than one length of fine-tuning: the two lengths at which mean training losses of the last epoch are nearest, on the same
 * seeds. Null where no setting offers a choice.
 */
export const atMatchedLoss: ChainRule = (chains) => {
  const [lora, full] = overLengths(chains), told: string[] = [];
  const chosen = bySetting(lora).flatMap(([name, own]) => {
    const others = bySetting(full).find(([other]) => other === name)?.[1] ?? [];
    const byLength = [own, others].flatMap((rows) => [...Map.groupBy(rows, ({ epochs }) => epochs).values()]);
    const shared = onSharedSeeds(byLength, { seedOf: ({ seed }) => seed, least: leastToMatch });
    const lengths = shared.map((same) => ({
      epochs: same[0].epochs,
      runs: byLength.find((runs) => runs.includes(same[0]))!,
      loss: mean(same.map((run) => run.trainingLoss)),
    }));
    const [l, f] = (["lora", "full"] as const).map((name) => lengths.filter(({ runs: [one] }) => one.method.name === name));
    if (l.length * f.length < 2) return [];
    const [best] = l.flatMap((a) => f.map((b) => ({ a, b, apart: Math.abs(a.loss - b.loss) }))).sort((x, y) => x.apart - y.apart);
    told.push(`${name}: FF ${best.b.epochs} epochs (${best.b.loss.toFixed(3)}), LoRA ${best.a.epochs} (${best.a.loss.toFixed(3)})`);
    return [best];
  });
  const found = gap(chosen.flatMap(({ a }) => a.runs), chosen.flatMap(({ b }) => b.runs));
  return found && { ...found, effect: `at matched clean loss (${told.join("; ")}): ${found.effect}` };
};

/** Both arms' mean ASR, so that a difference near 0 shows whether both keep the backdoor or both lose it. */
const meansInWords = (found: Outcome<Chain>): string =>
  `mean ASR: ${
    (["full", "lora"] as const).map((name) => {
      const own = found.used.filter(({ method }) => method.name === name);
      return `${methodTitles[name]} ${tenthsPercent(mean(own.map(asr)))}`;
    }).join(", ")
  }`;

/**
 * B-4.1-1: R-PAIR(0.05) of ASR, LoRA - FF, per setting, R-VOTE; the same rows, as many steps. Told beside it: matched clean loss, other
 * lengths and other doses of poison.
 */
const forgetsMore: ChainRule = besideNull((chains) => {
  const found = gap(armOf(chains, "lora"), armOf(chains, "full"));
  if (!found) return null;
  const matched = atMatchedLoss(chains);
  const others = (["epochs", "poisonRate"] as const).flatMap((what) => {
    const [lora, full] = (["lora", "full"] as const).map((name) => armOf(chains, name, "", [what]).filter(({ differs }) => differs.includes(what)));
    return [...new Set(lora.map((chain) => chain[what]))].sort((a, b) => a - b).flatMap((value) => {
      const own = gap(lora.filter((chain) => chain[what] === value), full.filter((chain) => chain[what] === value));
      return own
        ? [`at ${value} ${what === "epochs" ? "epochs" : "of the target class's proxy rows"}: ${own.verdict} (${own.ours}; ${meansInWords(own)})`]
        : [];
    });
  });
  const remarks = [
    meansInWords(found),
    matched ? `${matched.verdict} ${matched.effect}` : "no lengths of fine-tuning to match clean loss with",
    ...others,
  ];
  return { ...found, remarks: [...found.remarks ?? [], ...remarks] };
});

/** B-6.1-1: median over settings of LoRA's mean ASR at least 90 %, refuted below 60 %. How often CA - ASR is below 0 is told. */
const nearHundred: ChainRule = besideNull((chains) => {
  const rows = armOf(chains, "lora"), settings = bySetting(rows);
  const negative = settings.filter(([, own]) => mean(own.map(margin)) < 0).length;
  return overCells(meanCells(rows, asr, atLeast(0.9, 0.6)), median, atLeast(0.9, 0.6), {
    what: "ASR after LoRA",
    name: "median over settings",
    say: meanPercent,
    remarks: [`CA − ASR below 0 in ${negative} of ${settings.length} settings`],
  });
});

/** B-6.1-2: mean ASR at least 70 % in two thirds of PiSSA's, DoRA's and OLoRA's settings; refuted by a median below 50 %; partly between. */
const variantsToo: ChainRule = besideNull((chains) => {
  const lora = armOf(chains, "lora"), names = ["pissa", "dora", "olora"] as const, condition = atLeast(0.7, 0.5);
  const cells = names.flatMap((name) => meanCells(armOf(chains, name), asr, condition, `, ${methodTitles[name]}`));
  const voters = voting(cells), share = voters.filter(({ mean }) => mean >= 0.7).length / voters.length;
  const against = names.flatMap((name) => {
    const own = pairsOf(armOf(chains, name), lora).flatMap(({ pairs }) => pairs.map(([one, other]) => asr(one) - asr(other)));
    return own.length ? [`ASR, ${methodTitles[name]} − LoRA: ${pointsInterval({ mean: mean(own), low: null, high: null })}`] : [];
  });
  const ofSettings: Condition = { ...condition, holds: () => share >= 2 / 3, margin: () => share - 2 / 3 };
  const found = overCells(cells, median, ofSettings, { what: "ASR after PiSSA, DoRA and OLoRA", name: "median", say: meanPercent, remarks: against });
  return found && { ...found, effect: `at least 70 % in ${tenthsPercent(share)} of the settings; ${found.effect}` };
});

/** Learning rates over which a spread is told. */
const leastRates = 3;

/**
 * B-A.1-4, where LoRA was trained from poisoned encoders at three learning rates or more: rates converge whose mean clean accuracy, over
 * the seeds that all of them have, lies within 2 points of the best. Per setting the spread of mean ASR over them: at most 10 points and convergence is enough to choose by,
 * refuted by more than 20. R-VOTE. Untestable where the mean ASR is near 1 at every rate of every setting.
 */
const convergenceChooses: ChainRule = besideNull((chains) => {
  const settings = bySetting(armOf(chains, "lora", "", ["learningRate", "poisonRate"])).flatMap(([name, own]) => {
    const rates = onSharedSeeds([...Map.groupBy(own, ({ learningRate }) => learningRate).values()], {
      seedOf: ({ seed }) => seed,
      least: leastRates,
    });
    return rates.length < leastRates ? [] : [{ name, rates }];
  });
  const meanOf = (runs: readonly Chain[]) => mean(runs.map(asr)),
    open = settings.filter(({ rates }) => rates.some((runs) => meanOf(runs) <= saturation));
  if (settings.length > 0 && open.length === 0) return takenOver(settings.flatMap(({ rates }) => rates), "learning rate");
  const cells = open.map(({ name, rates }) => {
    const best = Math.max(...rates.map((runs) => mean(runs.map(accuracy))));
    const converged = rates.filter((runs) => mean(runs.map(accuracy)) >= best - 0.02), means = converged.map(meanOf);
    const spread = Math.max(...means) - Math.min(...means), cell = numericCell(name, [spread], atMost(0.1, 0.2), rates.flat());
    return { ...cell, name: `${name}, ${converged.length} of ${rates.length} rates`, seeds: rates[0].length };
  });
  return voteOn(cells, { what: "spread of ASR over learning rates that converge", say: meanPercent });
});

/**
 * B-1-1, where full fine-tuning stands beside the same of query and value alone, the weights that LoRA adapts: R-PAIR(0.05) of ASR, FF - FF of query
 * and value, per setting and dose of poison, R-VOTE: what overwrites more forgets more. A setting that would speak for it speaks against it where query and value alone forget as
 * little as LoRA (R-FLAT(0.05)): then it is where, not how much.
 */
const overwriting: ChainRule = besideNull((chains) => {
  const partial = chains.filter(({ method, tuned, poisonRate, differs }) =>
    isPartial(method) && tuned && poisonRate > 0 && differs.every((name) => name === "only" || name === "poisonRate")
  );
  const rates = [...new Set(partial.map(({ poisonRate }) => poisonRate))].sort((a, b) => a - b);
  const against = (name: "full" | "lora", rule: (differences: readonly number[]) => Cell) =>
    rates.flatMap((rate) => {
      const at = (all: readonly Chain[]) => all.filter(({ poisonRate }) => poisonRate === rate);
      return differenceCells(
        pairsOf(at(armOf(chains, name, "", ["poisonRate"])), at(partial)),
        asr,
        rule,
      );
    });
  const asLittle = new Set(against("lora", (values) => flat(values, 0.05)).filter((cell) => cell.vote === "supports").map(({ name }) => name));
  const cells = against("full", (values) => pair(values, -1, 0.05))
    .map((cell) => cell.vote === "supports" && asLittle.has(cell.name) ? { ...cell, vote: "opposes" as const, direction: -cell.direction } : cell);
  const turned = cells.filter(({ vote, mean }) => vote === "opposes" && mean < 0).map(({ name }) => name);
  const lora = voteOn(against("lora", (values) => pair(values, -1, 0.05)), { what: "ASR, LoRA − FF of query and value", say: pointsInterval });
  return voteOn(cells, {
    what: "ASR, FF − FF of query and value",
    say: pointsInterval,
    remarks: lora
      ? [
        ...turned.length ? [`counted against, as query and value alone forget as little as LoRA: ${turned.join("; ")}`] : [],
        lora.effect,
        `mean ASR after FF of query and value: ${tenthsPercent(mean(partial.map(asr)))}`,
      ]
      : [],
  });
});

const needs = "full fine-tuning and every low-rank method from the same poisoned encoders (table-b2)";
const by = (rule: ChainRule, link = "table-b2", what = needs): Decider => ({ from: "chains", rule, needs: what, link });

export const forgetting: Deciders = {
  "B-1-1": by(
    overwriting,
    "proxy-doses",
    "full fine-tuning of all weights, of query and value, and LoRA from the same poisoned encoders (proxy-doses)",
  ),
  "B-4.1-1": by(forgetsMore),
  "B-6.1-1": by(nearHundred),
  "B-6.1-2": by(variantsToo),
  "B-A.1-4": by(convergenceChooses, "tuning-rates", "LoRA from poisoned encoders at three learning rates or more (tuning-rates)"),
};
