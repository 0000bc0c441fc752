/** One forward and backward pass with the goldens' masks in place of drawn ones. */
import type { Adapter, Lookup, Training } from "../../lib/adapter/adapter.ts";
import { logits } from "../../lib/model/bert.ts";
import type { Encoder } from "../../lib/model/encoder.ts";
import { crossEntropy } from "../../lib/tensor/ops.ts";
import { tf } from "../../lib/tensor/tf.ts";
import type { Batch } from "../../lib/tokens/batch.ts";
import { adaptedModules } from "../../lib/train/rora/modules.ts";
import { assertClose } from "./close.ts";
import type { GoldenTensors } from "./golden.ts";
import { take } from "./tensorflow.ts";

/** The goldens' masks, a module each call: 0 for the k-th feature (of a weight: entry) where (7 k + 3 module) % 10 = 0. */
export function goldenDrop(ofWeights: boolean): Training["drop"] {
  let module = 0;
  return (x, rate) => {
    if (rate === 0) return x;
    const shape = ofWeights ? x.shape : [x.shape[1]!], size = shape.reduce((product, n) => product * n, 1), at = 3 * module++;
    const mask = Array.from({ length: size }, (_, k) => (7 * k + at) % 10 ? 1 / (1 - rate) : 0);
    return tf.mul(x, tf.tensor(mask, shape));
  };
}

/**
 * Mean cross entropy, class scores and gradients.
 * @param disturbed tensors that stand for others, and what training does to adapted modules
 */
export function maskedPass(
  { config }: Encoder,
  adapter: Adapter,
  { ids, mask, labels, n, t }: Batch,
  disturbed: (modules: readonly string[], get: Lookup) => { tensors?: ReadonlyMap<string, tf.Tensor>; training: Training },
) {
  const found = { loss: NaN, logits: [] as number[], gradients: new Map<string, number[]>() };
  tf.tidy(() => {
    const values = [...adapter.frozen, ...adapter.fixed, ...adapter.trained];
    const all = new Map(values.map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));
    const names = [...adapter.trained.keys()], modules = adaptedModules(config, adapter.trained);
    const { value, grads } = tf.valueAndGrads((...trained: tf.Tensor[]) => {
      const given = new Map(names.map((name, i) => [name, trained[i]])), get: Lookup = (name) => given.get(name) ?? all.get(name)!;
      const { tensors, training } = disturbed(modules, get), weight: Lookup = (name) => tensors?.get(name) ?? get(name);
      const linear = (name: string, x: tf.Tensor) => adapter.linear(weight, name, x, modules.includes(name) ? training : undefined);
      const scores = logits({ config, weight, linear }, { ids: tf.tensor2d(ids, [n, t], "int32"), mask: tf.tensor2d(mask, [n, t]) });
      found.logits = [...scores.dataSync()];
      return tf.mean(crossEntropy(scores, tf.tensor1d(labels, "int32"))) as tf.Scalar;
    })(names.map((name) => all.get(name)!));
    [found.loss] = take(value);
    names.forEach((name, i) => found.gradients.set(name, take(grads[i])));
  });
  return found;
}

export interface GoldenPass {
  readonly loss: number;
  readonly logits: number[][];
  readonly gradients: GoldenTensors["entries"];
}

/** @param sizesOf names of tensors whose signs are a library's choice */
export function passAgrees(found: ReturnType<typeof maskedPass>, golden: GoldenPass, sizesOf: (name: string) => boolean = () => false): void {
  assertClose(found.loss, golden.loss, 1e-6);
  assertClose(found.logits, golden.logits.flat(), 1e-5);
  for (const { name, offset, values } of golden.gradients) {
    const own = found.gradients.get(name)!.slice(offset, offset + values.length);
    const [got, want] = sizesOf(name) ? [own, values].map((part) => part.map(Math.abs)) : [own, values];
    assertClose(got, want, 1e-5, name);
  }
}
