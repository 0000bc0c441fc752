/** What studies of paper A measured, as rows for a notebook's tables: means over seeds, with the smallest and the largest where there is room. */
import { metricsOf } from "../evaluate/metrics.ts";
import { triggeredCounts } from "../experiment/triggered.ts";
import { triggerOf } from "../poison/attacks.ts";
import { mean, standardDeviation } from "../math/statistics.ts";
import { accuracyLost, finalAttackSuccess, overMethods, relativeDistance } from "../claims/paper_a/study_twins.ts";
import { studiesOf, watch, type Watched, type WatchedOf } from "../claims/watched.ts";
import type { StudyRecord } from "../experiment/study_record.ts";
import { inOrder } from "../figure/paper_b/order.ts";
import { type SeedMeasure, seedRows } from "./seed_rows.ts";

type Twins = WatchedOf<"twins">;
type Angles = WatchedOf<"angles">;
type Course = WatchedOf<"course">;
type Studies = readonly StudyRecord[];

const runs = ({ name, method }: Watched) => ({ runs: name, method });
const twinsIn = (studies: Studies): Twins[] => studiesOf(watch(studies), "twins");
const coursesIn = (studies: Studies): Course[] => studiesOf(watch(studies), "course");
const apart = ({ result }: Twins): number[] => result.checkpoints.map(({ all }) => all.apart);

/** A-2.2-1, A-3.3-6: how far clean and poisoned twins of the main methods are apart, and how much that varies along training. */
export const twins = (studies: Studies) =>
  seedRows(twinsIn(studies).filter(({ isDefault }) => isDefault), runs, {
    "|ΔW − ΔW~|, mean over training": (one) => mean(apart(one)),
    "its variation over training": (one) => standardDeviation(apart(one))! / mean(apart(one)),
    "|ΔW − ΔW~| / |ΔW|": (one) => relativeDistance(one),
    "accuracy lost to the poison": accuracyLost,
  });

/** A-0-3, A-1-2, A-2.3-6: measures of the kernel at the start over ranks and scales, beside what the poison then did; by rising information. */
export const overScales = (studies: Studies) => {
  const settings = overMethods(twinsIn(studies)),
    measures = {
      "M' (trace)": ({ result }: Twins) => result.start.kernelTrace,
      ...startMeasures<Twins>(({ result }) => result.start.information),
      "M, mean |ΔW − ΔW~|": (one: Twins) => mean(apart(one)),
      "training loss, clean": ({ result: { checkpoints } }: Twins) =>
        mean(checkpoints.slice(-Math.ceil(checkpoints.length / 4)).map(({ cleanLoss }) => cleanLoss)),
      "accuracy, poisoned": ({ run, result: { poisoned } }: Twins) =>
        metricsOf(triggeredCounts({ config: run, result: poisoned }, triggerOf(run.attack)) ?? poisoned.clean).accuracy,
      "accuracy lost to the poison": accuracyLost,
    };
  return settings.flatMap((own) => inOrder(seedRows(own, runs, measures, { ends: false }), ({ bitsTrace }) => [Number(bitsTrace)]));
};

const startMeasures = <One>(of: (one: One) => Course["result"]["points"][number]["all"]): Record<string, SeedMeasure<One>> => ({
  bitsTrace: (one) => of(one).bitsTrace,
  renyiRaw: (one) => of(one).renyiRaw,
  effectiveRank: (one) => of(one).effectiveRank,
});

/** A-2.4-4, A-3.3-5: the kernel at the start, and how far labels of which half are wrong were fitted; by rising information. */
export const randomLabels = (studies: Studies) =>
  inOrder(
    seedRows(coursesIn(studies).filter(hasRandomLabels), runs, {
      ...startMeasures<Course>(({ result }) => result.points[0].all),
      "training loss reached": ({ result }) => result.points.at(-1)!.trainingLoss,
    }, { ends: false }),
    ({ bitsTrace }) => [Number(bitsTrace)],
  );

const hasRandomLabels = ({ run: { attack } }: Watched): boolean => attack.name === "upa" && attack.poisonRate >= 0.5;

/** A course at one of its checkpoints. */
const pointsOf = (courses: readonly Course[]) =>
  courses.flatMap((course) => course.result.points.map((point) => ({ course, point, at: momentOf(point.step / course.result.steps) })));
type AtPoint = ReturnType<typeof pointsOf>[number];

const momentOf = (share: number): string => share === 0 ? "start" : share === 1 ? "end" : "middle";

/** A-2.2-2, A-2.4-1: how unevenly the Fisher matrix's diagonal is filled, and how far both sides of equation 8 are apart. */
export const fisher = (studies: Studies) =>
  seedRows(pointsOf(coursesIn(studies)).filter(({ point }) => point.fisher), ({ course, at }) => ({ ...runs(course), at }), {
    "99th percentile / median of the diagonal": ({ point }) => point.fisher!.all.ratio,
    "equation 8, relative difference of its sides": ({ point }) => point.fisher!.identity,
  });

const courseMeasures: Readonly<Record<string, SeedMeasure<AtPoint>>> = {
  accuracy: ({ point }) => point.accuracy,
  drift: ({ point }) => point.drift.all,
  bitsTrace: ({ point }) => point.all.bitsTrace,
  bitsLog: ({ point }) => point.all.bitsLog,
  renyiRaw: ({ point }) => point.all.renyiRaw,
  shannon: ({ point }) => point.all.shannon,
  effectiveRank: ({ point }) => point.all.effectiveRank,
  largest: ({ point }) => point.all.largest,
  "trace A'A": ({ point }) => point.factors?.a.trace,
  "trace BB'": ({ point }) => point.factors?.b.trace,
};

/** A-3.3-4: what becomes of the kernel's Fisher matrix in backdoored runs of both methods. */
export const courses = (studies: Studies) =>
  seedRows(pointsOf(coursesIn(studies).filter(isBackdoored)), ({ course, at }) => ({ trained: course.method, at }), courseMeasures, { ends: false });

const isBackdoored = ({ run }: Watched): boolean => run.attack.name === "bpa";

/** A-4.4.2-5: the same of label-flip runs of LoRA over k, by rising k. */
export const variances = (studies: Studies) => {
  const flipped = coursesIn(studies).filter((one) => one.run.attack.name === "upa" && !hasRandomLabels(one) && one.run.method.name === "lora");
  const rows = seedRows(pointsOf(flipped), ({ course, at }) => ({ k: kOf(course), at }), {
    ...courseMeasures,
    "share of the A'A part": ({ point }) => point.shares.loraB,
  }, { ends: false });
  return inOrder(rows, ({ k, at }) => [k, at === "start" ? 0 : 1]);
};

const kOf = ({ run: { method } }: Watched): number => method.name === "lora" ? Number(method.initVariance.toPrecision(3)) : NaN;

/** What is left at the end of what k, and rank at s = 2, set apart at the start: each measure at the largest setting by that at the smallest. */
export function leftOfStart(studies: Studies) {
  const ranked = inOrder(coursesIn(studies).filter((one) => isBackdoored(one) && /^LoRA r \d+, s 2$/.test(one.method)), rankOf);
  const byRank = seedRows(pointsOf(ranked), ({ course, at }) => ({ rank: rankOf(course)[0], at }), courseMeasures, { ends: false });
  const factors = (rows: readonly Record<string, string | number | null>[], name: string) =>
    ["bitsTrace", "trace A'A"].flatMap((measure) => {
      const factor = (moment: string) => {
        const own = rows.filter(({ at }) => at === moment);
        return Number(own.at(-1)![measure]) / Number(own[0][measure]);
      };
      const settings = [...new Set(rows.map((row) => row[name]))];
      return settings.length < 2
        ? []
        : [{ over: name, from: settings[0], to: settings.at(-1), measure, "at the start": factor("start"), "at the end": factor("end") }];
    });
  return [...factors(variances(studies), "k"), ...factors(byRank, "rank")];
}

/** 0 for full fine-tuning, which comes first. */
const rankOf = ({ run: { method } }: Watched): [number] => [method.name === "lora" ? method.rank : 0];

/** A-A.2-3, A-D-1: the trained model beside its first-order expansion at the start, and LoRA's kernel at the start beside full fine-tuning's. */
export const linearity = (studies: Studies) =>
  seedRows(coursesIn(studies).filter(({ result }) => result.linearised), runs, {
    "accuracy, trained": ({ result }) => result.points.at(-1)!.accuracy,
    "accuracy, first order": ({ result }) => result.linearised!.accuracy,
    "rows on which both agree": ({ result }) => result.linearised!.agreement,
    "drift of the kernel": ({ result }) => result.points.at(-1)!.drift.all,
    "alignment with FF's at the start": ({ result }) => result.alignment?.all,
  });

/** A-C-1, A-C-6: at the end of backdoored runs of LoRA, the kernel's parts by gradients of B and of A, and its drift. */
export const parts = (studies: Studies) =>
  seedRows(coursesIn(studies).filter((one) => isBackdoored(one) && one.run.method.name === "lora" && one.result.points.length > 1), runs, {
    "share of the A'A part": ({ result }) => result.points.at(-1)!.shares.loraB,
    "share of the BB' part": ({ result }) => result.points.at(-1)!.shares.loraA,
    "drift of the kernel": ({ result }) => result.points.at(-1)!.drift.all,
  });

const anglesIn = (studies: Studies): Angles[] => studiesOf(watch(studies), "angles");

/** A-3.3-10: the angle between gradients of clean and triggered rows before the first step, over ranks. */
export const anglesAtStart = (studies: Studies) =>
  seedRows(inOrder(anglesIn(studies).filter(({ result }) => result.evaluated === null), rankOf), runs, {
    "cosine, linear modules": ({ result }) => result.points[0].matched.sameLabel,
  });

/** A-3.3-9: the same along the first third of backdoored runs, beside what the backdoor then reached. */
export const anglesAlong = (studies: Studies) =>
  seedRows(anglesIn(studies).filter(({ result }) => result.evaluated), runs, {
    "|cosine|, mean over the first third": ({ result }) => mean(result.points.map(({ total }) => total.modulus)),
    "ASR at the end": finalAttackSuccess,
  });
