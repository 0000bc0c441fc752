/** A poisoned encoder less its never-poisoned twin: equation 2, what cancelling takes, and what LoRA relearns (B-4.1-4, B-4.1-5, B-5.2-1). */
import { median } from "simple-statistics";
import { metricsOf } from "../../evaluate/metrics.ts";
import { type RunConfig, standingAlone } from "../../experiment/config.ts";
import type { Evaluated } from "../../experiment/study_record.ts";
import { attackSuccessOf as asr } from "../../experiment/triggered.ts";
import { count } from "../../math/count.ts";
import { mean } from "../../math/statistics.ts";
import type { Decider, Deciders } from "../decider.ts";
import { together, voteOn } from "../outcome.ts";
import { pair } from "../rules/cell.ts";
import { below, everyOne, numericCell } from "../rules/numeric.ts";
import { aggregate } from "../verdict.ts";
import { groups, studiesOf, type StudyRule, type Watched, type WatchedOf } from "../watched.ts";
import { pointsInterval, signed, withInterval } from "../words.ts";
import { meanPercent, tenthsPercent } from "./arms.ts";
import { leastAlignment } from "./rows.ts";
import { chance } from "./spectra.ts";

type Decomposition = WatchedOf<"decomposition">;
type Arm = Decomposition["result"]["arms"][number];
type Overlap = Arm["overlaps"][number]["difference"];

const decompositions = (studies: readonly Watched[]): Decomposition[] => studiesOf(studies, "decomposition");
const bySetting = (studies: readonly Decomposition[]) => groups(studies, ({ setting }) => setting);

const accuracyOf = ({ clean }: Evaluated): number => metricsOf(clean).accuracy;

/** Of the poisoned encoder's own task. */
const proxyOf = ({ run }: Decomposition): RunConfig => standingAlone(run.start!.run);

/** With so many directions taken out; null: with all. */
const at = (without: Arm["without"], directions: number | null): Evaluated => without.find((one) => one.directions === directions)!.evaluated;

/** LoRA, or LoRA with Tr alone. */
const armOf = ({ result }: Decomposition, piece: null | "tr"): Arm | undefined =>
  result.arms.find(({ rora }) => piece === null ? rora === null : rora !== null && rora.tr !== null && rora.ci === null);

/** ASR above the twin's: what errors alone make of triggered rows is no backdoor. */
const planted = (study: Decomposition, seen: Evaluated): number => asr(proxyOf(study), seen) - asr(proxyOf(study), study.result.proxy.twin);

/**
 * B-4.1-4, the poisoned encoder on its own task: after all of W_poisoned - W_twin has been taken out of the linear modules (embeddings, norms,
 * biases and the classifier stay poisoned), R-NUM: ASR less than 10 points above the twin's, and less than 2 points of clean accuracy lost;
 * R-AGG. How few leading directions do as much is told.
 */
const splits: StudyRule = (studies) => {
  const own = decompositions(studies), settings = bySetting(own);
  const cells = (measure: (study: Decomposition) => number, bound: number) =>
    settings.map((seeds) => numericCell(seeds[0].name, seeds.map(measure), below(bound), seeds));
  const lost = (study: Decomposition, directions: number | null) =>
    accuracyOf(study.result.proxy.poisoned) - accuracyOf(at(study.result.proxy.without, directions));
  const left = (study: Decomposition, directions: number | null) => planted(study, at(study.result.proxy.without, directions));
  const found = together([
    everyOne(cells((study) => left(study, null), 0.1), { what: "ASR above the twin's without the difference", say: meanPercent }),
    everyOne(cells((study) => lost(study, null), 0.02), { what: "clean accuracy lost", say: meanPercent }),
  ], aggregate);
  if (!found) return null;
  const [{ result: { modules, proxy } }] = own, counts = proxy.without.flatMap(({ directions }) => directions ?? []);
  const over = (measure: (study: Decomposition) => number) => tenthsPercent(mean(own.map(measure)));
  return {
    ...found,
    remarks: [
      `ASR before ${over((study) => asr(proxyOf(study), study.result.proxy.poisoned))}, of the twin ${
        over((study) => asr(proxyOf(study), study.result.proxy.twin))
      }`,
      `leading directions of every module taken out: ${
        counts.map((k) => `${k}: ASR above the twin's ${over((study) => left(study, k))}, accuracy lost ${over((study) => lost(study, k))}`).join(
          "; ",
        )
      }`,
      `difference: median effective rank ${median(modules.map(({ effectiveRank }) => effectiveRank)).toFixed(0)}, median sigma_max ${
        median(modules.map(({ difference, poisoned }) => difference / poisoned)).toFixed(3)
      } of the weight's`,
    ],
  };
};

/**
 * B-4.1-5: an oracle that knows W_poisoned - W_twin takes it out of LoRA's frozen weights after fine-tuning; R-PAIR(0.1) on its ASR less that
 * of LoRA with Tr, which knows W_pre alone; R-VOTE. The oracle with fewer directions is told, and what it costs.
 */
const oracleCancels: StudyRule = (studies) => {
  const own = decompositions(studies).filter((study) => armOf(study, null) && armOf(study, "tr"));
  const oracle = (study: Decomposition, directions: number | null) => at(armOf(study, null)!.without, directions);
  const cells = bySetting(own).map((seeds) => ({
    ...pair(seeds.map((study) => asr(study.run, oracle(study, null)) - asr(study.run, armOf(study, "tr")!.tuned)), -1, 0.1),
    name: seeds[0].name,
    used: seeds,
  }));
  const counts = own.length ? armOf(own[0], null)!.without.flatMap(({ directions }) => directions ?? []) : [];
  const over = (measure: (study: Decomposition) => number) => tenthsPercent(mean(own.map(measure)));
  const told = (name: string, of: (study: Decomposition) => Evaluated) =>
    `${name}: ASR ${over((study) => asr(study.run, of(study)))}, CA ${over((study) => accuracyOf(of(study)))}`;
  return voteOn(cells, {
    what: "ASR, oracle − Tr",
    say: pointsInterval,
    remarks: own.length === 0 ? [] : [
      "the oracle takes the difference out of LoRA's frozen weights: a penalty on its directions would keep LoRA from cancelling them",
      told("LoRA", (study) => armOf(study, null)!.tuned),
      told("Tr", (study) => armOf(study, "tr")!.tuned),
      told("oracle", (study) => oracle(study, null)),
      ...counts.map((k) => told(`oracle with ${count(k, "direction")} a module`, (study) => oracle(study, k))),
    ],
  });
};

const cosines = (overlaps: readonly Overlap[]): number[] => overlaps.flatMap(({ left, right }) => [left, right].filter((one) => one !== null));

/**
 * B-5.2-1: largest |cosine| of the leading vectors of LoRA's update with 32 leading ones of W_poisoned - W_twin, mean over modules and both
 * sides, less what directions of no meaning give: R-PAIR(0.01), R-VOTE. The same with what clean training alone changed (the twin's) is told: only
 * an overlap above that one is with the backdoor.
 */
const relearns: StudyRule = (studies) => {
  const own = decompositions(studies).filter((study) => armOf(study, null));
  if (own.length === 0) return null;
  const overlap = (study: Decomposition, other: "difference" | "moved") => mean(cosines(armOf(study, null)!.overlaps.map((one) => one[other])));
  const expected = chance(own[0].run.model).mean;
  const cells = bySetting(own).map((seeds) => ({
    ...pair(seeds.map((study) => overlap(study, "difference") - expected), 1, leastAlignment),
    name: seeds[0].name,
    used: seeds,
  }));
  const beyond = pair(own.map((study) => overlap(study, "difference") - overlap(study, "moved")), 1, leastAlignment);
  return voteOn(cells, {
    what: "mean |cosine| with the difference's directions, above chance",
    say: ({ mean }) => signed(mean, 3),
    remarks: [
      `with the difference ${mean(own.map((study) => overlap(study, "difference"))).toFixed(3)}, with what the twin's clean training changed ${
        mean(own.map((study) => overlap(study, "moved"))).toFixed(3)
      }, by chance ${expected.toFixed(3)}`,
      `difference less twin's change: ${withInterval(beyond, (value) => signed(value, 3))}`,
    ],
  });
};

const needs = "a poisoned encoder, its never-poisoned twin and LoRA from the former (study decomposition)";
const by = (rule: StudyRule, leastSeeds: number): Decider => ({ from: "studies", rule, needs, leastSeeds });

export const decomposed: Deciders = {
  "B-4.1-4": by(splits, 1), // a number, which one seed has
  "B-4.1-5": by(oracleCancels, 2),
  "B-5.2-1": by(relearns, 2),
};
