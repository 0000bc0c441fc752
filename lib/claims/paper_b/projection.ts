/** Rank and size of an update, each by itself, and what merging does to the weights' leading vectors (told: B-0-2, B-4.1-3; half of B-4.3-3). */
import { median } from "simple-statistics";
import type { Evaluated } from "../../experiment/study_record.ts";
import { attackSuccessOf } from "../../experiment/triggered.ts";
import { mean } from "../../math/statistics.ts";
import { voteOn } from "../outcome.ts";
import { pair } from "../rules/cell.ts";
import { above, everyOne, numericCell } from "../rules/numeric.ts";
import { groups, studiesOf, type StudyRule, type Watched, type WatchedOf } from "../watched.ts";
import { pointsInterval } from "../words.ts";
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

/** ASR of LoRA's update at the size of full fine-tuning's less as it is, and of the latter's at each rank. */
const rankAndSize: StudyRule = (studies) => {
  const settings = bySetting(studies), asr = (study: Projection, seen: Evaluated) => attackSuccessOf(study.run, seen);
  const cells = settings.map((seeds) => ({
    ...pair(seeds.map((study) => asr(study, study.result.rescaled) - asr(study, study.result.lora)), -1, 0.05),
    name: seeds[0].name,
    used: seeds,
  }));
  const over = (seeds: readonly Projection[], of: (study: Projection) => Evaluated) =>
    tenthsPercent(mean(seeds.map((study) => asr(study, of(study)))));
  return voteOn(cells, {
    what: "ASR, LoRA at the norm of full fine-tuning's update − LoRA",
    say: pointsInterval,
    remarks: settings.map((seeds) => {
      const ranks = seeds[0].result.projected.map(({ rank }, i) => `${rank}: ${over(seeds, ({ result }) => result.projected[i].evaluated)}`);
      return `${seeds[0].name}: ASR of LoRA ${over(seeds, ({ result }) => result.lora)}, at full fine-tuning's norm ${
        over(seeds, ({ result }) => result.rescaled)
      }; of full fine-tuning ${over(seeds, ({ result }) => result.full)}, its update projected to rank ${ranks.join(", ")}`;
    }),
  });
};

/** Measurements that are told beside a verdict that rests on runs. */
export const told: Readonly<Record<string, StudyRule>> = { "B-0-2": rankAndSize, "B-4.1-3": rankAndSize };
