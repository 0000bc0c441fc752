/** Kernels along training: drift, parts, factors, linearity, alignment, the Fisher diagonal; angles between gradients. */
import { isUsual } from "../../adapter/method.ts";
import { kendallTau } from "../../math/kendall.ts";
import type { CoursePoint } from "../../experiment/study_record.ts";
import { mean } from "../../math/statistics.ts";
import type { NamedCell } from "../outcome.ts";
import { together, voteOn } from "../outcome.ts";
import { pair, trend } from "../rules/cell.ts";
import { correlation } from "../rules/correlation.ts";
import { createRng } from "../../math/random.ts";
import { above, below, type Condition, everyOne, numericCell } from "../rules/numeric.ts";
import { aggregate } from "../verdict.ts";
import { besideFull, groups, seedsOf, studiesOf, type StudyRule, type Watched, type WatchedOf } from "../watched.ts";
import { signed } from "../words.ts";
import { finalAttackSuccess, rho } from "./study_twins.ts";

type Course = WatchedOf<"course">;

const trained = (studies: readonly Watched[]): Course[] => studiesOf(studies, "course").filter(({ result }) => result.points.at(-1)!.step > 0);
const end = ({ result }: Course) => result.points.at(-1)!;
const labelled = (own: readonly Watched[]): string => `${own[0].name}, ${own[0].method}`;
const configurations = (courses: readonly Course[]): Course[][] => groups(courses, (one) => [one.setting, one.method]);
const number = ({ mean }: { mean: number }): string => String(Number(mean.toPrecision(3)));

/** At each checkpoint that has the Fisher diagonal, the courses that have it there: those of one configuration may differ in their checkpoints. */
function fisherCells(
  courses: readonly Course[],
  measure: (fisher: NonNullable<CoursePoint["fisher"]>) => number,
  condition: Condition,
): NamedCell<Watched>[] {
  return configurations(courses).flatMap((own) => {
    const measured = own.flatMap((one) => one.result.points.flatMap(({ step, fisher }) => fisher ? [{ one, step, value: measure(fisher) }] : []));
    return [...Map.groupBy(measured, ({ step }) => step)].sort(([a], [b]) => a - b).map(([step, at]) =>
      numericCell(`${labelled(own)}, step ${step}`, at.map(({ value }) => value), condition, at.map(({ one }) => one))
    );
  });
}

/** A-2.2-2: 99th percentile of the empirical Fisher's diagonal by its median, zeros left out: R-NUM(above 20) in every configuration and at every checkpoint, refuted below 3. */
export const parametersDiffer: StudyRule = (studies) =>
  everyOne(fisherCells(studiesOf(studies, "course"), ({ all }) => all.ratio, above(20, 3)), {
    what: "99th percentile of the Fisher diagonal by its median",
    say: number,
  });

/**
 * A-2.4-1 on a trained transformer: both sides of equation 8, row by row gradients against the kernel. Both are computed in float32, where the
 * rule's 1e-9 cannot be seen: R-NUM(relative difference below 1e-5), refuted above 1e-4.
 */
export const fisherIsKernel: StudyRule = (studies) =>
  everyOne(fisherCells(studiesOf(studies, "course"), ({ identity }) => identity, below(1e-5, 1e-4)), {
    what: "relative difference of equation 8's sides on a transformer, float32",
    say: ({ mean }) => mean.toExponential(1),
  });

/** A-2.3-2 on the transformer: the drift is told, the idealised net decides. */
export const driftTold: StudyRule = (studies) => {
  const cells = configurations(trained(studies).filter(({ isDefault }) => isDefault)).map((own) =>
    numericCell(labelled(own), own.map((one) => end(one).drift.all), below(0.05, 1), own)
  );
  return everyOne(cells, { what: "kernel drift of the transformer, |K_T − K_0| / |K_0|", say: number });
};

/** Two conditions in one cell: it supports if both hold, opposes if one is refuted. */
function bothIn(
  name: string,
  own: readonly Course[],
  parts: readonly { of: (one: Course) => number; condition: Condition }[],
): { cell: NamedCell<Watched>; means: number[] } {
  const cells = parts.map(({ of, condition }) => numericCell(name, own.map(of), condition, own)), means = cells.map((cell) => cell.mean);
  const vote = cells.some((cell) => cell.vote === "opposes") ? "opposes" : cells.every((cell) => cell.vote === "supports") ? "supports" : "open";
  return { cell: { ...cells[0], vote, direction: Math.min(...cells.map(({ direction }) => direction)) }, means };
}

/** A-A.2-3, for FF and LoRA: accuracy of the first-order expansion at the start within 2 points of the trained model's, refuted beyond 5; drift below .2, refuted above 1. */
export const staysLinear: StudyRule = (studies) => {
  const measured = configurations(trained(studies).filter(({ result, isDefault }) => result.linearised && isDefault));
  const found = measured.map((own) =>
    bothIn(labelled(own), own, [
      { of: (one) => Math.abs(one.result.linearised!.accuracy - end(one).accuracy), condition: below(0.02, 0.05) },
      { of: (one) => end(one).drift.all, condition: below(0.2, 1) },
    ])
  );
  return everyOne(found.map(({ cell }) => cell), {
    what: "distance of the linearised model's accuracy",
    say: ({ mean }) => `${(100 * mean).toFixed(1)} points`,
    remarks: found.map(({ cell, means }) => `${cell.name}: accuracy off by ${(100 * means[0]).toFixed(1)} points, drift ${means[1].toFixed(2)}`),
  });
};

/** A-D-1: alignment of LoRA's and FF's kernels at the start above .9, refuted below .5; LoRA's drift below .2. */
export const nearlyFull: StudyRule = (studies) => {
  const measured = configurations(trained(studies).filter(({ result, isDefault }) => result.alignment && isDefault));
  const found = measured.map((own) =>
    bothIn(labelled(own), own, [
      { of: (one) => one.result.alignment!.all, condition: above(0.9, 0.5) },
      { of: (one) => end(one).drift.all, condition: below(0.2, Infinity) },
    ])
  );
  return everyOne(found.map(({ cell }) => cell), {
    what: "centred alignment of LoRA's and FF's kernels at the start",
    say: number,
    remarks: found.map(({ cell, means }) => `${cell.name}: drift of LoRA's kernel ${means[1].toFixed(2)}`),
  });
};

/** A-C-1: the part of the kernel's trace from gradients by A (B B^T): 0 at the start, R-NUM(below 20 %) at the end, refuted above the other part. */
export const aActsDirectly: StudyRule = (studies) => {
  const courses = trained(studies).filter(({ run, isDefault }) => run.method.name === "lora" && isDefault);
  const found = configurations(courses).map((own) => {
    const opposes = mean(own.map((one) => end(one).shares.loraA - end(one).shares.loraB)) > 0;
    const cell = numericCell(labelled(own), own.map((one) => end(one).shares.loraA), below(0.2, opposes ? 0.2 : Infinity), own);
    const zero = own.every(({ result }) => result.points[0].shares.loraA < 1e-9);
    return zero ? cell : { ...cell, vote: "opposes" as const };
  });
  return everyOne(found, { what: "share of the B B^T part at the end (0 at the start)", say: number });
};

/** A-C-6: drift of the whole kernel with A frozen less with A trained, paired by seed: R-NUM(below 0). */
export const frozenDriftsLess: StudyRule = (studies) => {
  const courses = trained(studies).filter(({ run }) => run.method.name === "lora");
  const frozen = courses.filter(({ run: { method } }) => method.name === "lora" && !method.trainA && isUsual({ ...method, trainA: true }));
  const cells = groups(frozen, ({ setting }) => setting).flatMap((own) => {
    const pairs = own.flatMap((one) => {
      const other = courses.find(({ isDefault, setting, run }) => isDefault && setting === one.setting && run.seed === one.run.seed);
      return other ? [{ one, other }] : [];
    });
    const differences = pairs.map(({ one, other }) => end(one).drift.all - end(other).drift.all);
    return pairs.length ? [numericCell(own[0].name, differences, below(0), pairs.flatMap(({ one, other }) => [one, other]))] : [];
  });
  return everyOne(cells, { what: "kernel drift, A frozen − A trained", say: ({ mean }) => signed(mean, 3) });
};

/**
 * A-4.4.2-5: eigenvalues of A^T A at the end, largest against smallest k: R-NUM(mean eigenvalues within a factor 3). Not reproduced if the order
 * over k is the one at the start and the A^T A part is the larger one at every k; else partly.
 */
export const weightsForgetTheirStart: StudyRule = (studies) => {
  const flips = trained(studies).filter(({ run }) => run.attack.name === "upa" && run.attack.poisonRate < 0.5 && run.method.name === "lora");
  const kOf = ({ run }: Course) => run.method.name === "lora" ? run.method.initVariance : NaN;
  const cells = groups(flips, ({ setting }) => setting).flatMap((own) => {
    const seeds = groups(own, ({ run }) => run.seed).map((one) => [...one].sort((a, b) => kOf(a) - kOf(b))).filter((one) => one.length >= 3);
    if (seeds.length === 0) return [];
    const ratios = seeds.map((one) => end(one.at(-1)!).factors!.a.trace / end(one[0]).factors!.a.trace);
    const taus = seeds.map((one) => kendallTau(one.map(kOf), one.map((course) => end(course).factors!.a.trace)));
    const dominant = own.every((one) => end(one).shares.loraB > 0.5), preserved = taus.every((tau) => tau === 1);
    const cell = numericCell(own[0].name, ratios.map((ratio) => Math.abs(Math.log(ratio))), below(Math.log(3)), own);
    const least = Math.min(...own.map((one) => end(one).shares.loraB));
    const told = `${own[0].name}: order over k ${preserved ? "as at the start" : "changed"}, A^T A part at least ${(100 * least).toFixed(0)} %`;
    return [{ cell: { ...cell, vote: cell.vote === "supports" ? cell.vote : preserved && dominant ? "opposes" as const : "open" as const }, told }];
  });
  const found = everyOne(cells.map(({ cell }) => cell), {
    what: "eigenvalues of A^T A at the end, largest k by smallest",
    say: ({ mean }) => `× ${Number(Math.exp(mean).toPrecision(3))}`,
    remarks: cells.map(({ told }) => told),
  });
  return found && found.verdict === "not reproduced" && cells.some(({ cell }) => cell.vote === "open") ? { ...found, verdict: "partly" } : found;
};

/** A-C-3's other half, told: mean eigenvalue of the loss gradients' Gram matrix at the start, LoRA by FF on the linear modules. */
export const meanEigenvalueTold: StudyRule = (studies) => {
  const pairs = besideFull(studiesOf(studies, "course").filter(({ isDefault }) => isDefault));
  const cells = groups(pairs, ({ lora }) => lora.setting).map((own) => {
    const ratios = own.map(({ lora, full }) => Math.log(lora.result.points[0].matched.meanEigenvalue / full.result.points[0].matched.meanEigenvalue));
    return numericCell(own[0].lora.name, ratios, below(0), own.map(({ lora }) => lora));
  });
  return everyOne(cells, {
    what: "mean eigenvalue at the start, LoRA by FF on matched modules",
    say: ({ mean }) => `× ${Math.exp(mean).toFixed(2)}`,
  });
};

/**
 * A-3.3-10: mean cosine of clean and triggered rows' gradients at the start, both with one label (another label only turns a gradient round), over
 * the linear modules: LoRA less FF over draws of A, R-PAIR(above 0, .02) per rank, R-VOTE; R-TREND of the cosine falling with rank; both as R-AGG.
 */
export const anglesShrink: StudyRule = (studies) => {
  const starts = studiesOf(studies, "angles").filter(({ result }) => result.evaluated === null); // of the start alone
  const cosine = ({ result }: WatchedOf<"angles">) => result.points[0].matched.sameLabel;
  const settings = groups(besideFull(starts), ({ lora }) => lora.setting);
  const ranks = settings.flatMap((pairs) =>
    groups(pairs, ({ lora }) => lora.method).map((own): NamedCell<Watched> => ({
      ...pair(own.map(({ lora, full }) => cosine(lora) - cosine(full)), 1, 0.02),
      name: `${own[0].lora.name}, ${own[0].lora.method}`,
      used: own.flatMap(({ lora, full }) => [lora, full]),
    }))
  );
  const falling = settings.flatMap((pairs): NamedCell<Watched>[] => {
    const rankOf = ({ run }: Watched) => run.method.name === "lora" ? run.method.rank : NaN;
    const seeds = groups(pairs.map(({ lora }) => lora), ({ run }) => run.seed).filter((own) => new Set(own.map(rankOf)).size >= 3);
    if (seeds.length === 0) return [];
    return [{ ...trend(seeds.map((own) => kendallTau(own.map(rankOf), own.map(cosine))), -1), name: "tau over rank", used: seeds.flat() }];
  });
  const say = ({ mean }: { mean: number }) => signed(mean, 3),
    pairs = voteOn(ranks, { what: "mean cosine of clean and triggered gradients, LoRA − FF", say });
  return pairs && together([pairs, voteOn(falling, { what: "the cosine over rank, Kendall's tau", say })], aggregate);
};

/** A-3.3-9: Spearman over backdoored runs between the mean modulus of the cosine at the first checkpoints and the final ASR: R-CORR(.3, negative). */
export const decouplingPays: StudyRule = (studies) => {
  const runs = studiesOf(studies, "angles").flatMap((one) => {
    const success = finalAttackSuccess(one);
    return success === null ? [] : [{ one, success, modulus: mean(one.result.points.map(({ total }) => total.modulus)) }];
  });
  if (runs.length < 3) return null;
  const found = correlation(runs.map(({ modulus }) => modulus), runs.map(({ success }) => success), {
    sign: -1,
    threshold: 0.3,
    rng: createRng("runs"),
  });
  const cell = { vote: found.vote, mean: found.rho, low: found.low, high: found.high, seeds: seedsOf(runs.map(({ one }) => one)) };
  return voteOn([{ ...cell, direction: -found.rho, name: `${runs.length} runs`, used: runs.map(({ one }) => one) }], {
    what: "modulus of the cosine early in training against final ASR",
    say: rho,
  });
};
