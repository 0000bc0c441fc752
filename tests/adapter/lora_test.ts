import assert from "node:assert/strict";
import { createAdapter } from "../../lib/adapter/create.ts";
import { fullAdapter } from "../../lib/adapter/full.ts";
import { initialA, loraAdapter as adapterFrom } from "../../lib/adapter/lora.ts";
import type { InitScheme, Lora, Method } from "../../lib/adapter/method.ts";
import { createRng, type Rng } from "../../lib/math/random.ts";
import { wordEmbeddings } from "../../lib/model/encoder.ts";
import { createTrainer } from "../../lib/train/trainer.ts";
import { assertClose } from "../support/close.ts";
import { caseNames, goldenAdapter, goldenBatch, goldenHead, readGolden, tinyEncoder } from "../support/golden.ts";
import { engineTest } from "../support/tensorflow.ts";

const encoder = tinyEncoder(), golden = readGolden("tiny"), batches = golden.batches.map(goldenBatch);
const lora = (change: Partial<Lora> = {}): Lora => ({
  name: "lora",
  rank: 4,
  alpha: 8,
  targets: "all",
  dropout: 0,
  init: "kaiming-uniform",
  initVariance: 1 / 3,
  zero: "B",
  trainA: true,
  ...change,
});
const loraAdapter = (method: Lora, head: ReturnType<typeof goldenHead>, headTrained: boolean, rng: Rng) =>
  adapterFrom(method, { encoder, head, headTrained, own: false }, rng);
const names = (tensors: ReadonlyMap<string, unknown>) => [...tensors.keys()];

/** Mean and variance of many draws of A, and the largest entry. */
function moments(init: InitScheme, k: number, rank: number, size: number) {
  const draws = initialA({ rank, init, initVariance: k }, size, createRng(`moments/${init}/${k}`)), n = draws.length;
  const mean = draws.reduce((sum, x) => sum + x, 0) / n;
  const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
  return {
    n,
    mean,
    variance,
    largest: draws.reduce((most, x) => Math.max(most, Math.abs(x)), 0),
    kurtosis: draws.reduce((s, x) => s + x ** 4, 0) / n / variance ** 2,
  };
}

const rank = 50, size = 400; // 20,000 draws
for (
  const [init, variance, kurtosis] of [
    ["kaiming-uniform", (k: number) => k / size, 1.8],
    ["gaussian", (k: number) => k / size, 3],
    ["xavier-normal", (k: number) => 2 * k / (rank + size), 3],
  ] as [InitScheme, (k: number) => number, number][]
) {
  Deno.test(`initialA() by ${init} has mean 0, the variance that k asks for, and the shape of its distribution`, () => {
    for (const k of [1 / 3, 0.01, 2]) {
      const found = moments(init, k, rank, size), expected = variance(k);
      assert(Math.abs(found.mean) < 4 * Math.sqrt(expected / found.n), `mean ${found.mean}`);
      assert(Math.abs(found.variance / expected - 1) < 4 * Math.sqrt((kurtosis - 1) / found.n), `variance ${found.variance}, not ${expected}`);
      assert(Math.abs(found.kurtosis - kurtosis) < 0.15, `kurtosis ${found.kurtosis}`);
      if (init === "kaiming-uniform") assert(found.largest <= Math.fround(Math.sqrt(3 * expected)));
    }
  });
}

Deno.test("loraAdapter() trains A and B of its targets, and the head where it is asked to", () => {
  const head = goldenHead(16), rng = createRng(1);
  const all = loraAdapter(lora(), head, false, rng), allWithHead = loraAdapter(lora(), head, true, rng);
  const qv = loraAdapter(lora({ targets: "qv" }), head, false, rng);
  assert.equal(all.trained.size, 2 * 14); // 6 a layer, pooler, classifier
  assert(all.trained.has("classifier.lora_A") && !allWithHead.trained.has("classifier.lora_A"));
  assert(allWithHead.trained.has("classifier.weight") && allWithHead.trained.has("classifier.bias"));
  assert.deepEqual(
    names(qv.trained),
    [0, 1].flatMap((layer) =>
      ["query", "value"].flatMap((module) => ["A", "B"].map((matrix) => `encoder.layer.${layer}.attention.self.${module}.lora_${matrix}`))
    ),
  );
  assert.deepEqual(names(qv.fixed), [wordEmbeddings, "classifier.weight", "classifier.bias"]);
  assert.deepEqual(names(allWithHead.fixed), [wordEmbeddings]);
  for (const adapter of [all, allWithHead, qv]) {
    const parts = [...names(adapter.frozen), ...names(adapter.fixed)];
    for (const name of encoder.weights.keys()) assert.equal(parts.filter((part) => part === name).length, 1, name);
    for (const [name, { data, shape }] of adapter.trained) {
      if (name.endsWith(".lora_B")) assert(data.every((x) => x === 0) && shape[1] === 4, name);
      if (name.endsWith(".lora_A")) assert(data.some((x) => x !== 0) && shape[0] === 4, name);
    }
  }
});

Deno.test("loraAdapter() draws the factor that does not start at 0, with the variance k over its own inputs", () => {
  const { trained } = loraAdapter(lora({ zero: "A", rank: 16 }), goldenHead(16), false, createRng(1));
  for (const [name, { data }] of trained) assert.equal(data.every((x) => x === 0), name.endsWith(".lora_A"), name);
  const b = [...trained].filter(([name]) => name.endsWith(".lora_B")).flatMap(([, { data }]) => [...data]);
  const variance = b.reduce((sum, x) => sum + x * x, 0) / b.length;
  assert(Math.abs(variance * 16 * 3 - 1) < 4 * Math.sqrt(0.8 / b.length), `variance ${variance}`);
});

Deno.test("loraAdapter() keeps A where it is not trained", () => {
  const make = (trainA: boolean) => loraAdapter(lora({ trainA }), goldenHead(16), false, createRng(1));
  const still = make(false), both = make(true);
  assert.deepEqual(names(still.trained), names(both.trained).filter((name) => name.endsWith(".lora_B")));
  for (const [name, tensor] of both.trained) assert.deepEqual(still.fixed.get(name) ?? still.trained.get(name), tensor);
});

Deno.test("fullAdapter() trains every weight of encoder and head", () => {
  const { trained, frozen, fixed } = fullAdapter(encoder, goldenHead(16));
  assert.deepEqual(new Set(names(trained)), new Set([...names(encoder.weights), "classifier.weight", "classifier.bias"]));
  assert.deepEqual([frozen.size, fixed.size], [0, 0]);
});

engineTest("full fine-tuning of query and value alone: their gradients are those of full fine-tuning, and nothing else moves", async () => {
  const method = { name: "full", only: "qv" } as const, options = { classes: 2, head: "trained" } as const;
  const [partial, full] = [method, { name: "full" } as const].map((method) => createAdapter(method, encoder, options, createRng(1)));
  const expected = [...encoder.weights.keys()].filter((name) => /\.self\.(query|value)\.weight$/.test(name));
  assert.deepEqual(new Set(names(partial.trained)), new Set([...expected, "classifier.weight", "classifier.bias"]));
  assert.deepEqual(new Set([...names(partial.trained), ...names(partial.frozen), ...names(partial.fixed)]), new Set(names(full.trained)));
  const [own, whole] = [partial, full].map((adapter) => createTrainer(encoder.config, adapter));
  const [found, all] = [await own.gradients(batches[0]), await whole.gradients(batches[0])];
  assert.equal(found.loss, all.loss);
  for (const [name, { data }] of found.gradients) assertClose(data, all.gradients.get(name)!.data, 1e-6, name);
  assert.equal(found.gradients.size, expected.length + 2);
  [own, whole].forEach((trainer) => trainer.dispose());
  const own2 = createAdapter(method, encoder, { ...options, own: true }, createRng(1));
  assert.deepEqual([own2.frozen.size, own2.fixed.size], [0, encoder.weights.size - expected.length], "an encoder of the run's own can be exchanged");
});

Deno.test("the adapters' trained parameters are as many as the reference counts", () => {
  const count = (tensors: ReadonlyMap<string, { data: Float32Array }>) => [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  for (const name of caseNames) {
    assert.equal(count(goldenAdapter(encoder, golden.cases[name]).trained), golden.cases[name].trainableParameters, name);
  }
});

Deno.test("createAdapter() gives both methods of a seed the same head, and each seed its own", () => {
  const make = (method: Method, seed: number) => createAdapter(method, encoder, { classes: 2, head: "frozen" }, createRng(seed));
  const head = (adapter: ReturnType<typeof make>) => (adapter.fixed.get("classifier.weight") ?? adapter.trained.get("classifier.weight"))!.data;
  assert.deepEqual(head(make({ name: "full" }, 1)), head(make(lora(), 1)));
  assert.notDeepEqual(head(make(lora(), 1)), head(make(lora(), 2)));
  const a = (method: Method, seed: number) => make(method, seed).trained.get("encoder.layer.0.attention.self.query.lora_A")!.data;
  assert.deepEqual(a(lora(), 1), a(lora({ targets: "qv" }), 1)); // a module's draws hang on its name, not on the other targets
  assert.notDeepEqual(a(lora(), 1), a(lora(), 2));
});

engineTest("an adapter at its start computes the logits of the model without it", async () => {
  const head = goldenHead(16);
  const logits = async (adapter: ReturnType<typeof fullAdapter>) => {
    const trainer = createTrainer(encoder.config, adapter), found = await trainer.logits(batches[0]);
    trainer.dispose();
    return found;
  };
  const base = await logits(fullAdapter(encoder, head));
  for (const change of [{ targets: "all" }, { targets: "qv" }, { zero: "A" }, { trainA: false }] satisfies Partial<Lora>[]) {
    assert.deepEqual(await logits(loraAdapter(lora(change), head, false, createRng(1))), base);
  }
});
