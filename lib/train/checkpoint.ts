/** Checkpoints of a run underway: weights, moments, position and losses, in one safetensors file that is whole or absent. */
import { join } from "node:path";
import { parseSafetensors } from "../model/safetensors.ts";
import { writeTensors } from "../model/write_tensors.ts";
import type { TrainerState } from "./tensors.ts";

export interface Checkpoint {
  readonly state: TrainerState;
  /** Steps done. */
  readonly step: number;
  /** Loss (nats) of each step done. */
  readonly stepLoss: readonly number[];
  /** How often the run had been resumed when this was written. */
  readonly resumed: number;
  /** Where epochs are scored and one has ended. */
  readonly best: BestEpoch | null;
}

/** The best of the epochs done. */
export interface BestEpoch {
  /** From 0. */
  readonly epoch: number;
  /** Of each epoch done. */
  readonly scores: readonly number[];
  /** The trained tensors as that epoch left them. */
  readonly weights: TrainerState;
}

const fileName = "checkpoint.safetensors";

/** What the names of the best epoch's tensors begin with. */
const ofBest = "best/";

/** Replaces the folder's checkpoint in one step. */
export async function saveCheckpoint(folder: string, { state, step, stepLoss, resumed, best }: Checkpoint): Promise<void> {
  const ofEpochs: Record<string, string> = best ? { best: JSON.stringify({ epoch: best.epoch, scores: best.scores }) } : {};
  const metadata = { step: String(step), resumed: String(resumed), stepLoss: JSON.stringify(stepLoss), ...ofEpochs };
  const tensors = new Map([...state, ...[...best?.weights ?? []].map(([name, tensor]) => [ofBest + name, tensor] as const)]);
  await writeTensors(join(folder, fileName), tensors, metadata);
}

/** The folder's checkpoint, or null where there is none; an unreadable one counts as none. */
export async function loadCheckpoint(folder: string): Promise<Checkpoint | null> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await Deno.readFile(join(folder, fileName));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  try {
    const { tensors, metadata } = parseSafetensors(bytes, fileName);
    const state = new Map([...tensors].filter(([name]) => !name.startsWith(ofBest))), best = bestOf(tensors, metadata);
    const stepLoss = JSON.parse(metadata.stepLoss).map((loss: number | null) => loss ?? NaN);
    const step = Number(metadata.step), resumed = Number(metadata.resumed);
    return Number.isInteger(step) && stepLoss.length === step ? { state, step, stepLoss, resumed, best } : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

/** Tensors of their own: they outlive the file's bytes. */
function bestOf(tensors: TrainerState, { best }: Readonly<Record<string, string>>): BestEpoch | null {
  if (!best) return null;
  const weights: TrainerState = new Map();
  for (const [name, { shape, data }] of tensors) {
    if (name.startsWith(ofBest)) weights.set(name.slice(ofBest.length), { shape, data: data.slice() });
  }
  return { ...JSON.parse(best) as Pick<BestEpoch, "epoch" | "scores">, weights };
}
