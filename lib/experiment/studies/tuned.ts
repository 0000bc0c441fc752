/** Trained to the end: an encoder on its own task, and what a fine-tuning makes of one that was handed on. */
import type { Adapter } from "../../adapter/adapter.ts";
import type { Sequence } from "../../tokens/batch.ts";
import type { Trainer } from "../../train/trainer.ts";
import type { RunConfig } from "../config.ts";
import type { HandedOn } from "../handed_on.ts";
import type { Session } from "../session.ts";
import { openScene, type Scene } from "./scene.ts";
import { createWalk, type WalkControl } from "./walk.ts";

export interface Trained {
  /** The scene's adapter as training left it. */
  readonly adapter: Adapter;
  readonly steps: number;
}

/** A scene's run from its start to its end; the trainer stands there afterwards. @param sequences the rows it reads: the scene's own unless given */
export async function trainThrough(
  trainer: Trainer,
  scene: Scene,
  control: WalkControl,
  sequences: readonly Sequence[] = scene.poisoned,
): Promise<Trained> {
  trainer.reset(scene.adapter);
  const walk = createWalk(trainer, sequences, scene.run.train, scene.rng, control);
  await walk.to(walk.steps);
  return { adapter: { ...scene.adapter, trained: trainer.weights() }, steps: walk.steps };
}

export interface Tuned extends Trained {
  readonly scene: Scene;
  readonly trainer: Trainer;
}

/** @param before the encoder that the run starts from, poisoned or not; null: the pretrained one */
export async function tune(session: Session, run: RunConfig, before: HandedOn | null, control: WalkControl): Promise<Tuned> {
  const scene = await openScene(session, run, before), trainer = await session.trainer(scene.encoder, scene.adapter, run);
  return { scene, trainer, ...await trainThrough(trainer, scene, control) };
}
