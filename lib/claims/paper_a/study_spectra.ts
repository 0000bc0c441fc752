/** What the Fisher spectrum at the start says of robustness and capacity (A-0-3, A-1-2, A-2.4-4, A-3.3-4, A-3.3-5). */
import { hasUsualVariance } from "../../adapter/method.ts";
import { metricsOf } from "../../evaluate/metrics.ts";
import { mean } from "../../math/statistics.ts";
import type { CoursePoint, Information } from "../../experiment/study_record.ts";
import { triggeredCounts } from "../../experiment/triggered.ts";
import type { NamedCell } from "../outcome.ts";
import { voteOn } from "../outcome.ts";
import { pair } from "../rules/cell.ts";
import { counted } from "../verdict.ts";
import { besideFull, groups, seedsOf, studiesOf, type StudyRule, type Watched, type WatchedOf } from "../watched.ts";
import { list, signed } from "../words.ts";
import { accuracyLost, correlationCell, overMethods, rho } from "./study_twins.ts";

type Course = WatchedOf<"course">;

const measures = { "IB (trace)": "bitsTrace", "raw H_0.5": "renyiRaw", "effective rank": "effectiveRank" } as const;
const each = Object.entries(measures) as [string, keyof Information][];

/** The clean twin's training loss over the last quarter of the checkpoints. */
const cleanLoss = ({ result: { checkpoints } }: WatchedOf<"twins">): number =>
  mean(checkpoints.slice(-Math.ceil(checkpoints.length / 4)).map((checkpoint) => checkpoint.cleanLoss));

/**
 * A-0-3: partial Spearman over configurations between each measure of the spectrum at the start and the accuracy lost to flips, the clean
 * twin's training loss held fixed: R-CORR(.5, negative, p < .01) each, R-VOTE.
 */
export const simplicityCosts: StudyRule = (studies) => {
  const flips = studiesOf(studies, "twins").filter(({ run }) => run.attack.name === "upa");
  const cells = overMethods(flips).flatMap((own) =>
    each.map(([what, measure]) =>
      correlationCell(`${own[0].name}, ${what}`, own, {
        x: ({ result }) => result.start.information[measure],
        y: accuracyLost,
        z: cleanLoss,
        sign: -1,
        threshold: 0.5,
        level: 0.99,
      })
    )
  );
  return voteOn(cells, { what: "spectrum at the start against accuracy lost to flips, clean loss held fixed", say: rho });
};

/** A-1-2: Spearman over configurations between raw H_0.5 at the start and the poisoned model's accuracy under its trigger: R-CORR(.5, negative, p < .01). */
export const smootherResists: StudyRule = (studies) => {
  const doors = studiesOf(studies, "twins").filter(({ run }) => run.attack.name === "bpa");
  const cells = overMethods(doors).map((own) =>
    correlationCell(own[0].name, own, {
      x: ({ result }) => result.start.information.renyiRaw,
      y: ({ run, result }) => metricsOf(triggeredCounts({ config: run, result: result.poisoned })!).accuracy,
      sign: -1,
      threshold: 0.5,
      level: 0.99,
    })
  );
  return voteOn(cells, { what: "raw H_0.5 at the start against accuracy under the trigger", say: rho });
};

/** Courses over random labels: half of them flipped, over several epochs. */
const capacities = (studies: readonly Watched[]): Course[] =>
  studiesOf(studies, "course").filter(({ run }) => run.attack.name === "upa" && run.attack.poisonRate >= 0.5);

const startOf = ({ result }: Course): CoursePoint => result.points[0];
const endOf = ({ result }: Course): CoursePoint => result.points.at(-1)!;

/** A-2.4-4: Spearman over configurations between each measure at the start and the training loss reached on random labels: R-CORR(.6, negative) each, R-VOTE. */
export const complexFits: StudyRule = (studies) => {
  const cells = overMethods(capacities(studies)).flatMap((own) =>
    each.map(([what, measure]) =>
      correlationCell(what, own, { x: (one) => startOf(one).all[measure], y: (one) => endOf(one).trainingLoss, sign: -1, threshold: 0.6 })
    )
  );
  return voteOn(cells, { what: "spectrum at the start against training loss on random labels", say: rho });
};

/** A-3.3-5: some configuration of LoRA fits random labels (loss below 1e-3) while its IB (trace) at the start is below FF's; partly if only one is seen. */
export const fitsWithLess: StudyRule = (studies) => {
  const pairs = besideFull(capacities(studies));
  if (pairs.length === 0) return null;
  const seen = groups(pairs, ({ lora }) => lora.method).map((own) => ({
    name: own[0].lora.method,
    fits: own.every(({ lora }) => endOf(lora).trainingLoss < 1e-3),
    below: own.every(({ lora, full }) => startOf(lora).all.bitsTrace < startOf(full).all.bitsTrace),
    seeds: seedsOf(own.map(({ lora }) => lora)),
  }));
  const both = seen.filter(({ fits, below }) => fits && below), fits = seen.filter((one) => one.fits), below = seen.filter((one) => one.below);
  const least = Math.min(...pairs.map(({ lora }) => endOf(lora).trainingLoss));
  const named = (some: typeof seen) => some.length ? `${some.length} of ${seen.length} (${list(some.map(({ name }) => name))})` : "none";
  return {
    verdict: counted(both.length ? 2 : Number(fits.length > 0 || below.length > 0), 2),
    direction: both.length ? 1 : -1,
    effect: `random labels fitted below 1e-3: ${named(fits)}, least loss ${least.toPrecision(2)}; IB (trace) at the start below FF's: ${
      named(below)
    }`,
    ours: `${both.length} of ${seen.length} configurations have both`,
    used: pairs.flatMap(({ lora, full }) => [lora, full]),
    seeds: Math.min(...seen.map(({ seeds }) => seeds)),
  };
};

/**
 * A-3.3-4: LoRA less FF, paired by seed, at every checkpoint: R-PAIR(below 0) per configuration and measure, R-VOTE. Traces and eigenvalues
 * are compared by their logarithms; the least mean is .005. FF on the linear modules alone is told beside it.
 */
export const holdsLess: StudyRule = (studies) => {
  const courses = studiesOf(studies, "course").filter(({ run }) => run.attack.name !== "upa" && plain(run.method));
  const settings = groups(besideFull(courses), ({ lora }) => [lora.setting, lora.method]);
  const compared: [string, (information: Information) => number][] = [
    ["ln IB (trace)", ({ bitsTrace }) => Math.log(bitsTrace)],
    ["raw H_0.5", ({ renyiRaw }) => renyiRaw],
    ["normalised H_1", ({ shannon }) => shannon],
    ["ln of the largest eigenvalue", ({ largest }) => Math.log(largest)],
  ];
  const cellsOf = (reach: "all" | "matched") =>
    settings.flatMap((pairs) =>
      pairs[0].lora.result.points.flatMap(({ step }) => {
        const both = pairs.flatMap(({ lora, full }) => {
          const [own, other] = [lora, full].map(({ result }) => result.points.find((point) => point.step === step));
          return own && other ? [{ own: own.all, other: other[reach], used: [lora, full] }] : [];
        });
        if (both.length === 0) return [];
        return compared.map(([what, measure]): NamedCell<Watched> => ({
          ...pair(both.map(({ own, other }) => measure(own) - measure(other)), -1, 0.005),
          name: `${pairs[0].lora.method}, ${step === 0 ? "start" : `step ${step}`}, ${what}`,
          used: both.flatMap(({ used }) => used),
        }));
      })
    );
  const say = ({ mean }: { mean: number }) => signed(mean, 2), cells = cellsOf("all"), matched = voteOn(cellsOf("matched"), { what: "", say });
  const byMeasure = compared.map(([what]) => {
    const own = cells.filter(({ name }) => name.endsWith(what));
    return `${what}: ${own.filter(({ vote }) => vote === "supports").length} of ${own.length} for`;
  });
  const found = voteOn(cells, {
    what: "spectrum of the loss gradients, LoRA − FF",
    say,
    remarks: matched ? [...byMeasure, `beside FF on matched modules alone: ${matched.verdict}${matched.effect.replace(/ \(.*/, "")}`] : [],
  });
  return found && { ...found, ours: `LoRA below FF: ${byMeasure.join("; ")}` }; // a mean over measures of four units says nothing
};

const plain = (method: Course["run"]["method"]): boolean =>
  method.name === "full" || method.name === "lora" && method.trainA && method.zero === "B" && hasUsualVariance(method);
