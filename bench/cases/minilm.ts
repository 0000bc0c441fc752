/** The training step of `reproduce`: MiniLM on movie-review sentences in batches of 32 of their real lengths. */
import { lossAgreement } from "../agreement.ts";
import type { Contest, Stage } from "../case.ts";
import { bf16Notes } from "../hardware.ts";
import { allModes } from "../modes.ts";
import { peerSides } from "../peer.ts";
import { adapterOf, longest, ourSteps, peerFlops, type StepCounts, stepsJob, timedOf, writeInitial } from "../steps.ts";
import { type MethodName, prepareWorkload, type Workload } from "../workload.ts";

/**
 * LoRA as runs do it. Full fine-tuning twice: with the whole table of word embeddings, which is PyTorch's work number for number, and
 * with the rows that the task uses, which is what runs do.
 */
export const prepare = (method: MethodName) => async ({ session, peer, precision, steps, folder }: Stage): Promise<Contest> => {
  const workload = await prepareWorkload(session, method, steps), { recipe, model, rows, whole, task } = workload;
  const counts: StepCounts = { warmupSteps: 3, timedSteps: steps };
  const initial = `${folder}/initial.safetensors`;
  await writeInitial(initial, adapterOf(recipe, task.encoder));
  const ours = method === "lora" ? [ourSteps(precision, recipe, task, counts, precision)] : [
    ourSteps(`${precision}, all word embeddings`, recipe, whole, counts, precision),
    ourSteps(`${precision}, the task's word embeddings`, recipe, task, counts, precision),
  ];
  const flops = peerFlops(whole.encoder.config, recipe, rows, counts);
  return {
    title: titleOf(workload),
    notes: [describeBatches(workload, counts), ...bf16Notes(precision)],
    agreement: lossAgreement(precision),
    sides: [...ours, ...peerSides(peer, allModes[precision], stepsJob(model, initial, recipe, rows, counts), flops)],
    close: () => ours.forEach((side) => side[Symbol.dispose]()),
  };
};

function titleOf({ recipe: { method, head } }: Workload): string {
  if (method.name === "full") return "Full fine-tuning step of MiniLM, AdamW";
  return `LoRA step of MiniLM, rank ${method.rank}, alpha ${method.alpha}, every linear module, ${head} head, AdamW`;
}

function describeBatches({ rows, task }: Workload, counts: StepCounts): string {
  const timed = timedOf([...rows.entries()], counts);
  const mean = (valueOf: (batch: number) => number) => (timed.reduce((sum, [batch]) => sum + valueOf(batch), 0) / timed.length).toFixed(1);
  const real = mean((i) => rows[i].reduce((sum, { ids }) => sum + ids.length, 0) / rows[i].length);
  return `Batches of ${rows[0].length} movie-review sentences: ${real} tokens a row; ` +
    `padded to ${mean((i) => task.batches[i].t)} by us, to ${mean((i) => longest(rows[i]))} for PyTorch`;
}
