/** Full fine-tuning: every weight of the encoder and of the head is trained. */
import { addBias, linear } from "../tensor/ops.ts";
import type { Encoder } from "../model/encoder.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import { type Adapter, type Lookup } from "./adapter.ts";
import type { tf } from "../tensor/tf.ts";

export function fullAdapter(encoder: Encoder, head: ReadonlyMap<string, StoredTensor>): Adapter {
  return { kind: "full", trained: new Map([...encoder.weights, ...head]), frozen: new Map(), fixed: new Map(), linear: plainLinear };
}

/** x W^T + b. */
export function plainLinear(get: Lookup, name: string, x: tf.Tensor): tf.Tensor {
  return addBias(linear(x, get(`${name}.weight`)), get(`${name}.bias`));
}
