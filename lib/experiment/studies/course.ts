/** Along one run: information, drift and parts of its kernel, eigenvalues of its factors, the Fisher diagonal, linearity. */
import { fullAdapter } from "../../adapter/full.ts";
import { freshHead } from "../../adapter/adapter.ts";
import type { Matrix } from "../../math/matrix.ts";
import { mean } from "../../math/statistics.ts";
import type { EncoderKernel } from "../../ntk/encoder_kernel.ts";
import type { Sequence } from "../../tokens/batch.ts";
import { classes } from "../predictions.ts";
import type { Session } from "../session.ts";
import type { CoursePoint, ResultOf } from "../study_record.ts";
import type { StudyNamed } from "../study_schema.ts";
import { factorsOf } from "./factors.ts";
import { fisherOf } from "./fisher.ts";
import { alignment, driftFrom, gramOn, matchedKernel, measuresOf, overScores, sharesOf } from "./kernels.ts";
import { linearisedScores } from "./linearised.ts";
import type { Bench, KernelPool } from "./pool.ts";
import { openScene, type Scene } from "./scene.ts";
import { accuracyAt, predictionsOf, scoresAt } from "./scores.ts";
import { createWalk, stepAt, type WalkControl } from "./walk.ts";

export async function studyCourse({ session, pool }: Bench, study: StudyNamed<"course">, control: WalkControl): Promise<ResultOf<"course">> {
  const { run, rows, fisherRows, checkpoints } = study;
  const scene = await openScene(session, run), trainer = await session.trainer(scene.encoder, scene.adapter, run);
  const sequences = scene.clean.slice(0, rows), walk = createWalk(trainer, scene.poisoned, run.train, scene.rng, control);
  const perEpoch = Math.ceil(scene.poisoned.length / run.train.batchSize), losses: number[] = [], points: CoursePoint[] = [];
  let start: { readonly all: Matrix; readonly matched: Matrix; readonly c: number } | undefined;
  for (const share of checkpoints) {
    losses.push(...await walk.to(stepAt(share, walk.steps)));
    const weights = trainer.weights();
    const kernel = await pool.kernels(scene.point(weights)).kernel(sequences),
      matched = matchedKernel(kernel),
      gram = gramOn(kernel, kernel.total, sequences);
    start ??= { all: kernel.total, matched, c: kernel.c };
    points.push({
      step: walk.at,
      trainingLoss: losses.length ? mean(losses.slice(-perEpoch)) : NaN,
      accuracy: await accuracyAt(trainer, scene.heldOut),
      all: measuresOf(gram),
      matched: measuresOf(gramOn(kernel, matched, sequences)),
      drift: { all: driftFrom(start.all, kernel.total), matched: driftFrom(start.matched, matched) },
      shares: sharesOf(kernel.parts),
      factors: factorsOf(scene, weights),
      fisher: fisherRows ? await fisherOf(trainer, sequences.slice(0, fisherRows), gram) : null,
    });
  }
  return {
    study: "course",
    steps: walk.steps,
    points,
    linearised: study.linearised ? await linearisedAgainst(trainer, scene) : null,
    alignment: study.aligned ? alignmentWithFull(start!, await fullKernelOf(pool, scene, sequences)) : null,
  };
}

type Trainer = Awaited<ReturnType<Session["trainer"]>>;

/** The model as trained beside its first-order expansion, on held-out rows. The trainer is left at its start. */
async function linearisedAgainst(trainer: Trainer, { adapter, heldOut }: Scene): Promise<ResultOf<"course">["linearised"]> {
  const weights = trainer.weights(), trained = predictionsOf(await scoresAt(trainer, heldOut));
  const linear = predictionsOf(await linearisedScores(trainer, adapter, weights, heldOut));
  const share = (holds: (row: number) => boolean) => heldOut.filter((_, row) => holds(row)).length / heldOut.length;
  return { accuracy: share((row) => linear[row] === heldOut[row].label), agreement: share((row) => linear[row] === trained[row]) };
}

/** Full fine-tuning's kernel at the start, with the run's head. */
async function fullKernelOf(pool: KernelPool, { encoder, rng }: Scene, sequences: readonly Sequence[]): Promise<EncoderKernel> {
  const adapter = fullAdapter(encoder, freshHead(encoder, classes, rng.fork("head")));
  return await pool.kernels({ config: encoder.config, adapter, method: { name: "full" } }).kernel(sequences);
}

function alignmentWithFull({ all, matched, c }: { all: Matrix; matched: Matrix; c: number }, full: EncoderKernel): ResultOf<"course">["alignment"] {
  return {
    all: alignment(overScores(all, c), overScores(full.total, c)),
    matched: alignment(overScores(matched, c), overScores(matchedKernel(full), c)),
  };
}
