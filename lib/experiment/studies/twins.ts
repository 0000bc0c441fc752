/** A clean run and its poisoned twin in lockstep: how far the poison moves the weights, and what the kernel at the start says beforehand. */
import { anglesOf } from "../../ntk/encoder_angles.ts";
import { mean } from "../../math/statistics.ts";
import type { Evaluated, ResultOf } from "../study_record.ts";
import type { StudyNamed } from "../study_schema.ts";
import { gramOn, measuresOf } from "./kernels.ts";
import type { Bench, KernelPool } from "./pool.ts";
import { openScene, type Scene } from "./scene.ts";
import { evaluatedAt } from "./scores.ts";
import { createWalk, stepAt, type WalkControl } from "./walk.ts";
import { distancesBetween } from "./weight_space.ts";

export async function studyTwins(
  { session, pool }: Bench,
  { run, rows, checkpoints }: StudyNamed<"twins">,
  control: WalkControl,
): Promise<ResultOf<"twins">> {
  const scene = await openScene(session, run), trainer = await session.trainer(scene.encoder, scene.adapter, run);
  const start = await startOf(pool, scene, rows);

  // One trainer serves both, with the state of the one whose turn it is: steps are traced once, and two are never in memory.
  const twins = [scene.clean, scene.poisoned].map((sequences) => ({
    walk: createWalk(trainer, sequences, run.train, scene.rng, control),
    state: trainer.state(),
  }));
  const { steps } = twins[0].walk;
  if (checkpoints > steps) {
    throw new RangeError(`Cannot watch the twins as there must be a step for each of the ${checkpoints} checkpoints: ${steps} steps`);
  }
  const found: ResultOf<"twins">["checkpoints"] = [];
  for (let checkpoint = 1; checkpoint <= checkpoints; checkpoint++) {
    const step = stepAt(checkpoint / checkpoints, steps), losses: number[] = [];
    for (const twin of twins) {
      trainer.restore(twin.state);
      losses.push(mean(await twin.walk.to(step)));
      twin.state = trainer.state(); // weights by their names, with their moments
    }
    const [cleanLoss, poisonedLoss] = losses;
    found.push({ step, cleanLoss, poisonedLoss, ...distancesBetween(scene.point(), twins[0].state, twins[1].state) });
  }

  const evaluated: Evaluated[] = [];
  for (const { state } of twins) {
    trainer.restore(state);
    evaluated.push(await evaluatedAt(trainer, scene));
  }
  return { study: "twins", steps, start, checkpoints: found, clean: evaluated[0], poisoned: evaluated[1] };
}

async function startOf(pool: KernelPool, scene: Scene, rows: number): Promise<ResultOf<"twins">["start"]> {
  const sequences = scene.clean.slice(0, rows), kernel = await pool.kernels(scene.point()).kernel(sequences);
  const pairs = scene.pairs(rows), { total } = anglesOf(await pool.pairKernels(scene.point()).pairs(pairs), pairs);
  return {
    information: measuresOf(gramOn(kernel, kernel.total, sequences)),
    kernelTrace: total.kernelTrace,
    kernelFrobenius: total.kernelFrobenius,
    meanCosine: total.meanCosine,
    meanDistance: mean([...total.distances]),
  };
}
