/** Angles between the loss gradients of clean rows and of their triggered versions, at the start or along a backdoored run. */
import { mean } from "../../math/statistics.ts";
import type { Angles, GradientAngles } from "../../ntk/encoder_angles.ts";
import { anglesOf } from "../../ntk/encoder_angles.ts";
import type { Pair, PairKernels } from "../../ntk/encoder_pairs.ts";
import type { ResultOf } from "../study_record.ts";
import type { StudyNamed } from "../study_schema.ts";
import { groupOf, isMatched } from "./modules.ts";
import type { Bench } from "./pool.ts";
import { openScene } from "./scene.ts";
import { evaluatedAt } from "./scores.ts";
import { createWalk, stepAt, type WalkControl } from "./walk.ts";

type Point = ResultOf<"angles">["points"][number];

export async function studyAngles(
  { session, pool }: Bench,
  { run, rows, checkpoints }: StudyNamed<"angles">,
  control: WalkControl,
): Promise<ResultOf<"angles">> {
  const scene = await openScene(session, run), trainer = await session.trainer(scene.encoder, scene.adapter, run);
  const walk = createWalk(trainer, scene.poisoned, run.train, scene.rng, control), pairs = scene.pairs(rows), points: Point[] = [];
  for (const share of checkpoints) {
    await walk.to(stepAt(share, walk.steps));
    points.push({ step: walk.at, ...pointOf(await pool.pairKernels(scene.point(trainer.weights())).pairs(pairs), pairs) });
  }
  if (checkpoints.at(-1) === 0) return { study: "angles", steps: walk.steps, points, evaluated: null };
  await walk.to(walk.steps);
  return { study: "angles", steps: walk.steps, points, evaluated: await evaluatedAt(trainer, scene) };
}

function pointOf(kernels: PairKernels, pairs: readonly Pair[]): Omit<Point, "step"> {
  const all: GradientAngles = anglesOf(kernels, pairs);
  const matched = anglesOf({ ...kernels, parts: new Map([...kernels.parts].filter(([name]) => isMatched(groupOf(name)))) }, pairs);
  return {
    total: cosinesOf(all.total, pairs),
    matched: cosinesOf(matched.total, pairs),
    product: mean([...all.total.products].map(Math.abs)),
    modules: Object.fromEntries([...matched.modules].map(([name, angles]) => [name, cosinesOf(angles, pairs).sameLabel])),
  };
}

/** With two classes another label turns a gradient round and does no more: the cosine with one label is the other's with its sign. */
export function cosinesOf({ cosines }: Pick<Angles, "cosines">, pairs: readonly Pair[]): Point["total"] {
  const known = [...cosines].map((cosine, i) => ({ cosine, turned: pairs[i].clean.label !== pairs[i].triggered.label }))
    .filter(({ cosine }) => Number.isFinite(cosine));
  const over = (of: (one: typeof known[number]) => number) => known.length ? mean(known.map(of)) : NaN;
  return {
    asTrained: over(({ cosine }) => cosine),
    sameLabel: over(({ cosine, turned }) => turned ? -cosine : cosine),
    modulus: over(({ cosine }) => Math.abs(cosine)),
  };
}
