/** Training steps, timed one by one: our side in this process, and the job that PyTorch's side gets. */
import type { Adapter } from "../lib/adapter/adapter.ts";
import { createAdapter } from "../lib/adapter/create.ts";
import type { Method } from "../lib/adapter/method.ts";
import { createRng } from "../lib/math/random.ts";
import type { BertConfig, Encoder } from "../lib/model/encoder.ts";
import { formatSafetensors } from "../lib/model/safetensors.ts";
import type { Batch, Sequence } from "../lib/tokens/batch.ts";
import { withDirections } from "../lib/train/rora/constraint.ts";
import type { Rora } from "../lib/train/rora/rora.ts";
import { createTrainer, type Trainer } from "../lib/train/trainer.ts";
import type { Precision } from "../lib/tensor/precision.ts";
import { type Implementation, stepFlops } from "./flops.ts";
import type { Side } from "./measure.ts";

export const classes = 2;

/** What is trained, and how. */
export interface Recipe {
  readonly method: Method;
  readonly rora?: Pick<Rora, "ci" | "tr">;
  readonly head: "frozen" | "trained";
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Of the head and of LoRA's A. */
  readonly seed: number;
}

export interface StepCounts {
  /** Before the clock counts, in every block: fresh weights and moments have to be touched once. */
  readonly warmupSteps: number;
  readonly timedSteps: number;
}

/** An encoder with the batches that it reads. */
export interface Inputs {
  readonly encoder: Encoder;
  readonly batches: readonly Batch[];
}

export function adapterOf({ method, rora, head, seed }: Recipe, encoder: Encoder): Adapter {
  const rng = createRng(seed), adapter = createAdapter(method, encoder, { classes, head }, rng);
  return rora?.tr ? withDirections(adapter, encoder, rora.tr, rng) : adapter;
}

/** Our trainer, made at the first run and kept for all; its traced steps are warm from then on. */
export function ourSteps(mode: string, recipe: Recipe, { encoder, batches }: Inputs, counts: StepCounts, precision: Precision): Side & Disposable {
  const { learningRate, weightDecay } = recipe, { warmupSteps, timedSteps } = counts;
  const adapter = adapterOf(recipe, encoder);
  let trainer: Trainer | null = null;
  return {
    by: "lowrank",
    mode,
    flops: meanFlops(encoder.config, recipe, timedOf(batches, counts), "ours"),
    async run() {
      trainer ??= createTrainer(encoder.config, adapter, { precision, rora: recipe.rora });
      trainer.reset(adapter);
      const seconds: number[] = [], evidence: number[] = [];
      for (let step = 0; step < warmupSteps + timedSteps; step++) {
        const start = performance.now();
        evidence.push(await trainer.step(batches[step % batches.length], { step, learningRate, weightDecay }));
        seconds.push((performance.now() - start) / 1000);
      }
      return { seconds: seconds.slice(warmupSteps), evidence };
    },
    [Symbol.dispose]: () => trainer?.dispose(),
  };
}

/** The job of bench/peer/steps.py, without what the process adds. */
export function stepsJob(model: string, initial: string, recipe: Recipe, rows: readonly (readonly Sequence[])[], counts: StepCounts) {
  return { kind: "steps", model, initial, batches: rows.map(peerBatch), ...recipe, ...counts };
}

export function peerBatch(rows: readonly Sequence[]): { ids: number[][]; labels: number[] } {
  return { ids: rows.map(({ ids }) => [...ids]), labels: rows.map(({ label }) => label) };
}

/** FLOPs of PyTorch's timed steps: it pads each batch to its longest row. */
export function peerFlops(config: BertConfig, recipe: Recipe, rows: readonly (readonly Sequence[])[], counts: StepCounts): number {
  return meanFlops(config, recipe, timedOf(rows, counts).map((batch) => ({ n: batch.length, t: longest(batch) })), "pytorch");
}

/** Writes the initial values that are not the encoder's, so that both sides start alike. B is 0 on both. */
export async function writeInitial(path: string, { trained, fixed }: Adapter): Promise<void> {
  const values = [...trained, ...fixed].filter(([name]) => /^classifier\.(weight|bias)$|\.lora_A$/.test(name));
  await Deno.writeFile(path, formatSafetensors(new Map(values)));
}

/** The batches of a block's timed steps. */
export function timedOf<B>(batches: readonly B[], { warmupSteps, timedSteps }: StepCounts): B[] {
  return Array.from({ length: timedSteps }, (_, i) => batches[(warmupSteps + i) % batches.length]);
}

export function longest(rows: readonly { readonly ids: ArrayLike<unknown> }[]): number {
  return Math.max(...rows.map(({ ids }) => ids.length));
}

function meanFlops(config: BertConfig, { method }: Recipe, batches: readonly { n: number; t: number }[], by: Implementation): number {
  const rank = method.name === "lora" ? method.rank : null;
  return batches.reduce((sum, { n, t }) => sum + stepFlops(config, { n, t, classes, rank }, by), 0) / batches.length;
}
