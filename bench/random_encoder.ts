/** Encoders of BERT's shapes with random weights: what a step costs does not depend on what a model knows. */
import { createHash } from "node:crypto";
import { type BertConfig, type Encoder, loadEncoder, weightShapes } from "../lib/model/encoder.ts";
import { formatSafetensors, type StoredTensor } from "../lib/model/safetensors.ts";

const shared = { vocabularySize: 1000, maxPositions: 128, layerNormEpsilon: 1e-12 }; // few words: the table is no part of a LoRA step

export const bertShapes = {
  base: { layers: 12, width: 768, heads: 12, innerWidth: 3072, ...shared },
  large: { layers: 24, width: 1024, heads: 16, innerWidth: 4096, ...shared },
} satisfies Record<string, BertConfig>;

/** Writes config.json and model.safetensors as transformers names them, and reads them back. */
export async function makeRandomEncoder(config: BertConfig, folder: string): Promise<Encoder> {
  await Deno.writeFile(`${folder}/model.safetensors`, formatSafetensors(randomWeights(config)));
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(configJson(config)));
  return await loadEncoder(folder);
}

/** As BERT starts: matrices with mean 0 and standard deviation 0.02, norms 1, biases 0; equal on every machine. */
export function randomWeights(config: BertConfig): Map<string, StoredTensor> {
  return new Map([...weightShapes(config)].map(([name, shape]) => {
    const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
    if (shape.length > 1) fillUniform(data, createHash("sha256").update(name).digest().readInt32LE());
    else if (name.endsWith("LayerNorm.weight")) data.fill(1);
    return [name, { shape, data }];
  }));
}

/** Uniform in +-0.02 sqrt(3), by mulberry32: hundreds of millions of draws in seconds, which the project's own streams are not made for. */
function fillUniform(data: Float32Array, seed: number): void {
  const bound = 0.02 * Math.sqrt(3);
  let state = seed;
  for (let k = 0; k < data.length; k++) {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    data[k] = (2 * ((word ^ (word >>> 14)) >>> 0) / 2 ** 32 - 1) * bound;
  }
}

function configJson({ layers, width, heads, innerWidth, vocabularySize, maxPositions, layerNormEpsilon }: BertConfig) {
  return {
    architectures: ["BertModel"],
    model_type: "bert",
    hidden_act: "gelu",
    num_hidden_layers: layers,
    hidden_size: width,
    num_attention_heads: heads,
    intermediate_size: innerWidth,
    vocab_size: vocabularySize,
    max_position_embeddings: maxPositions,
    layer_norm_eps: layerNormEpsilon,
    type_vocab_size: 2,
    pad_token_id: 0,
  };
}
