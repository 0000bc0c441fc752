/**
 * A trainer: the compiled training step and prediction of one encoder with one kind of adapter. Built once, reset for every run of that
 * kind, so that a sweep traces each batch shape once.
 */
import { tf } from "../tensor/tf.ts";
import type { Adapter, Lookup } from "../adapter/adapter.ts";
import { compile } from "../tensor/compile.ts";
import { crossEntropy, dropout } from "../tensor/ops.ts";
import { checkPrecision, forgetRounded, keepRounded, type Precision, withPrecision } from "../tensor/precision.ts";
import type { OpTime } from "../tensor/profile.ts";
import { createVariable, type Variable } from "../tensor/variable.ts";
import { type BertConfig, linearModules } from "../model/encoder.ts";
import { logits, type Network } from "../model/bert.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import type { Batch } from "../tokens/batch.ts";
import { inChains } from "./chains.ts";
import { applyAdamW, createSlot, type Slot, stepNumbers } from "./adamw.ts";

/** Everything that training moves: weights and moments, by name. */
export type TrainerState = Map<string, StoredTensor>;

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
  /** Loss and gradients without a step, by name of the trained tensor. For tests and analysis. */
  gradients(batch: Batch): Promise<{ loss: number; gradients: Map<string, StoredTensor> }>;
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
}

export function createTrainer(config: BertConfig, adapter: Adapter, options: TrainerOptions = {}): Trainer {
  const { precision = "f32" } = options;
  checkPrecision(precision);
  const toTensor = ({ data, shape }: StoredTensor) => tf.tensor(data, [...shape], "float32");
  const slots = new Map<string, Slot>(), fixed = new Map<string, Variable>(), frozen = new Map<string, tf.Tensor>();
  for (const [name, value] of adapter.trained) withTensor(value, (tensor) => slots.set(name, createSlot(name, tensor)));
  for (const [name, value] of adapter.fixed) withTensor(value, (tensor) => fixed.set(name, createVariable(name, tensor)));
  for (const [name, value] of adapter.frozen) frozen.set(name, tf.keep(toTensor(value)));
  const names = [...slots.keys()], slotList = [...slots.values()];
  const factors = linearModules(config).flatMap(({ name }) => frozen.get(`${name}.weight`) ?? []);
  if (precision === "bf16") factors.forEach(keepRounded);
  let current = adapter;

  /** The network over the given trained tensors; frozen and fixed ones come from here. */
  const network = (trained: ReadonlyMap<string, tf.Tensor>, drop?: Network["dropout"]): Network => {
    const read = new Map<string, tf.Tensor>();
    const get: Lookup = (name) => {
      const found = trained.get(name) ?? frozen.get(name) ?? read.get(name);
      if (found) return found;
      const variable = fixed.get(name);
      if (!variable) throw new Error(`Cannot compute the network as it must have the weight "${name}"`);
      const value = variable.read();
      read.set(name, value);
      return value;
    };
    return { config, weight: get, linear: (name, x) => current.linear(get, name, x), dropout: drop };
  };
  const dropWith = (seed: tf.Tensor): Network["dropout"] => {
    const rate = options.dropout ?? 0;
    if (rate === 0) return undefined;
    let site = 0; // each place drops by a mask of its own
    return (x) => dropout(x, rate, tf.add(seed, tf.tensor1d([0, site++], "int32")));
  };
  /** Mean loss of the batch and its gradients: sums over the chains' parts. */
  const lossAndGradients = (batch: tf.Tensor[], drop?: Network["dropout"]) => {
    const parameters = slotList.map(({ weight }) => weight.read()), total = tf.sum(batch[3]);
    const gradientsOf = (ids: tf.Tensor, mask: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) =>
      tf.valueAndGrads((...trained: tf.Tensor[]) => {
        const scores = logits(network(new Map(names.map((name, i) => [name, trained[i]])), drop), { ids, mask });
        return tf.div(tf.sum(tf.mul(crossEntropy(scores, labels), weights)), total) as tf.Scalar;
      })(parameters);
    const parts = withPrecision(precision, () => inChains(batch, gradientsOf));
    return { loss: sum(parts.map(({ value }) => value)), gradients: names.map((_, i) => sum(parts.map(({ grads }) => grads[i]))) };
  };

  const stepFunction = compile((ids, mask, labels, weights, numbers, seed) => {
    const { loss, gradients } = lossAndGradients([ids, mask, labels, weights], dropWith(seed));
    applyAdamW(slotList, gradients, numbers);
    return [loss];
  });
  const logitsFunction = compile((ids, mask) => {
    const trained = new Map([...slots].map(([name, { weight }]) => [name, weight.read()]));
    return [tf.concat(withPrecision(precision, () => inChains([ids, mask], (ids, mask) => logits(network(trained), { ids, mask }))))];
  });
  const gradientFunction = compile((ids, mask, labels, weights) => {
    const { loss, gradients } = lossAndGradients([ids, mask, labels, weights]);
    return [loss, ...gradients];
  });

  const assign = (variables: ReadonlyMap<string, Variable>, values: ReadonlyMap<string, StoredTensor>, what: string) => {
    if (variables.size !== values.size) throw new TypeError(`Cannot ${what} as there must be ${variables.size} tensors: ${values.size}`);
    for (const [name, { shape }] of variables) {
      const value = values.get(name);
      if (!value) throw new TypeError(`Cannot ${what} as tensor "${name}" must be there: it is missing`);
      if (value.shape.join() !== shape.join()) throw new TypeError(`Cannot ${what} as the shape of "${name}" must be [${shape}]: [${value.shape}]`);
    }
    for (const [name, variable] of variables) withTensor(values.get(name)!, (tensor) => variable.assign(tensor)); // all of them fit
  };
  const stateVariables = () =>
    new Map([...slots].flatMap(([name, { weight, m, v }]) => [[name, weight], [`${name}/m`, m], [`${name}/v`, v]] as [string, Variable][]));

  return {
    reset(next) {
      current = next;
      const zeros = [...next.trained].flatMap(([name, { shape, data }]) =>
        [`${name}/m`, `${name}/v`].map((key) => [key, { shape, data: new Float32Array(data.length) }] as [string, StoredTensor])
      );
      assign(stateVariables(), new Map([...next.trained, ...zeros]), "reset the trainer");
      assign(fixed, next.fixed, "reset the trainer");
    },
    async step(batch, options) {
      return (await callAndRead(stepFunction, stepTensors(batch, options)))[0][0];
    },
    profile(batch, runs) {
      const inputs = stepTensors(batch, { learningRate: 0, weightDecay: 0, step: 0 });
      try {
        return stepFunction.profile(inputs, runs);
      } finally {
        tf.dispose(inputs);
      }
    },
    async logits(batch) {
      return (await callAndRead(logitsFunction, batchTensors(batch)))[0];
    },
    async gradients(batch) {
      const [loss, ...values] = await callAndRead(gradientFunction, labelledTensors(batch));
      return { loss: loss[0], gradients: new Map(names.map((name, i) => [name, { shape: slots.get(name)!.weight.shape, data: values[i] }])) };
    },
    weights: () => new Map([...slots].map(([name, { weight }]) => [name, valueOf(weight)])),
    state: () => new Map([...stateVariables()].map(([name, variable]) => [name, valueOf(variable)])),
    restore: (state) => assign(stateVariables(), state, "restore the checkpoint"),
    dispose() {
      for (const compiled of [stepFunction, logitsFunction, gradientFunction]) compiled.dispose();
      for (const { weight, m, v } of slotList) [weight, m, v].forEach((variable) => variable.dispose());
      for (const variable of fixed.values()) variable.dispose();
      factors.forEach(forgetRounded);
      for (const tensor of frozen.values()) tensor.dispose();
    },
  };

  function withTensor(value: StoredTensor, use: (tensor: tf.Tensor) => void): void {
    const tensor = toTensor(value);
    use(tensor);
    tensor.dispose();
  }
}

function sum(tensors: tf.Tensor[]): tf.Tensor {
  return tensors.length === 1 ? tensors[0] : tf.addN(tensors);
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

function valueOf(variable: Variable): StoredTensor {
  const tensor = variable.read();
  const data = tensor.dataSync() as Float32Array;
  tensor.dispose();
  return { shape: [...variable.shape], data };
}
