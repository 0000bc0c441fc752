/** The LoRA step at the shapes of BERT-base and BERT-large: random weights, rows of 128 tokens without padding. */
import { lossAgreement } from "../agreement.ts";
import type { Contest, Stage } from "../case.ts";
import { bf16Notes } from "../hardware.ts";
import { plainLora } from "../lora.ts";
import { allModes } from "../modes.ts";
import { peakMemory, resetPeakMemory } from "../memory.ts";
import { peerSides } from "../peer.ts";
import { bertShapes, makeRandomEncoder } from "../random_encoder.ts";
import { adapterOf, ourSteps, peerFlops, type Recipe, type StepCounts, stepsJob, writeInitial } from "../steps.ts";
import { assembleBatch, type Sequence } from "../../lib/tokens/batch.ts";

const rowsPerBatch = 8, tokens = 128;

const recipe: Recipe = {
  method: plainLora,
  head: "frozen",
  learningRate: 1e-4,
  weightDecay: 0.01,
  seed: 1,
};

export const prepare = (size: keyof typeof bertShapes) => async ({ peer, precision, steps, folder }: Stage): Promise<Contest> => {
  const encoder = await makeRandomEncoder(bertShapes[size], folder), initial = `${folder}/initial.safetensors`;
  await writeInitial(initial, adapterOf(recipe, encoder));
  const counts: StepCounts = { warmupSteps: 1, timedSteps: steps };
  const rows = Array.from({ length: 1 + steps }, (_, batch) => randomRows(batch, encoder.config.vocabularySize));
  const batches = rows.map((batch) => assembleBatch(batch, [...batch.keys()], rowsPerBatch, tokens));
  const ours = ourSteps(precision, recipe, { encoder, batches }, counts, precision);
  resetPeakMemory();
  const measured = { ...ours, run: async (warming: boolean) => ({ ...await ours.run(warming), peakMemoryBytes: peakMemory() }) };
  return {
    title: `LoRA step of BERT-${size}'s shape, rank 8, every linear module, AdamW`,
    notes: [`Batches of ${rowsPerBatch} rows of ${tokens} random tokens, random weights`, ...bf16Notes(precision)],
    agreement: lossAgreement(precision),
    sides: [
      measured,
      ...peerSides(peer, allModes[precision], stepsJob(folder, initial, recipe, rows, counts), peerFlops(encoder.config, recipe, rows, counts)),
    ],
    close: () => ours[Symbol.dispose](),
  };
};

/** Rows full of tokens that look drawn: by a multiplicative sequence, other tokens in every batch. */
function randomRows(batch: number, words: number): Sequence[] {
  const token = (k: number) => Math.floor(words * ((k * 0.6180339887498949 + batch * 0.7548776662466927) % 1));
  return Array.from({ length: rowsPerBatch }, (_, row) => ({
    ids: Int32Array.from({ length: tokens }, (_, k) => token(1 + row * tokens + k)),
    label: row % 2,
  }));
}
