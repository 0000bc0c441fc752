/** Stand-ins for what the paper profile reads out of its reader's folders: encoders of the large ones' shapes with random weights, GLUE and paper B's splits in small. */
import { join } from "node:path";
import { obtainAsset } from "../../lib/assets/obtain.ts";
import { encoderShapes } from "../../lib/experiment/encoder_shapes.ts";
import { createRng } from "../../lib/math/random.ts";
import { type BertConfig, weightShapes } from "../../lib/model/encoder.ts";
import { safetensorsParts, type StoredTensor } from "../../lib/model/safetensors.ts";

/**
 * Writes config.json, model.safetensors and vocab.txt as the model hub has them: names with their prefix, normalisation by Greek letters,
 * a head of the pretraining. Values are pieces of one random stretch: drawing 335 million numbers would take longer than the test.
 */
export async function writeLargeEncoder(folder: string, layers = 24): Promise<void> {
  await writeEncoder(folder, { ...encoderShapes["bert-large-uncased"], layers }, "bert", googleName, "cls.seq_relationship.bias");
  const { model: { vocab } } = JSON.parse(await Deno.readTextFile(join(await obtainAsset("minilm-l6"), "tokenizer.json"))); // the same tokens
  const tokens = Object.entries(vocab as Record<string, number>).sort(([, a], [, b]) => a - b).map(([token]) => token);
  await Deno.writeTextFile(join(folder, "vocab.txt"), tokens.join("\n") + "\n");
}

/** The same of RoBERTa-large's shapes. @param tokenizer of a byte-level BPE, whose ids are fewer than the encoder's */
export async function writeLargeRoberta(folder: string, layers: number, tokenizer: unknown): Promise<void> {
  await writeEncoder(folder, { ...encoderShapes["roberta-large"], layers }, "roberta", (name) => `roberta.${name}`, "lm_head.bias");
  await Deno.writeTextFile(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
}

/** @param ofPretraining a tensor of the head that pretraining had */
async function writeEncoder(
  folder: string,
  config: BertConfig,
  type: string,
  nameOf: (name: string) => string,
  ofPretraining: string,
): Promise<void> {
  const stretch = randomStretch(1 << 22);
  const weights = new Map([...weightShapes(config)].map(([name, shape]): [string, StoredTensor] => [nameOf(name), valuesFor(name, shape, stretch)]));
  weights.set(ofPretraining, { shape: [2], data: new Float32Array(2) });
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeFile(join(folder, "model.safetensors"), ReadableStream.from(safetensorsParts(weights)));
  await Deno.writeTextFile(join(folder, "config.json"), JSON.stringify(hubConfig(config, type)));
}

const hubConfig = (config: BertConfig, type: string) => ({
  model_type: type,
  pad_token_id: config.roberta?.paddingId ?? 0,
  hidden_act: "gelu",
  hidden_size: config.width,
  num_hidden_layers: config.layers,
  num_attention_heads: config.heads,
  intermediate_size: config.innerWidth,
  vocab_size: config.vocabularySize,
  max_position_embeddings: config.maxPositions,
  layer_norm_eps: config.layerNormEpsilon,
});

const googleName = (name: string) => `bert.${name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")}`;

function randomStretch(length: number): Float32Array {
  const rng = createRng("large encoder");
  return Float32Array.from({ length }, () => 0.02 * Math.sqrt(12) * (rng.uniform() - 0.5)); // BERT's own initial spread
}

/** Gains are 1, biases 0, matrices random. */
function valuesFor(name: string, shape: readonly number[], stretch: Float32Array): StoredTensor {
  const size = shape.reduce((product, n) => product * n, 1), data = new Float32Array(size);
  if (name.endsWith("LayerNorm.weight")) data.fill(1);
  else if (!name.endsWith(".bias")) {
    for (let at = 0; at < size; at += stretch.length) data.set(stretch.subarray(0, Math.min(stretch.length, size - at)), at);
  }
  return { shape: [...shape], data };
}

const nouns = ["film", "tale", "scene", "score", "cast", "plot"], praise = ["warm", "bright", "clever"], blame = ["dull", "flat", "stale"];
const pick = <T>(from: readonly T[], i: number) => from[i % from.length];
/** Praise where i is odd. */
const sentence = (i: number) => `the ${pick(nouns, i)} is ${pick(i % 2 ? praise : blame, i)} and the ${pick(nouns, i + 1 + (i >> 2))} is number ${i}`;

/** One of paper B's data sets in its authors' layout, with so many rows of made-up sentences in each part. */
export async function writeSmallSplits(folder: string, parts: Readonly<Record<"train" | "dev" | "test", number>>): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [part, rows] of Object.entries(parts)) {
    const lines = Array.from({ length: rows }, (_, idx) => JSON.stringify({ sentence: sentence(idx), label: idx % 2, idx }));
    await Deno.writeTextFile(join(folder, `${part}.json`), lines.join("\n") + "\n");
  }
}

/** SST-2, CoLA, QNLI and QQP in GLUE's own layouts, with so many training and held-out rows of made-up sentences. */
export async function writeSmallGlue(folder: string, trainRows: number, heldOutRows: number): Promise<void> {
  const question = (i: number) => `How ${pick(i % 2 ? praise : blame, i)} is ${pick(nouns, i)} number ${i}?`;
  const layouts: Record<string, { header: string[] | null; row: (i: number) => (string | number)[] }> = {
    "SST-2": { header: ["sentence", "label"], row: (i) => [sentence(i), i % 2] },
    "CoLA": { header: null, row: (i) => ["own", i % 2, i % 2 ? "" : "*", sentence(i)] },
    "QNLI": {
      header: ["index", "question", "sentence", "label"],
      row: (i) => [i, question(i), sentence(i), i % 2 ? "not_entailment" : "entailment"],
    },
    "QQP": {
      header: ["id", "qid1", "qid2", "question1", "question2", "is_duplicate"],
      row: (i) => [i, 2 * i, 2 * i + 1, question(i), question(i + 1), i % 2],
    },
  };
  for (const [task, { header, row }] of Object.entries(layouts)) {
    await Deno.mkdir(join(folder, task), { recursive: true });
    for (const [file, rows] of [["train.tsv", trainRows], ["dev.tsv", heldOutRows]] as const) {
      const lines = Array.from({ length: rows }, (_, i) => row(file === "dev.tsv" ? 1000 + i : i).join("\t"));
      await Deno.writeTextFile(join(folder, task, file), [...header ? [header.join("\t")] : [], ...lines].join("\n") + "\n");
    }
  }
}
