/** Our side: the trainer that runs use, in this process. */
import { createAdapter } from "../lib/adapter/create.ts";
import type { Adapter } from "../lib/adapter/adapter.ts";
import type { Session } from "../lib/experiment/session.ts";
import { createRng } from "../lib/math/random.ts";
import type { StoredTensor } from "../lib/model/safetensors.ts";
import { stepFlops } from "./flops.ts";
import type { Side } from "./measure.ts";
import type { Inputs, Workload } from "./workload.ts";

const classes = 2;

export interface StepCounts {
  readonly warmupSteps: number;
  readonly timedSteps: number;
}

/**
 * LoRA as runs do it. Full fine-tuning twice: with the whole table of word embeddings, which is PyTorch's work number for number, and
 * with the rows that the task uses, which is what runs do.
 */
export function ourSides(session: Session, workload: Workload, counts: StepCounts): Side[] {
  if (workload.config.method.name === "lora") return [ourSide("f32", session, workload, workload.task, counts)];
  return [
    ourSide("f32, all word embeddings", session, workload, workload.whole, counts),
    ourSide("f32, the task's word embeddings", session, workload, workload.task, counts),
  ];
}

function ourSide(mode: string, session: Session, { config }: Workload, { encoder, batches }: Inputs, { warmupSteps, timedSteps }: StepCounts): Side {
  const { method, head, train: { learningRate, weightDecay } } = config;
  const adapter = withFormulas(createAdapter(method, encoder, { classes, head }, createRng(config.seed)));
  const rank = method.name === "lora" ? method.rank : null;
  const batchAt = (step: number) => batches[step % batches.length];
  const timed = Array.from({ length: timedSteps }, (_, i) => batchAt(warmupSteps + i));
  return {
    by: "lowrank",
    mode,
    flopsPerStep: timed.reduce((sum, { n, t }) => sum + stepFlops(encoder.config, { n, t, classes, rank }, "ours"), 0) / timedSteps,
    async run() {
      const trainer = await session.trainer(encoder, adapter, config); // reset to the initial weights
      const seconds: number[] = [], losses: number[] = [];
      for (let step = 0; step < warmupSteps + timedSteps; step++) {
        const start = performance.now();
        losses.push(await trainer.step(batchAt(step), { step, learningRate, weightDecay }));
        seconds.push((performance.now() - start) / 1000);
      }
      return { secondsPerStep: seconds.slice(warmupSteps), losses };
    },
  };
}

/** The initial values that bench/peer.py has, so that losses can be compared: formulas in place of draws. */
function withFormulas(adapter: Adapter): Adapter {
  const replaced = (tensors: ReadonlyMap<string, StoredTensor>) => new Map([...tensors].map(([name, tensor]) => [name, formula(name, tensor)]));
  return { ...adapter, trained: replaced(adapter.trained), fixed: replaced(adapter.fixed) };
}

function formula(name: string, { shape, data }: StoredTensor): StoredTensor {
  const wave = (scale: number, start: number) => ({ shape, data: Float32Array.from(data, (_, k) => scale * Math.sin(start + k)) });
  if (name === "classifier.weight") return wave(0.02, 1);
  if (name.endsWith(".lora_A")) return wave(0.05, 0.5);
  return { shape, data };
}
