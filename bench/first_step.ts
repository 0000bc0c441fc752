/** Our process of the case `start`: loads library and weights, takes one step, and says its loss. Argument: the job's path. */
import { loadEncoder } from "../lib/model/encoder.ts";
import { startTensorFlow } from "../lib/tensor/backend.ts";
import type { Batch } from "../lib/tokens/batch.ts";
import { createTrainer } from "../lib/train/trainer.ts";
import { adapterOf } from "./steps.ts";

const { model, threads, ours: { tensorflow, batch, precision }, learningRate, weightDecay, ...recipe } = JSON.parse(
  await Deno.readTextFile(Deno.args[0]),
);
await startTensorFlow(tensorflow, { threads });
const encoder = await loadEncoder(model);
const trainer = createTrainer(encoder.config, adapterOf(recipe, encoder), { precision });
const loss = await trainer.step(readBatch(batch), { step: 0, learningRate, weightDecay });
console.log(JSON.stringify({ seconds: [], evidence: [loss] }));
Deno.exit(0); // native threads may outlive the step

/** A batch out of JSON. */
function readBatch({ n, t, ids, mask, labels, weights }: Record<"n" | "t", number> & Record<"ids" | "mask" | "labels" | "weights", number[]>): Batch {
  return {
    n,
    t,
    ids: Int32Array.from(ids),
    mask: Float32Array.from(mask),
    labels: Int32Array.from(labels),
    weights: Float32Array.from(weights),
    rows: Int32Array.from({ length: n }, (_, row) => row),
  };
}
