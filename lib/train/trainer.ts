/**
 * A trainer: the compiled training step and prediction of one encoder with one kind of adapter. Built once, reset for every run of that
 * kind, so that a sweep traces each batch shape once.
 */
import type { Adapter } from "../adapter/adapter.ts";
import { type BertConfig, linearModules } from "../model/encoder.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import { compile } from "../tensor/compile.ts";
import { checkPrecision, type Precision } from "../tensor/precision.ts";
import type { OpTime } from "../tensor/profile.ts";
import { tf } from "../tensor/tf.ts";
import type { Batch } from "../tokens/batch.ts";
import { applyAdamW, stepNumbers } from "./adamw.ts";
import { createPasses, type Passes } from "./passes.ts";
import { adaptedModules } from "./rora/modules.ts";
import type { Rora } from "./rora/rora.ts";
import { createTensors, type TrainerState, type TrainerTensors } from "./tensors.ts";

export interface StepOptions {
  /** Of this step, schedule included. */
  readonly learningRate: number;
  readonly weightDecay: number;
  /** From 0. */
  readonly step: number;
  /** Two int32 seeds of this step's dropout masks. */
  readonly seeds?: readonly [number, number];
}

export interface Trainer {
  /** Starts over from an adapter of the same kind (same names and shapes, same frozen weights). */
  reset(adapter: Adapter): void;
  /** One optimiser step; returns the batch's mean cross entropy (nats) before it. */
  step(batch: Batch, options: StepOptions): Promise<number>;
  /** Class scores: [n * c], row-major. */
  logits(batch: Batch): Promise<Float32Array>;
  /** The same with the states that the classifier reads: [n * c] and [n * d]. */
  outputs(batch: Batch): Promise<{ logits: Float32Array; pooled: Float32Array }>;
  /** Loss and gradients without a step, by name of the trained tensor; the penalty's are in the gradients. For tests and analysis. */
  gradients(batch: Batch): Promise<{ loss: number; gradients: Map<string, StoredTensor> }>;
  /** lambda Omega of RoRA's constraint at the present weights; 0 without it. */
  penalty(): Promise<number>;
  /** Where a step's time goes, op by op; nothing is trained. */
  profile(batch: Batch, runs: number): OpTime[];
  /** The trained tensors. */
  weights(): Map<string, StoredTensor>;
  /** Weights and moments, for a checkpoint. */
  state(): TrainerState;
  /** Throws a TypeError, and changes nothing, where names or shapes are not the trainer's. */
  restore(state: TrainerState): void;
  dispose(): void;
}

export interface TrainerOptions {
  /** Dropout rate while training; 0 for none. */
  readonly dropout?: number;
  /** Of the linear layers' products; f32 unless given. An error where the machine cannot. */
  readonly precision?: Precision;
  /** RoRA's two pieces that act while training; its constraint reads what `withDirections` adds to the adapter. */
  readonly rora?: Pick<Rora, "ci" | "tr">;
}

export function createTrainer(config: BertConfig, adapter: Adapter, options: TrainerOptions = {}): Trainer {
  const { dropout = 0, precision = "f32", rora } = options, { ci = null, tr = null } = rora ?? {};
  const adapted = adaptedModules(config, adapter.trained);
  checkPrecision(precision);
  if ((ci || tr) && !adapted.length) throw new TypeError("Cannot train with RoRA as the adapter must have low-rank factors: it has none");

  let current = adapter;
  const tensors = createTensors(adapter, precision === "bf16" ? linearModules(config).map(({ name }) => `${name}.weight`) : []);
  const passes = createPasses(tensors, { config, linear: (...args) => current.linear(...args), adapted, dropout, precision, ci, tr });
  const compiled = compilePasses(tensors, passes), names = [...tensors.slots.keys()];

  return {
    reset(next) {
      tensors.reset(next);
      current = next;
    },
    async step(batch, options) {
      return (await callAndRead(compiled.step, stepTensors(batch, options)))[0][0];
    },
    profile(batch, runs) {
      const inputs = stepTensors(batch, { learningRate: 0, weightDecay: 0, step: 0 });
      try {
        return compiled.step.profile(inputs, runs);
      } finally {
        tf.dispose(inputs);
      }
    },
    async logits(batch) {
      return (await callAndRead(compiled.outputs, batchTensors(batch)))[0];
    },
    async outputs(batch) {
      const [logits, pooled] = await callAndRead(compiled.outputs, batchTensors(batch));
      return { logits, pooled };
    },
    async gradients(batch) {
      const [loss, ...values] = await callAndRead(compiled.gradients, labelledTensors(batch));
      const gradients = names.map((name, i) => [name, { shape: tensors.slots.get(name)!.weight.shape, data: values[i] }] as const);
      return { loss: loss[0], gradients: new Map(gradients) };
    },
    async penalty() {
      return (await callAndRead(compiled.penalty, []))[0][0];
    },
    weights: tensors.weights,
    state: tensors.state,
    restore: tensors.restore,
    dispose() {
      for (const each of Object.values(compiled)) each.dispose();
      tensors.dispose();
    },
  };
}

/** The functions that a trainer calls, each traced once per batch shape. */
function compilePasses({ slots }: TrainerTensors, { lossAndGradients, outputs, penalty }: Passes) {
  return {
    step: compile((ids, mask, labels, weights, numbers, seed) => {
      const { loss, gradients } = lossAndGradients([ids, mask, labels, weights], seed);
      applyAdamW([...slots.values()], gradients, numbers);
      return [loss];
    }),
    outputs: compile(outputs),
    gradients: compile((ids, mask, labels, weights) => {
      const { loss, gradients } = lossAndGradients([ids, mask, labels, weights]);
      return [loss, ...gradients];
    }),
    penalty: compile(() => [penalty()]),
  };
}

function batchTensors({ ids, mask, n, t }: Batch): tf.Tensor[] {
  return [tf.tensor2d(ids, [n, t], "int32"), tf.tensor2d(mask, [n, t])];
}

function labelledTensors(batch: Batch): tf.Tensor[] {
  return [...batchTensors(batch), tf.tensor1d(batch.labels, "int32"), tf.tensor1d(batch.weights)];
}

function stepTensors(batch: Batch, { learningRate, weightDecay, step, seeds = [0, 0] }: StepOptions): tf.Tensor[] {
  return [...labelledTensors(batch), tf.tensor1d(stepNumbers(learningRate, weightDecay, step)), tf.tensor1d([...seeds], "int32")];
}

/** Calls a compiled function, reads its results, and frees inputs and results. */
async function callAndRead(compiled: (...inputs: tf.Tensor[]) => Promise<tf.Tensor[]>, inputs: tf.Tensor[]): Promise<Float32Array[]> {
  try {
    const results = await compiled(...inputs);
    const values = results.map((tensor) => tensor.dataSync() as Float32Array);
    tf.dispose(results);
    return values;
  } finally {
    tf.dispose(inputs);
  }
}
