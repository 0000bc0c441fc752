/** Rank and size of an update, each by itself, and what merging does to the weights' leading vectors (told: B-0-2, B-4.1-3; half of B-4.3-3). */
import { median } from "simple-statistics";
import { metricsOf } from "../../evaluate/metrics.ts";
import type { Evaluated } from "../../experiment/study_record.ts";
import { attackSuccessOf } from "../../experiment/triggered.ts";
import { mean } from "../../math/statistics.ts";
import { untestable } from "../outcome.ts";
import { above, everyOne, numericCell } from "../rules/numeric.ts";
import { groups, studiesOf, type StudyRule, type Watched, type WatchedOf } from "../watched.ts";
import { tenthsPercent } from "./arms.ts";

type Projection = WatchedOf<"projection">;
type Change = Projection["result"]["modules"][number]["full"];

const bySetting = (studies: readonly Watched[]) => groups(studiesOf(studies, "projection"), ({ setting }) => setting);

/** Of LoRA's modules: the smaller of both sides' |cosine|. */
const cosinesOf = ({ result: { modules } }: Projection, which: "lora" | "full"): number[] =>
  modules.flatMap(({ lora, [which]: change }): Change[] => lora && change ? [change] : []).map(({ left, right }) => Math.min(left, right));

/**
 * B-4.3-3's cosines: of the leading singular vectors of W and W + s B A, the smaller of both sides, R-NUM(above .99) on the median of the adapted
 * modules, in every setting. The smallest, and full fine-tuning's in the same modules, are told.
 */
export const vectorsStay: StudyRule = (studies) => {
  const settings = bySetting(studies);
  const cells = settings.map((seeds) => numericCell(seeds[0].name, seeds.map((study) => median(cosinesOf(study, "lora"))), above(0.99), seeds));
  const over = (seeds: readonly Projection[], which: "lora" | "full", of: (cosines: number[]) => number) =>
    mean(seeds.map((study) => of(cosinesOf(study, which)))).toFixed(4);
  return everyOne(cells, {
    what: "|cosine| of the weights' leading vectors before and after merging, median module",
    say: ({ mean }) => mean.toFixed(4),
    remarks: settings.map((seeds) =>
      `${seeds[0].name}: smallest module ${over(seeds, "lora", (all) => Math.min(...all))}; full fine-tuning in the same modules: median ${
        over(seeds, "full", median)
      }, smallest ${over(seeds, "full", (all) => Math.min(...all))}`
    ),
  });
};

/** LoRA's update by full fine-tuning's, of the median module that LoRA adapts. */
const timesLarger = ({ result: { modules } }: Projection, of: (change: Change) => number): number =>
  median(modules.flatMap(({ full, lora }) => lora ? [of(lora) / of(full)] : []));

/** ASR of LoRA and of full fine-tuning, at the other's size and at each rank: told, so that its verdict is nobody's. */
const rankAndSize: StudyRule = (studies) => {
  const settings = bySetting(studies);
  if (settings.length === 0) return null;
  return untestable({
    effect: settings.map(rankAndSizeText).join("; "),
    ours: "",
    used: settings.flat(),
    seeds: Math.min(...settings.map(({ length }) => length)),
  });
};

function rankAndSizeText(seeds: readonly Projection[]): string {
  const over = (of: (result: Projection["result"]) => Evaluated) => {
    const asr = mean(seeds.map(({ run, result }) => attackSuccessOf(run, of(result)))), ca = mean(seeds.map(({ result }) => accuracyOf(of(result))));
    return `${tenthsPercent(asr)} (CA ${tenthsPercent(ca)})`;
  };
  const times = (of: (change: Change) => number) => `× ${mean(seeds.map((study) => timesLarger(study, of))).toFixed(1)}`;
  const [{ result: { projected } }] = seeds, at = (rank: number) => (one: Projection["result"]) => one.projected.find((own) => own.rank === rank)!;
  const ranks = projected.map(({ rank }) => `${rank}: ${over((result) => at(rank)(result).evaluated)}`);
  return `${seeds[0].name}: ASR of LoRA ${over(({ lora }) => lora)}, with its update at the norm of full fine-tuning's ${
    over(({ rescaled }) => rescaled)
  }; of full fine-tuning ${over(({ full }) => full)}, with its update projected to rank ${ranks.join(", ")}; LoRA's update relative to full ` +
    `fine-tuning's, median of the modules that LoRA adapts: norm ${times(({ norm }) => norm)}, largest singular value ${
      times(({ largest }) => largest)
    }`;
}

const accuracyOf = ({ clean }: Evaluated): number => metricsOf(clean).accuracy;

/** Measurements that are told beside a verdict that rests on runs. */
export const told: Readonly<Record<string, StudyRule>> = { "B-0-2": rankAndSize, "B-4.1-3": rankAndSize };
