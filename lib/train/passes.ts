/** What a trainer computes of a batch, as tfjs functions of its tensors: the loss with its gradients, the scores, RoRA's penalty. */
import type { Adapter, Lookup, Training } from "../adapter/adapter.ts";
import { classify, logits, type Network, pooled } from "../model/bert.ts";
import type { BertConfig } from "../model/encoder.ts";
import { crossEntropy, dropout } from "../tensor/ops.ts";
import { type Precision, withPrecision } from "../tensor/precision.ts";
import { tf } from "../tensor/tf.ts";
import { inChains } from "./chains.ts";
import { droppedPath, droppedWeights } from "./rora/clean_strengthened.ts";
import { penaltyOf } from "./rora/constraint.ts";
import type { Rora } from "./rora/rora.ts";
import { weightDropout } from "./rora/weight_dropout.ts";
import type { TrainerTensors } from "./tensors.ts";

export interface PassOptions extends Pick<Rora, "ci" | "tr"> {
  readonly config: BertConfig;
  /** What the adapter computes. */
  readonly linear: Adapter["linear"];
  /** The modules that RoRA is about. */
  readonly adapted: readonly string[];
  /** Dropout rate while training; 0 for none. */
  readonly dropout: number;
  readonly precision: Precision;
}

export interface Passes {
  /**
   * Mean loss of the batch, and the gradients that a step follows, in the order of the slots: sums over the chains' parts.
   * @param batch ids, mask, labels and weights
   * @param seed int32 [2], as in training; left out: as in evaluation
   */
  lossAndGradients(batch: tf.Tensor[], seed?: tf.Tensor): { loss: tf.Tensor; gradients: tf.Tensor[] };
  /** Class scores [n, c] and pooled states [n, d]. */
  outputs(ids: tf.Tensor, mask: tf.Tensor): tf.Tensor[];
  /** lambda Omega of RoRA's constraint; 0 without it. */
  penalty(): tf.Tensor;
}

export function createPasses(tensors: TrainerTensors, options: PassOptions): Passes {
  const { adapted, precision, tr } = options, names = [...tensors.slots.keys()], network = networkOf(options);

  return {
    lossAndGradients(batch, seed) {
      const parameters = [...tensors.trained().values()], total = tf.sum(batch[3]), rest = tensors.untrained(); // read once for all chains
      const { weights: dropped, training } = disturbed(options, lookup(rest), seed);
      const named = (trained: tf.Tensor[]) => new Map(names.map((name, i) => [name, trained[i]]));
      const gradientsOf = (ids: tf.Tensor, mask: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) =>
        tf.valueAndGrads((...trained: tf.Tensor[]) => {
          const scores = logits(network(lookup(named(trained), dropped, rest), training), { ids, mask });
          return tf.div(tf.sum(tf.mul(crossEntropy(scores, labels), weights)), total) as tf.Scalar;
        })(parameters);
      const parts = withPrecision(precision, () => inChains(batch, gradientsOf));
      const penalties = tr && penaltyOf(tr, adapted, lookup(named(parameters), rest)).gradients; // of the factors, so once and not by parts
      const gradients = names.map((name, i) => sum([...parts.map(({ grads }) => grads[i]), ...penalties?.has(name) ? [penalties.get(name)!] : []]));
      return { loss: sum(parts.map(({ value }) => value)), gradients };
    },
    outputs(ids, mask) {
      const net = network(lookup(tensors.trained(), tensors.untrained()));
      const ofPart = (ids: tf.Tensor, mask: tf.Tensor) => {
        const states = pooled(net, { ids, mask });
        return [classify(net, states), states];
      };
      const parts = withPrecision(precision, () => inChains([ids, mask], ofPart));
      return [0, 1].map((output) => tf.concat(parts.map((part) => part[output])));
    },
    penalty: () => tr ? penaltyOf(tr, adapted, lookup(tensors.trained(), tensors.untrained())).value : tf.scalar(0),
  };
}

/** The encoder over tensors by name; RoRA's disturbance of the pretrained path is for the modules that have one. */
function networkOf({ config, linear, adapted, dropout }: PassOptions): (get: Lookup, training?: Training) => Network {
  const isPretrained = new Set(adapted);
  return (get, training) => ({
    config,
    weight: get,
    linear: (name, x) => linear(get, name, x, isPretrained.has(name) ? training : training && { drop: training.drop }),
    dropout: training && dropout ? (x) => training.drop(x, dropout) : undefined,
  });
}

/** What a step's seed drops: RoRA's weights, once for all chains, and what the chains drop by themselves. Nothing without a seed. */
function disturbed({ adapted, ci }: PassOptions, get: Lookup, seed?: tf.Tensor): { weights: Map<string, tf.Tensor>; training?: Training } {
  if (!seed) return { weights: new Map() };
  const drop = dropBy(seed, 0);
  return { weights: droppedWeights(ci, adapted, get, dropBy(seed, 1, weightDropout)), training: { drop, pretrained: droppedPath(ci, drop) } };
}

/** Dropout whose masks hang on the step's seeds, the stream, and how often it was asked before: each place drops by a mask of its own. */
function dropBy(seed: tf.Tensor, stream: number, by = dropout): Training["drop"] {
  let site = 0;
  return (x, rate) => rate === 0 ? x : by(x, rate, tf.add(seed, tf.tensor1d([stream, site++], "int32")));
}

/** Tensors by name, out of the first map that has it. */
function lookup(...maps: ReadonlyMap<string, tf.Tensor>[]): Lookup {
  return (name) => {
    const found = maps.find((tensors) => tensors.has(name))?.get(name);
    if (!found) throw new Error(`Cannot compute the network as it must have the weight "${name}"`);
    return found;
  };
}

function sum(tensors: tf.Tensor[]): tf.Tensor {
  return tensors.length === 1 ? tensors[0] : tf.addN(tensors);
}
