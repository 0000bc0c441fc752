import assert from "node:assert/strict";
import { linearModules, loadEncoder, parseBertConfig, weightShapes } from "../../lib/model/encoder.ts";
import { formatSafetensors, type StoredTensor } from "../../lib/model/safetensors.ts";
import { readGolden, tinyEncoder } from "../support/golden.ts";

const config = readGolden("tiny").config;

/** Writes an encoder's folder, loads it, removes it. */
async function load(weights: ReadonlyMap<string, StoredTensor>) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config));
    await Deno.writeFile(`${folder}/model.safetensors`, formatSafetensors(weights));
    return await loadEncoder(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("parseBertConfig() reads the fields that decide the computation", () => {
  assert.deepEqual(parseBertConfig(config), {
    layers: 2,
    width: 16,
    heads: 2,
    innerWidth: 32,
    vocabularySize: 50,
    maxPositions: 32,
    layerNormEpsilon: 1e-12,
  });
});

Deno.test("parseBertConfig() refuses what the encoder would compute otherwise", () => {
  const refuses = (change: Record<string, unknown>, what: string) =>
    assert.throws(() => parseBertConfig({ ...config, ...change }), { name: "TypeError", message: `Cannot use the encoder as ${what}` });
  refuses({ model_type: "distilbert" }, 'model_type must be "bert" or "roberta": "distilbert"');
  refuses({ hidden_act: "gelu_new" }, 'hidden_act must be "gelu": "gelu_new"');
  refuses({ position_embedding_type: "relative_key" }, 'position_embedding_type must be "absolute": "relative_key"');
  refuses({ hidden_size: undefined }, "hidden_size must be a positive whole number: undefined");
  refuses({ num_hidden_layers: 1.5 }, "num_hidden_layers must be a positive whole number: 1.5");
  refuses({ vocab_size: "50" }, 'vocab_size must be a positive whole number: "50"');
  refuses({ layer_norm_eps: 0 }, "layer_norm_eps must be a positive number: 0");
  refuses({ num_attention_heads: 3 }, "num_attention_heads must divide hidden_size 16: 3");
});

Deno.test("weightShapes() has a weight for every name and shape of the reference's model, and no other", () => {
  const golden = Object.entries(readGolden("tiny").weights).map(([name, { shape }]): [string, number[]] => [name, shape]);
  assert.deepEqual(new Map([...weightShapes(tinyEncoder().config)].sort()), new Map(golden.sort()));
});

Deno.test("linearModules() names every matrix with its sizes, bottom to top", () => {
  const modules = linearModules(tinyEncoder().config);
  assert.equal(modules.length, 13);
  assert.deepEqual(modules[4], { name: "encoder.layer.0.intermediate.dense", in: 16, out: 32 });
  assert.deepEqual(modules[12], { name: "pooler.dense", in: 16, out: 16 });
});

Deno.test("loadEncoder() reads weights with or without the prefix of the full model", async () => {
  const { weights } = tinyEncoder();
  const plain = await load(weights);
  const prefixed = await load(new Map([...weights].map(([name, tensor]) => [`bert.${name}`, tensor])));
  assert.deepEqual(prefixed.weights, plain.weights);
  assert.deepEqual(plain.weights, new Map([...weights].sort(([a], [b]) => a < b ? -1 : 1)));
});

Deno.test("loadEncoder() reads the names of Google's checkpoints and leaves the pretraining's heads out", async () => {
  const { weights } = tinyEncoder(), head = { shape: [2, 16], data: new Float32Array(32) };
  const greek = (name: string) => name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
  const stored = new Map([...weights].map(([name, tensor]) => [`bert.${greek(name)}`, tensor]));
  const { weights: read } = await load(stored.set("cls.seq_relationship.weight", head).set("cls.predictions.bias", head));
  assert.deepEqual(new Map([...read].sort()), new Map([...weights].sort()));
});

Deno.test("loadEncoder() names a weight that is missing or of another shape", async () => {
  const { weights } = tinyEncoder(), name = "encoder.layer.1.output.dense.weight";
  const without = new Map(weights);
  without.delete(name);
  await assert.rejects(load(without), {
    name: "TypeError",
    message: `Cannot use the encoder as it must have the weight "${name}" of shape [16,32]: it is missing`,
  });
  await assert.rejects(load(new Map(weights).set(name, { shape: [32, 16], data: new Float32Array(512) })), {
    name: "TypeError",
    message: `Cannot use the encoder as "${name}" must have shape [16,32]: [32,16]`,
  });
});
