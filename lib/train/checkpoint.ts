/** Checkpoints of a run underway: weights, moments, position and losses, in one safetensors file that is whole or absent. */
import { join } from "node:path";
import { parseSafetensors, safetensorsParts } from "../model/safetensors.ts";
import type { TrainerState } from "./trainer.ts";

export interface Checkpoint {
  readonly state: TrainerState;
  /** Steps done. */
  readonly step: number;
  /** Loss (nats) of each step done. */
  readonly stepLoss: readonly number[];
  /** How often the run had been resumed when this was written. */
  readonly resumed: number;
}

const fileName = "checkpoint.safetensors";

/** Replaces the folder's checkpoint in one step. */
export async function saveCheckpoint(folder: string, { state, step, stepLoss, resumed }: Checkpoint): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const parts = safetensorsParts(state, { step: String(step), resumed: String(resumed), stepLoss: JSON.stringify(stepLoss) });
  const own = join(folder, `${Deno.pid}-${crypto.randomUUID()}.tmp`);
  try {
    await Deno.writeFile(own, ReadableStream.from(parts), { createNew: true }); // tensor by tensor: the file's bytes are never all in memory
    await Deno.rename(own, join(folder, fileName));
  } catch (error) {
    await Deno.remove(own).catch(() => {});
    throw error;
  }
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
    const { tensors: state, metadata } = parseSafetensors(bytes, fileName);
    const stepLoss = JSON.parse(metadata.stepLoss).map((loss: number | null) => loss ?? NaN);
    const step = Number(metadata.step), resumed = Number(metadata.resumed);
    return Number.isInteger(step) && stepLoss.length === step ? { state, step, stepLoss, resumed } : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}
