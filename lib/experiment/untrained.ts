/** Encoders before pretraining. */
import { sizeOf } from "../math/size.ts";
import type { Rng } from "../math/random.ts";
import type { Encoder } from "../model/encoder.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import { normals } from "../theory/draws.ts";

const initializerRange = 0.02; // standard deviation, as BERT begins (Devlin et al. 2019)

/** The same encoder at random weights: matrices and tables normal, biases 0, gains of normalisations 1. Needs the started engine. */
export function untrained({ config, weights }: Encoder, rng: Rng): Encoder {
  const drawn = [...weights].map(([name, { shape }]): [string, StoredTensor] => {
    const size = sizeOf(shape);
    if (shape.length === 1) return [name, { shape, data: new Float32Array(size).fill(name.endsWith("LayerNorm.weight") ? 1 : 0) }];
    return [name, { shape, data: Float32Array.from(normals(rng.fork(name), size), (value) => initializerRange * value) }];
  });
  return { config, weights: new Map(drawn) };
}
