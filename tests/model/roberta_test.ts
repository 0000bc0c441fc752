/** RoBERTa held against transformers' on a classifier of formulas, and its tokenizer against the reference's on a byte-level BPE of our texts. */
import assert from "node:assert/strict";
import { createAdapter } from "../../lib/adapter/create.ts";
import { fullAdapter, plainLinear } from "../../lib/adapter/full.ts";
import { mergeAdapter } from "../../lib/adapter/merge.ts";
import { createRng } from "../../lib/math/random.ts";
import { hiddenStates, logits, type Network, pooled } from "../../lib/model/bert.ts";
import { type Encoder, headShapes, linearModules, loadEncoder, parseBertConfig, weightShapes } from "../../lib/model/encoder.ts";
import { formatSafetensors, type StoredTensor } from "../../lib/model/safetensors.ts";
import { restrictVocabulary } from "../../lib/model/vocabulary.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { loadTokenizer } from "../../lib/tokens/tokenizer.ts";
import { createTrainer } from "../../lib/train/trainer.ts";
import { assertClose } from "../support/close.ts";
import { goldenBatch, type GoldenForward } from "../support/golden.ts";
import { root } from "../support/modules.ts";
import { engineTest, leaksNothing, take } from "../support/tensorflow.ts";

interface Golden {
  readonly config: Record<string, unknown>;
  readonly weights: Record<string, { shape: number[]; scale: number; offset: number; seed: number }>;
  readonly forward: GoldenForward;
  readonly gradients: { readonly labels: number[]; readonly loss: number; readonly norms: Record<string, number> };
  readonly tokens: { readonly text: string; readonly ids: number[] }[];
  readonly tokenizer: unknown;
}

const golden: Golden = JSON.parse(Deno.readTextFileSync(`${root}tests/golden/roberta.json`)), config = parseBertConfig(golden.config);

/** The reference's names as ours: the head's two layers have the names that BERT's pooler and classifier have. */
const ourName = (name: string) =>
  name.replace(/^roberta\./, "").replace(/^classifier\.dense/, "pooler.dense").replace(/^classifier\.out_proj/, "classifier");

/** Every tensor of the golden, by our names: the encoder's and the head's. */
function tinyRoberta(): { encoder: Encoder; head: Map<string, StoredTensor> } {
  const tensors = Object.entries(golden.weights).map(([name, { shape, scale, offset, seed }]): [string, StoredTensor] => {
    const length = shape.reduce((product, size) => product * size, 1);
    return [ourName(name), { shape, data: Float32Array.from({ length }, (_, k) => offset + scale * Math.sin(seed + 0.37 * k * k)) }];
  });
  const shapes = weightShapes(config), part = (isEncoders: boolean) => new Map(tensors.filter(([name]) => shapes.has(name) === isEncoders));
  return { encoder: { config, weights: part(true) }, head: part(false) };
}

/** A network of plain tensors, and what frees it. */
function networkOf(config: Encoder["config"], weights: ReadonlyMap<string, StoredTensor>): { net: Network; free: () => void } {
  const tensors = new Map([...weights].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));
  const weight = (name: string) => tensors.get(name)!;
  return { net: { config, weight, linear: (name, x) => plainLinear(weight, name, x) }, free: () => tf.dispose([...tensors.values()]) };
}

function tinyNetwork() {
  const { encoder, head } = tinyRoberta();
  return networkOf(config, new Map([...encoder.weights, ...head]));
}

function withBatch<T>(ids: number[][], mask: number[][], use: (batch: { ids: tf.Tensor; mask: tf.Tensor }) => T): T {
  const batch = { ids: tf.tensor2d(ids, undefined, "int32"), mask: tf.tensor2d(mask, undefined, "float32") };
  const result = use(batch);
  tf.dispose([batch.ids, batch.mask]);
  return result;
}

engineTest("the forward pass agrees with the reference's RoBERTa", async (engine) => {
  const { ids, mask, positions, hidden, ...expected } = golden.forward;
  await leaksNothing(engine, () => {
    const { net, free } = tinyNetwork();
    withBatch(ids, mask, (batch) => {
      const states = hiddenStates(net, batch), t = ids[0].length, d = config.width;
      assert.equal(states.length, hidden.length);
      for (const [layer, state] of states.entries()) {
        const values = take(state);
        positions.forEach((row, n) =>
          row.forEach((position, i) => {
            const at = (n * t + position) * d;
            assertClose(values.slice(at, at + d), hidden[layer].values[n][i], 1e-5, `layer ${layer}, row ${n}, position ${position}`);
          })
        );
      }
      assertClose(take(pooled(net, batch)), expected.pooler, 1e-5, "the head's first layer");
      assertClose(take(logits(net, batch)), expected.logits, 1e-5, "logits");
    });
    free();
  });
});

engineTest("gradients agree with the reference's, those of positions and of the head included", async () => {
  const { encoder, head } = tinyRoberta(), { labels, loss, norms } = golden.gradients;
  const trainer = createTrainer(config, fullAdapter(encoder, head));
  const found = await trainer.gradients(goldenBatch({ ...golden.forward, labels }));
  assertClose(found.loss, loss, 1e-6, "loss");
  assert.equal(found.gradients.size, Object.keys(norms).length);
  for (const [name, norm] of Object.entries(norms)) {
    assertClose(Math.hypot(...found.gradients.get(ourName(name))!.data), norm, 1e-6 + 1e-5 * norm, name);
  }
  const positions = found.gradients.get("embeddings.position_embeddings.weight")!.data;
  assert.ok(positions.subarray(0, 2 * config.width).every((x) => x === 0), "positions begin behind the padding's");
  trainer.dispose();
});

engineTest("whatever stands in the padding changes no logits, and a row longer than the positions is an error", () => {
  const { net, free } = tinyNetwork(), { ids, mask } = golden.forward;
  const filled = ids.map((row, n) => row.map((id, i) => mask[n][i] ? id : 0));
  const scores = (rows: number[][]) => withBatch(rows, mask, (batch) => take(logits(net, batch)));
  assertClose(scores(filled), scores(ids), 1e-6);
  const row = Array<number>(65).fill(5);
  withBatch([row], [row.map(() => 1)], (batch) =>
    assert.throws(() => logits(net, batch), {
      name: "RangeError",
      message: "Cannot encode the batch as it must have at most 64 tokens a row: 65",
    }));
  free();
});

engineTest("dropout is asked for before both layers of the head", () => {
  const { net, free } = tinyNetwork(), { ids, mask } = golden.forward, [n, d] = [ids.length, config.width];
  const asked: number[][] = [];
  const dropout = (x: tf.Tensor) => {
    asked.push(x.shape);
    return x;
  };
  withBatch(ids, mask, (batch) => take(logits({ ...net, dropout }, batch)));
  assert.deepEqual(asked.slice(-4), [[n, d], [n, d], [n, d], [n, d]], "attention output and output of the last layer, then the head");
  assert.equal(asked.length, 1 + 3 * config.layers + 2);
  free();
});

Deno.test("parseBertConfig() reads RoBERTa's: the padding id, one token type", () => {
  assert.deepEqual(config, {
    layers: 2,
    width: 16,
    heads: 2,
    innerWidth: 32,
    vocabularySize: 450,
    maxPositions: 66,
    layerNormEpsilon: 1e-5,
    roberta: { paddingId: 1 },
  });
  const refuses = (change: Record<string, unknown>, what: string) =>
    assert.throws(() => parseBertConfig({ ...golden.config, ...change }), { name: "TypeError", message: `Cannot use the encoder as ${what}` });
  refuses({ type_vocab_size: 2 }, "type_vocab_size must be 1: 2");
  refuses({ pad_token_id: undefined }, "pad_token_id must be a positive whole number: undefined");
});

Deno.test("weightShapes() and headShapes() have every tensor of the reference's classifier, and no other", () => {
  const expected = Object.entries(golden.weights).map(([name, { shape }]): [string, number[]] => [ourName(name), shape]);
  assert.deepEqual(new Map([...weightShapes(config), ...headShapes(config, 2)].toSorted()), new Map(expected.toSorted()));
  assert.equal(linearModules(config).at(-1)!.name, "pooler.dense", "a linear module like the others");
});

Deno.test("loadEncoder() reads a pretraining checkpoint, and leaves its heads and its pooler out", async () => {
  const { encoder } = tinyRoberta(), other = { shape: [16, 16], data: new Float32Array(256) }, folder = await Deno.makeTempDir();
  const stored = new Map([...encoder.weights].map(([name, tensor]) => [`roberta.${name}`, tensor]));
  stored.set("roberta.pooler.dense.weight", other).set("lm_head.dense.weight", other).set("classifier.dense.weight", other);
  try {
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(golden.config));
    await Deno.writeFile(`${folder}/model.safetensors`, formatSafetensors(stored));
    const read = await loadEncoder(folder);
    assert.deepEqual(read.config, config);
    assert.deepEqual(new Map([...read.weights].toSorted()), new Map([...encoder.weights].toSorted()));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("createAdapter() gives RoBERTa a fresh head of two layers, trained or kept whole", () => {
  const { encoder } = tinyRoberta(), lora = { name: "lora", rank: 2, alpha: 4, dropout: 0, init: "gaussian", initVariance: 1 / 3 } as const;
  const method = { ...lora, targets: "all", zero: "B", trainA: true } as const, head = [...headShapes(config, 2).keys()];
  const adapter = (how: "trained" | "frozen") => createAdapter(method, encoder, { classes: 2, head: how }, createRng(1));
  const trained = adapter("trained"), frozen = adapter("frozen");
  assert.ok(head.every((name) => trained.trained.has(name) && frozen.fixed.has(name) && !trained.frozen.has(name)));
  assert.ok(!trained.trained.has("pooler.dense.lora_A") && frozen.trained.has("pooler.dense.lora_A"), "a layer that is trained needs no adapter");
  const { data } = trained.trained.get("pooler.dense.weight")!, deviation = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
  assert.ok(Math.abs(deviation - 0.02) < 0.004, `${deviation}`);
  assert.deepEqual(trained.trained.get("pooler.dense.weight"), frozen.fixed.get("pooler.dense.weight"), "the seed decides it");
  assert.throws(() => createAdapter(method, encoder, { classes: 2, head: "trained", start: new Map() }, createRng(1)), {
    message: 'Cannot start from the head as it must have the tensor "pooler.dense.weight": it is missing',
  });
});

engineTest("a RoBERTa with LoRA on every module computes what the merged one does, on a restricted vocabulary too", async () => {
  const { encoder } = tinyRoberta(), { ids, mask } = golden.forward, used = [...new Set(ids.flat()), 0], kept = restrictVocabulary(encoder, used, 16);
  const method = { name: "lora", rank: 2, alpha: 4, dropout: 0, targets: "all", init: "gaussian", initVariance: 1, zero: "A", trainA: true } as const;
  const moved = ({ name, shape, data }: StoredTensor & { name: string }): [string, StoredTensor] => [
    name,
    { shape, data: name.endsWith(".lora_A") ? data.map((_, k) => 0.2 * Math.sin(k)) : data },
  ];
  const fresh = createAdapter(method, kept.encoder, { classes: 2, head: "frozen" }, createRng(1));
  const adapter = { ...fresh, trained: new Map([...fresh.trained].map(([name, tensor]) => moved({ name, ...tensor }))) };
  const batch = { ...goldenBatch({ ids, mask }), ids: kept.map(Int32Array.from(ids.flat())) };
  const trainer = createTrainer(kept.encoder.config, adapter), found = await trainer.logits(batch);
  const merged = mergeAdapter(method, encoder.weights, adapter.trained, adapter.fixed);
  const { net, free } = networkOf(config, merged);
  assertClose(found, withBatch(ids, mask, (whole) => take(logits(net, whole))), 1e-5);
  trainer.dispose();
  free();
});

Deno.test("encode() gives the ids that transformers gives, on a byte-level BPE", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/tokenizer.json`, JSON.stringify(golden.tokenizer));
    const { encode, vocabularySize } = await loadTokenizer(folder);
    assert.equal(vocabularySize, 450);
    for (const { text, ids } of golden.tokens) {
      assert.deepEqual([...encode(text, 1000)], ids, text);
      if (ids.length > 4) assert.deepEqual([...encode(text, 4)], [...ids.slice(0, 3), 2], `${text}, cut`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
