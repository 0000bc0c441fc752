/** What an adapter is to the layers above: which tensors are trained, which stay, and how a linear module is computed from them. */
import { sizeOf } from "../math/size.ts";
import type { tf } from "../tensor/tf.ts";
import type { Rng } from "../math/random.ts";
import { type Encoder, headShapes } from "../model/encoder.ts";
import type { StoredTensor } from "../model/safetensors.ts";

/** A tensor by name: trained, frozen or of the head. */
export type Lookup = (name: string) => tf.Tensor;

/** What a training step does to an adapted module beyond computing it. */
export interface Training {
  /** Dropout at a rate, by a mask of its own each time. */
  drop(x: tf.Tensor, rate: number): tf.Tensor;
  /** Stands for x -> W x, the pretrained path, where a step disturbs it; left out where it does not. */
  pretrained?(x: tf.Tensor, multiply: (x: tf.Tensor) => tf.Tensor): tf.Tensor;
}

export interface Adapter {
  /** What `linear` computes, whatever the values: adapters of one kind with tensors of one shape are one computation. */
  readonly kind: string;
  /** Initial values of the trained tensors. */
  readonly trained: ReadonlyMap<string, StoredTensor>;
  /** The encoder's tensors that never change: the same for every run with this encoder. */
  readonly frozen: ReadonlyMap<string, StoredTensor>;
  /** Tensors that do not change within a run but differ between runs: a frozen random head, a task's word embeddings, an encoder of the run's own. */
  readonly fixed: ReadonlyMap<string, StoredTensor>;
  /** The linear module `name`, bias included: x [m, in] -> [m, out]. Without `training` it is evaluated. */
  linear(get: Lookup, name: string, x: tf.Tensor, training?: Training): tf.Tensor;
}

/** A fresh classification head: weights N(0, 0.02^2), biases 0 (the initialisation that BERT's and RoBERTa's heads have). */
export function freshHead({ config }: Encoder, classes: number, rng: Rng): Map<string, StoredTensor> {
  return new Map([...headShapes(config, classes)].map(([name, shape]): [string, StoredTensor] => {
    const draws = rng.fork(name), length = sizeOf(shape);
    return [name, { shape, data: Float32Array.from({ length }, () => name.endsWith(".bias") ? 0 : 0.02 * draws.normal()) }];
  }));
}
