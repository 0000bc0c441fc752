/**
 * What goes in and what comes back at every module of an encoder: its inputs, and the gradients of each class score at its outputs.
 * Examples do not see each other, so the gradient of a score summed over the batch holds each example's own in its own rows.
 */
import type { Adapter, Lookup } from "../adapter/adapter.ts";
import { logits, type Network, type TokenBatch } from "../model/bert.ts";
import { type BertConfig, wordEmbeddings } from "../model/encoder.ts";
import { layerNorm } from "../tensor/ops.ts";
import { tf } from "../tensor/tf.ts";

export interface Tap {
  /** What the module was given: [m, in], m = n t, or n where only [CLS] asks. Of LayerNorm: before normalisation. */
  readonly input: tf.Tensor;
  /** Of each class score, summed over the batch, at the module's output: c of [m, out]. */
  readonly gradients: readonly tf.Tensor[];
}

export interface Taps {
  readonly logits: tf.Tensor; // [n, c]
  /** By the name of the linear module or LayerNorm; `embeddings` is the sum of the three embeddings. */
  readonly modules: ReadonlyMap<string, Tap>;
}

export const embeddings = "embeddings";

/**
 * One forward pass and one backward pass for each class score.
 * @param get every tensor of the network by its name
 */
export function tapModules(config: BertConfig, get: Lookup, linear: Adapter["linear"], classes: number, batch: TokenBatch): Taps {
  const inputs = new Map<string, tf.Tensor>(), gradients = Array.from({ length: classes }, () => new Map<string, tf.Tensor>());
  const kept: tf.Tensor[] = [];
  /** Tensors within a gradient are freed when it is done; this one stays. */
  const keep = (x: tf.Tensor) => {
    const copy = tf.keep(tf.clone(x));
    kept.push(copy);
    return copy;
  };
  let scores: tf.Tensor | undefined, found = gradients[0];
  const tap = (name: string, input: tf.Tensor, output: tf.Tensor) => {
    inputs.set(name, keep(input));
    return watch(output, (gradient) => found.set(name, keep(gradient)));
  };
  const firstScore = (table: tf.Tensor) => {
    const weight = (name: string) => name === wordEmbeddings ? table : get(name);
    const net: Network = {
      config,
      weight,
      linear: (name, x) => tap(name, x, linear(weight, name, x)),
      norm(name, x) {
        const entering = name === "embeddings.LayerNorm" ? tap(embeddings, x, x) : x;
        return tap(name, entering, layerNorm(entering, weight(`${name}.weight`), weight(`${name}.bias`), config.layerNormEpsilon));
      },
    };
    const all = scores = keep(logits(net, batch));
    const score = (k: number) => tf.sum(tf.slice(all, [0, k], [all.shape[0], 1]));
    // A gradient within a gradient reads the same tape: one forward pass serves the backward passes of all class scores.
    for (let k = 1; k < classes; k++) {
      found = gradients[k];
      tf.grad(() => score(k))(table).dispose();
    }
    found = gradients[0];
    return score(0);
  };
  tf.grad(firstScore)(get(wordEmbeddings)).dispose(); // the lowest weight: everything is on the way to it
  const own = (x: tf.Tensor) => tf.clone(x);
  const modules = new Map([...inputs].map(([name, input]) => [name, { input: own(input), gradients: gradients.map((of) => own(of.get(name)!)) }]));
  const result = { logits: own(scores!), modules };
  tf.dispose(kept);
  return result;
}

/** x as it is; `see` is shown the gradient that comes back to it. */
function watch(x: tf.Tensor, see: (gradient: tf.Tensor) => void): tf.Tensor {
  return tf.customGrad((x) => ({
    value: tf.clone(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => {
      see(dy);
      return tf.clone(dy);
    },
  }))(x);
}
