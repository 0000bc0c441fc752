/** A pretrained encoder as plain data: its configuration and its named weights. */
import { sizeOf } from "../math/size.ts";
import { parseSafetensors, type StoredTensor } from "./safetensors.ts";

/** The fields of a BERT or RoBERTa config.json that decide the computation. */
export interface BertConfig {
  readonly layers: number;
  /** Hidden width d. */
  readonly width: number;
  readonly heads: number;
  /** Feed-forward width. */
  readonly innerWidth: number;
  readonly vocabularySize: number;
  readonly maxPositions: number;
  readonly layerNormEpsilon: number;
  /**
   * Absent in BERT. RoBERTa (Liu et al. 2019) computes as BERT does, but for these: a row's first position is the one behind the padding's; there
   * is one token type; the pooler is no part of the pretrained encoder but the first layer of the head (`headShapes`).
   */
  readonly roberta?: { readonly paddingId: number };
}

export interface Encoder {
  readonly config: BertConfig;
  /** By their names in the checkpoint, `encoder.layer.0.attention.self.query.weight: [d, d]`. */
  readonly weights: ReadonlyMap<string, StoredTensor>;
}

/** The table that tokens are looked up in: [v, d]. */
export const wordEmbeddings = "embeddings.word_embeddings.weight";

/**
 * Reads config.json and model.safetensors of a BERT or RoBERTa encoder and checks that every weight is there with its shape. What is
 * not the encoder's (heads of the pretraining) is left out.
 */
export async function loadEncoder(folder: string): Promise<Encoder> {
  const config = parseBertConfig(JSON.parse(await Deno.readTextFile(`${folder}/config.json`))), shapes = weightShapes(config);
  const bytes = await Deno.readFile(`${folder}/model.safetensors`);
  const weights = new Map<string, StoredTensor>();
  for (const [stored, tensor] of parseSafetensors(bytes, "model.safetensors").tensors) {
    const name = weightName(stored);
    if (shapes.has(name)) weights.set(name, tensor);
  }
  checkWeights(shapes, weights);
  return { config, weights };
}

/** Numbers in all weights. */
export function countParameters(config: BertConfig): number {
  return [...weightShapes(config).values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
}

/** Checkpoints of the pretraining model have the encoder as a part of it; Google's have normalisation's gain and bias by their Greek letters. */
function weightName(stored: string): string {
  return stored.replace(/^(bert|roberta)\./, "").replace(/\.LayerNorm\.gamma$/, ".LayerNorm.weight").replace(/\.LayerNorm\.beta$/, ".LayerNorm.bias");
}

/** Where a row's positions begin in their table. */
export const firstPosition = ({ roberta }: BertConfig): number => roberta ? roberta.paddingId + 1 : 0;

/** Checks a config.json: the architecture must be BERT or RoBERTa with exact GELU and absolute positions. */
export function parseBertConfig(json: Record<string, unknown>): BertConfig {
  const expect = (field: string, value: unknown) => {
    if (json[field] !== undefined && json[field] !== value) {
      throw new TypeError(`Cannot use the encoder as ${field} must be ${JSON.stringify(value)}: ${JSON.stringify(json[field])}`);
    }
  };
  const isRoberta = json.model_type === "roberta";
  if (!isRoberta && ![undefined, "bert"].includes(json.model_type as string)) {
    throw new TypeError(`Cannot use the encoder as model_type must be "bert" or "roberta": ${JSON.stringify(json.model_type)}`);
  }
  if (isRoberta) expect("type_vocab_size", 1);
  expect("hidden_act", "gelu");
  expect("position_embedding_type", "absolute");
  const number = (field: string, kind: string, holds: (value: number) => boolean): number => {
    const value = json[field];
    if (typeof value !== "number" || !(value > 0 && holds(value))) {
      throw new TypeError(`Cannot use the encoder as ${field} must be a positive ${kind}: ${JSON.stringify(value)}`);
    }
    return value;
  };
  const count = (field: string) => number(field, "whole number", Number.isSafeInteger);
  const width = count("hidden_size"), heads = count("num_attention_heads");
  if (width % heads !== 0) throw new TypeError(`Cannot use the encoder as num_attention_heads must divide hidden_size ${width}: ${heads}`);
  return {
    layers: count("num_hidden_layers"),
    width,
    heads,
    innerWidth: count("intermediate_size"),
    vocabularySize: count("vocab_size"),
    maxPositions: count("max_position_embeddings"),
    layerNormEpsilon: number("layer_norm_eps", "number", Number.isFinite),
    ...(isRoberta ? { roberta: { paddingId: count("pad_token_id") } } : {}),
  };
}

/** The linear modules of an encoder with their sizes, bottom to top, the pooler last. */
export function linearModules({ layers, width, innerWidth }: BertConfig): { name: string; in: number; out: number }[] {
  const blocks = Array.from({ length: layers }, (_, layer) => {
    const at = `encoder.layer.${layer}`;
    return [
      ...["query", "key", "value"].map((part) => ({ name: `${at}.attention.self.${part}`, in: width, out: width })),
      { name: `${at}.attention.output.dense`, in: width, out: width },
      { name: `${at}.intermediate.dense`, in: width, out: innerWidth },
      { name: `${at}.output.dense`, in: innerWidth, out: width },
    ];
  });
  return [...blocks.flat(), { name: "pooler.dense", in: width, out: width }];
}

/**
 * The shapes of a classification head, by name. RoBERTa's has two layers, both fresh: the reference's `classifier.dense` is here what BERT's
 * pooler is, `pooler.dense`, and its `classifier.out_proj` is `classifier`.
 */
export function headShapes({ width, roberta }: BertConfig, classes: number): Map<string, number[]> {
  const dense: [string, number[]][] = roberta ? [["pooler.dense.weight", [width, width]], ["pooler.dense.bias", [width]]] : [];
  return new Map([...dense, ["classifier.weight", [classes, width]], ["classifier.bias", [classes]]]);
}

/** The shape of every weight of an encoder, by name. */
export function weightShapes(config: BertConfig): Map<string, number[]> {
  const { width, layers, roberta } = config, shapes = new Map<string, number[]>();
  const norm = (name: string) => shapes.set(`${name}.weight`, [width]).set(`${name}.bias`, [width]);
  shapes.set(wordEmbeddings, [config.vocabularySize, width]);
  shapes.set("embeddings.position_embeddings.weight", [config.maxPositions, width]);
  shapes.set("embeddings.token_type_embeddings.weight", [roberta ? 1 : 2, width]);
  norm("embeddings.LayerNorm");
  const modules = linearModules(config).filter(({ name }) => !roberta || name !== "pooler.dense");
  for (const module of modules) shapes.set(`${module.name}.weight`, [module.out, module.in]).set(`${module.name}.bias`, [module.out]);
  for (let layer = 0; layer < layers; layer++) {
    norm(`encoder.layer.${layer}.attention.output.LayerNorm`);
    norm(`encoder.layer.${layer}.output.LayerNorm`);
  }
  return shapes;
}

function checkWeights(shapes: ReadonlyMap<string, readonly number[]>, weights: ReadonlyMap<string, StoredTensor>): void {
  for (const [name, shape] of shapes) {
    const found = weights.get(name);
    if (!found) throw new TypeError(`Cannot use the encoder as it must have the weight "${name}" of shape [${shape}]: it is missing`);
    if (found.shape.join() !== shape.join()) {
      throw new TypeError(`Cannot use the encoder as "${name}" must have shape [${shape}]: [${found.shape}]`);
    }
  }
}
