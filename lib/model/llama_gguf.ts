/** A LLaMA-architecture model out of a GGUF file: its configuration and its weights under transformers' names. */
import type { GgufFile } from "./gguf.ts";
import { type LlamaConfig, tokenEmbeddings } from "./llama.ts";
import { freeTensor, type StoredTensor } from "./safetensors.ts";

export function llamaConfigOf({ metadata, names }: GgufFile): LlamaConfig {
  const fail = (what: string, found: unknown): never => {
    throw new TypeError(`Cannot use the language model as ${what}: ${JSON.stringify(found)}`);
  };
  const architecture = metadata["general.architecture"];
  if (architecture !== "llama") fail('general.architecture must be "llama"', architecture);
  const number = (field: string): number => {
    const value = metadata[`llama.${field}`];
    return typeof value === "number" && value > 0 ? value : fail(`llama.${field} must be a positive number`, value);
  };
  const width = number("embedding_length"), heads = number("attention.head_count"), keyHeads = number("attention.head_count_kv");
  if (width % heads !== 0 || heads % keyHeads !== 0) fail("heads must divide the width, and key heads the heads", [width, heads, keyHeads]);
  const rotated = metadata["llama.rope.dimension_count"] ?? width / heads;
  if (rotated !== width / heads) fail(`llama.rope.dimension_count must be the size of a head, ${width / heads}`, rotated);
  const scaling = metadata["llama.rope.scaling.type"] ?? "none";
  if (scaling !== "none") fail('llama.rope.scaling.type must be "none"', scaling);
  if (names.includes("output.weight")) fail("its output embedding must be its input embedding", "output.weight");
  return {
    layers: number("block_count"),
    width,
    heads,
    keyHeads,
    innerWidth: number("feed_forward_length"),
    vocabularySize: number("vocab_size"),
    maxPositions: number("context_length"),
    ropeBase: number("rope.freq_base"),
    normEpsilon: number("attention.layer_norm_rms_epsilon"),
  };
}

/** GGUF's names for the modules of a block. */
const moduleNames: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

/** The weights one by one, in float32, so that no two need be in memory at once: whoever takes one may free it. */
export function* llamaWeights(file: GgufFile, config: LlamaConfig): Generator<[name: string, StoredTensor]> {
  for (const [name, stored, shape] of weightPlaces(config)) {
    const tensor = file.tensor(stored), module = stored.split(".").at(-2);
    if (tensor.shape.join() !== shape.join()) {
      throw new TypeError(`Cannot use the language model as "${stored}" must have shape [${shape}]: [${tensor.shape}]`);
    }
    yield [name, module === "attn_q" ? halved(tensor, config.heads) : module === "attn_k" ? halved(tensor, config.keyHeads) : tensor];
  }
}

/** Every weight: transformers' name, GGUF's name, shape. */
function weightPlaces(config: LlamaConfig): [name: string, stored: string, shape: number[]][] {
  const { layers, width, innerWidth, heads, keyHeads, vocabularySize } = config, keyWidth = width / heads * keyHeads;
  const shapes: Record<string, number[]> = {
    attn_norm: [width],
    attn_q: [width, width],
    attn_k: [keyWidth, width],
    attn_v: [keyWidth, width],
    attn_output: [width, width],
    ffn_norm: [width],
    ffn_gate: [innerWidth, width],
    ffn_up: [innerWidth, width],
    ffn_down: [width, innerWidth],
  };
  const blocks = Array.from({ length: layers }, (_, layer) =>
    Object.entries(moduleNames).map(([stored, module]): [string, string, number[]] => [
      `model.layers.${layer}.${module}.weight`,
      `blk.${layer}.${stored}.weight`,
      shapes[stored],
    ]));
  return [[tokenEmbeddings, "token_embd.weight", [vocabularySize, width]], ...blocks.flat(), [
    "model.norm.weight",
    "output_norm.weight",
    [width],
  ]];
}

/**
 * Rows of a query or key matrix in the order that `rotate` pairs them, (i, i + size / 2) of each head; GGUF has the rows of a pair side by
 * side. [out, in] -> [out, in].
 */
function halved({ shape, data }: StoredTensor, heads: number): StoredTensor {
  const [rows, width] = shape, size = rows / heads, turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const within = row % size, from = row - within + 2 * (within % (size / 2)) + Math.floor(within / (size / 2));
    turned.set(data.subarray(from * width, (from + 1) * width), row * width);
  }
  freeTensor({ data });
  return { shape, data: turned };
}
