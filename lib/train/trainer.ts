/**
 * A trainer: the compiled training step and prediction of one encoder with one kind of adapter. Built once, reset for every run of that
 * kind, so that a sweep traces each batch shape once.
 */
import { tf } from "../tensor/tf.ts";
import type { Adapter, Lookup, Training } from "../adapter/adapter.ts";
import { compile } from "../tensor/compile.ts";
import { crossEntropy, dropout } from "../tensor/ops.ts";
import { checkPrecision, forgetRounded, keepRounded, type Precision, withPrecision } from "../tensor/precision.ts";
import type { OpTime } from "../tensor/profile.ts";
import { createVariable, type Variable } from "../tensor/variable.ts";
import { type BertConfig, linearModules } from "../model/encoder.ts";
import { classify, logits, type Network, pooled } from "../model/bert.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import type { Batch } from "../tokens/batch.ts";
import { inChains } from "./chains.ts";
import { applyAdamW, createSlot, forgetMoments, type Slot, stepNumbers } from "./adamw.ts";
import { droppedPath, droppedWeights } from "./rora/clean_strengthened.ts";
import { penaltyOf } from "./rora/constraint.ts";
import { adaptedModules } from "./rora/modules.ts";
import type { Rora } from "./rora/rora.ts";
import { weightDropout } from "./rora/weight_dropout.ts";

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

  const { ci = null, tr = null } = options.rora ?? {}, adapted = adaptedModules(config, adapter.trained), isPretrained = new Set(adapted);
  if ((ci || tr) && !adapted.length) throw new TypeError("Cannot train with RoRA as the adapter must have low-rank factors: it has none");

  /** What is not trained, by name: variables are read once a call for all chains. */
  const still = () => new Map([...frozen, ...[...fixed].map(([name, variable]) => [name, variable.read()] as const)]);
  const network = (get: Lookup, training?: Training): Network => ({
    config,
    weight: get,
    linear: (name, x) => current.linear(get, name, x, isPretrained.has(name) ? training : training && { drop: training.drop }),
    dropout: training && options.dropout ? (x) => training.drop(x, options.dropout!) : undefined,
  });
  /** Mean loss of the batch, and the gradients that a step follows: sums over the chains' parts. With a seed as in training. */
  const lossAndGradients = (batch: tf.Tensor[], seed?: tf.Tensor) => {
    const parameters = slotList.map(({ weight }) => weight.read()), total = tf.sum(batch[3]), rest = still();
    const dropped = seed && droppedWeights(ci, adapted, lookup(rest), dropBy(seed, 1, weightDropout));
    const drop = seed && dropBy(seed, 0), training = drop && { drop, pretrained: droppedPath(ci, drop) };
    const named = (trained: tf.Tensor[]) => new Map(names.map((name, i) => [name, trained[i]]));
    const gradientsOf = (ids: tf.Tensor, mask: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) =>
      tf.valueAndGrads((...trained: tf.Tensor[]) => {
        const scores = logits(network(lookup(named(trained), dropped ?? new Map(), rest), training), { ids, mask });
        return tf.div(tf.sum(tf.mul(crossEntropy(scores, labels), weights)), total) as tf.Scalar;
      })(parameters);
    const parts = withPrecision(precision, () => inChains(batch, gradientsOf));
    const penalties = tr && penaltyOf(tr, adapted, lookup(named(parameters), rest)).gradients; // of the factors, so once and not by parts
    const gradients = names.map((name, i) => sum([...parts.map(({ grads }) => grads[i]), ...penalties?.has(name) ? [penalties.get(name)!] : []]));
    return { loss: sum(parts.map(({ value }) => value)), gradients };
  };

  const stepFunction = compile((ids, mask, labels, weights, numbers, seed) => {
    const { loss, gradients } = lossAndGradients([ids, mask, labels, weights], seed);
    applyAdamW(slotList, gradients, numbers);
    return [loss];
  });
  const trainedNow = () => new Map([...slots].map(([name, { weight }]) => [name, weight.read()]));
  const outputFunction = compile((ids, mask) => {
    const get = lookup(trainedNow(), still());
    const parts = withPrecision(precision, () =>
      inChains([ids, mask], (ids, mask) => {
        const net = network(get), states = pooled(net, { ids, mask });
        return [classify(net, states), states];
      }));
    return [0, 1].map((output) => tf.concat(parts.map((part) => part[output])));
  });
  const gradientFunction = compile((ids, mask, labels, weights) => {
    const { loss, gradients } = lossAndGradients([ids, mask, labels, weights]);
    return [loss, ...gradients];
  });
  const penaltyFunction = compile(() => [tr ? penaltyOf(tr, adapted, lookup(trainedNow(), still())).value : tf.scalar(0)]);

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
      assign(new Map([...slots].map(([name, { weight }]) => [name, weight])), next.trained, "reset the trainer");
      slotList.forEach(forgetMoments);
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
      return (await callAndRead(outputFunction, batchTensors(batch)))[0];
    },
    async outputs(batch) {
      const [logits, pooled] = await callAndRead(outputFunction, batchTensors(batch));
      return { logits, pooled };
    },
    async gradients(batch) {
      const [loss, ...values] = await callAndRead(gradientFunction, labelledTensors(batch));
      return { loss: loss[0], gradients: new Map(names.map((name, i) => [name, { shape: slots.get(name)!.weight.shape, data: values[i] }])) };
    },
    async penalty() {
      return (await callAndRead(penaltyFunction, []))[0][0];
    },
    weights: () => new Map([...slots].map(([name, { weight }]) => [name, valueOf(weight)])),
    state: () => new Map([...stateVariables()].map(([name, variable]) => [name, valueOf(variable)])),
    restore: (state) => assign(stateVariables(), state, "restore the checkpoint"),
    dispose() {
      for (const compiled of [stepFunction, outputFunction, gradientFunction, penaltyFunction]) compiled.dispose();
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

/** Tensors by name, out of the first map that has it. */
function lookup(...maps: ReadonlyMap<string, tf.Tensor>[]): Lookup {
  return (name) => {
    const found = maps.find((tensors) => tensors.has(name))?.get(name);
    if (!found) throw new Error(`Cannot compute the network as it must have the weight "${name}"`);
    return found;
  };
}

/** Dropout whose masks hang on the step's seeds, the stream, and how often it was asked before: each place drops by a mask of its own. */
function dropBy(seed: tf.Tensor, stream: number, by = dropout): Training["drop"] {
  let site = 0;
  return (x, rate) => rate === 0 ? x : by(x, rate, tf.add(seed, tf.tensor1d([stream, site++], "int32")));
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
