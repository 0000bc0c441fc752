/** RoRA beside every other method, and on top of each low-rank one: Tables 2 and 4 (B-6.1-5, -6, -7, -15, -16, -19, -20). */
import { methodTitles } from "../../adapter/method.ts";
import { median } from "simple-statistics";
import { lowRankNames } from "../../experiment/persistence.ts";
import { count } from "../../math/count.ts";
import { mean, standardDeviation } from "../../math/statistics.ts";
import { readingOf } from "../../train/rora/rora.ts";
import type { Chain, ChainRule } from "../chains.ts";
import type { Decider, Deciders } from "../decider.ts";
import { flatUnless } from "../measures.ts";
import { type NamedCell, type Outcome, voteOn } from "../outcome.ts";
import { type Cell, pair, voting } from "../rules/cell.ts";
import { numericCell } from "../rules/numeric.ts";
import { counted } from "../verdict.ts";
import { points, pointsInterval } from "../words.ts";
import { accuracy, allPieces, armOf, asr, besideNull, bySetting, type ChainPairs, differenceCells, margin, meanCells, meanPercent } from "./arms.ts";
import { pairsOf, settingOf, tenthsPercent, titleOf } from "./arms.ts";
import { atLeast, atMost, everywhere, overCells } from "./numbers.ts";

const rora = (chains: readonly Chain[]): Chain[] => armOf(chains, "lora", allPieces);

/**
 * B-6.1-5: R-COUNT of settings in which RoRA's mean CA - ASR is the largest of full fine-tuning, the four low-rank methods and RoRA, over the encoders
 * that all six started from: at least 80 %, partly from half of them on. The spread over seeds is told. The input defences are not among
 * the methods: they change rows, not a model.
 */
const strongest: ChainRule = besideNull((chains) => {
  const arms = [armOf(chains, "full"), ...lowRankNames.map((name) => armOf(chains, name)), rora(chains)];
  const cells = bySetting(rora(chains)).flatMap(([name, own]): NamedCell<Chain>[] => {
    const seeds = own.map(({ start }) => arms.map((arm) => arm.find((chain) => chain.start === start && settingOf(chain) === name)))
      .flatMap((runs) => runs.every((run) => run !== undefined) ? [runs as Chain[]] : []);
    if (seeds.length === 0) return [];
    const means = arms.map((_, arm) => mean(seeds.map((runs) => margin(runs[arm])))), other = Math.max(...means.slice(0, -1));
    const best = titleOf(seeds[0][means.indexOf(Math.max(...means))]);
    const lead = pair(seeds.map((runs) => margin(runs.at(-1)!) - margin(runs[means.indexOf(other)])), 1, 0);
    return [{ ...lead, vote: means.at(-1)! >= other ? "supports" : "opposes", name: `${name}, best ${best}`, used: seeds.flat() }];
  });
  const found = voteOn(cells, { what: "CA − ASR, RoRA − the best other method", say: pointsInterval }), voters = voting(cells);
  if (!found) return null;
  const first = voters.filter(({ vote }) => vote === "supports").length;
  const settings = new Set(voters.flatMap(({ used }) => used.map(settingOf)));
  const spread = (own: readonly Chain[]) =>
    mean(bySetting(own).filter(([name]) => settings.has(name)).map(([, runs]) => standardDeviation(runs.map(margin)) ?? 0));
  return {
    ...found,
    verdict: counted(first, voters.length * 0.8, voters.length / 2),
    effect: `best in ${first} of ${voters.length} settings, at least ${count(found.seeds, "seed")}; CA − ASR, RoRA − the best other method: ${
      voters.map((cell) => `${cell.name} ${pointsInterval(cell)}`).join("; ")
    }`,
    ours: `best margin in ${first} of ${voters.length} settings`,
    remarks: [
      ...found.remarks ?? [],
      `standard deviation of CA − ASR over seeds, mean over settings: RoRA ${points(spread(rora(chains)))}, LoRA ${
        points(spread(armOf(chains, "lora")))
      }`,
      "input defences are not among the methods compared",
    ],
  };
});

/**
 * B-6.1-6: 1 - ASR(RoRA) / ASR(LoRA) per seed, mean over seeds: median over settings at least 70 %, refuted below 40 %. Seeds in which LoRA's
 * ASR is 0 have no ratio.
 */
const cutsMost: ChainRule = besideNull((chains) => {
  const condition = atLeast(0.7, 0.4);
  const cells = pairsOf(rora(chains), armOf(chains, "lora")).flatMap(({ name, pairs }) => {
    const known = pairs.filter(([, lora]) => asr(lora) > 0);
    return known.length ? [numericCell(name, known.map(([one, lora]) => 1 - asr(one) / asr(lora)), condition, known.flat())] : [];
  });
  return overCells(cells, median, condition, { what: "share of LoRA's ASR that RoRA takes away", name: "median over settings", say: meanPercent });
});

/** R-FLAT(margin) of clean accuracy, opposed by a loss whose mean lies beyond `beyond`; a gain is no loss. */
const kept = (margin: number, beyond: number) => (differences: readonly number[]): Cell => {
  const cell = flatUnless(differences, margin, beyond);
  return cell.vote === "opposes" && cell.mean > 0 ? { ...cell, vote: "open" } : cell;
};

/** B-6.1-7: R-FLAT(2 points) of clean accuracy, RoRA - LoRA and RoRA - FF, per setting, opposed by a loss above 2 points, R-VOTE. */
const staysAccurate: ChainRule = (chains) =>
  voteOn(
    (["lora", "full"] as const).flatMap((name) =>
      differenceCells(pairsOf(rora(chains), armOf(chains, name)), accuracy, kept(0.02, 0.02), `, against ${methodTitles[name]}`)
    ),
    { what: "clean accuracy, RoRA − LoRA and RoRA − FF", say: pointsInterval },
  );

/** Each low-rank method without RoRA beside itself with it. */
const onTop = (chains: readonly Chain[]): (ChainPairs & { readonly method: typeof lowRankNames[number] })[] =>
  lowRankNames.flatMap((method) => pairsOf(armOf(chains, method, allPieces), armOf(chains, method)).map((found) => ({ ...found, method })));

const cellsOnTop = (chains: readonly Chain[], measure: (chain: Chain) => number, rule: (values: readonly number[]) => Cell) =>
  onTop(chains).flatMap((one) => differenceCells([one], measure, rule, `, ${methodTitles[one.method]}`));

/** B-6.1-15: ASR with RoRA - without, per method and setting: R-PAIR(0.1) below 0 in every cell; "all" is universal. */
const reducesEverywhere: ChainRule = besideNull((chains) =>
  everywhere(cellsOnTop(chains, asr, (values) => pair(values, -1, 0.1)), { what: "ASR, with RoRA − without", say: pointsInterval })
);

/** B-6.1-16: R-FLAT(1 point) of clean accuracy, with RoRA - without, opposed by a loss above 2 points, R-VOTE. */
const hardlyCosts: ChainRule = (chains) =>
  voteOn(cellsOnTop(chains, accuracy, kept(0.01, 0.02)), { what: "clean accuracy, with RoRA − without", say: pointsInterval });

/** B-6.1-19: mean ASR of DoRA with RoRA at most 25 % in every setting; one above 50 % is a counter-example ("everywhere"). */
const doraDrops: ChainRule = besideNull((chains) => {
  const before = armOf(chains, "dora"), told = before.length ? [`DoRA without RoRA: ASR ${tenthsPercent(mean(before.map(asr)))}`] : [];
  return everywhere(meanCells(armOf(chains, "dora", allPieces), asr, atMost(0.25, 0.5)), {
    what: "ASR after DoRA with RoRA",
    say: meanPercent,
    remarks: told,
  });
});

/**
 * B-6.1-20: R-COUNT of the four low-rank methods whose mean ASR falls by more than 50 points with one set of RoRA's options; partly from one on. At the
 * paper's share of poisoned rows RoRA has its defaults; the other readings of what PiSSA's and OLoRA's weight and its change are have been run with
 * fewer, where RoRA acts: told beside.
 */
const methodAgnostic: ChainRule = besideNull((chains) => {
  const pairs = onTop(chains), methods = lowRankNames.filter((name) => pairs.some(({ method }) => method === name));
  if (methods.length < lowRankNames.length) return null;
  const found = methods.map((name) => {
    const own = pairs.filter(({ method }) => method === name).flatMap(({ pairs }) => pairs);
    return { name, own, fall: mean(own.map(([rora, plain]) => asr(plain) - asr(rora))), seeds: new Set(own.map(([{ seed }]) => seed)).size };
  });
  const enough = found.filter(({ fall }) => fall > 0.5).length,
    said = found.map(({ name, fall }) => `${methodTitles[name]} ${points(-fall)}`).join(", ");
  const outcome: Outcome<Chain> = {
    verdict: counted(enough, methods.length),
    direction: mean(found.map(({ fall }) => fall - 0.5)),
    effect: `ASR, with RoRA − without: ${said} points; a fall of more than 50 on ${enough} of ${methods.length} methods`,
    ours: `a fall of more than 50 points on ${enough} of ${methods.length} methods`,
    used: found.flatMap(({ own }) => own.flat()),
    seeds: Math.min(...found.map(({ seeds }) => seeds)),
    remarks: withFewerRows(chains),
  };
  return outcome;
});

/**
 * Mean change of ASR and of clean accuracy by RoRA on each low-rank method and with each of its choices, dose by dose, of those beside the paper's at
 * which all four methods have runs.
 */
function withFewerRows(chains: readonly Chain[]): string[] {
  const changes = lowRankNames.flatMap((name) => {
    const plain = armOf(chains, name, "", ["poisonRate"]), treated = armOf(chains, name, allPieces, ["poisonRate", "delta", "space", "weight"]);
    return [...Map.groupBy(treated, choiceOf)].flatMap(([choice, own]) =>
      pairsOf(own, plain).filter(({ pairs: [[one]] }) => one.differs.includes("poisonRate")).map(({ name: setting, pairs }) => ({
        name,
        setting,
        seeds: pairs.length,
        said: `${methodTitles[name]}${choice} ${
          [asr, accuracy].map((of) => points(mean(pairs.map(([rora, other]) => of(rora) - of(other))))).join("/")
        }`,
      }))
    );
  });
  return [...Map.groupBy(changes, ({ setting }) => setting)]
    .filter(([, own]) => lowRankNames.every((name) => own.some((change) => change.name === name)))
    .map(([setting, own]) =>
      `ASR/clean accuracy, with RoRA − without, at ${setting}, at least ${count(Math.min(...own.map(({ seeds }) => seeds)), "seed")}: ${
        own.map(({ said }) => said).join(", ")
      } points`
    );
}

function choiceOf({ rora }: Chain): string {
  const reading = rora ? readingOf(rora) : [];
  return reading.length ? ` (${reading.join(", ")})` : "";
}

const table2 = "every method and RoRA from the same poisoned encoders (table-b2)";
const table4 = "each low-rank method with RoRA and without from the same poisoned encoders (table-b4)";
const by = (rule: ChainRule, link: "table-b2" | "table-b4"): Decider => ({
  from: "chains",
  rule,
  needs: link === "table-b2" ? table2 : table4,
  link,
});

export const withRora: Deciders = {
  "B-6.1-5": by(strongest, "table-b2"),
  "B-6.1-6": by(cutsMost, "table-b2"),
  "B-6.1-7": by(staysAccurate, "table-b2"),
  "B-6.1-15": by(reducesEverywhere, "table-b4"),
  "B-6.1-16": by(hardlyCosts, "table-b4"),
  "B-6.1-19": by(doraDrops, "table-b4"),
  "B-6.1-20": by(methodAgnostic, "table-b4"),
};
