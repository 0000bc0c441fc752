/** The low-rank methods by their formulas, and what createAdapter() and mergeAdapter() do with any of them. */
import assert from "node:assert/strict";
import type { Adapter, Training } from "../../lib/adapter/adapter.ts";
import { createAdapter } from "../../lib/adapter/create.ts";
import { leadingSingular } from "../../lib/adapter/leading.ts";
import { addProduct } from "../../lib/adapter/low_rank.ts";
import { mergeAdapter } from "../../lib/adapter/merge.ts";
import type { LowRankMethod, Method } from "../../lib/adapter/method.ts";
import { oloraFactors } from "../../lib/adapter/olora.ts";
import { pissaFactors } from "../../lib/adapter/pissa.ts";
import { createRng } from "../../lib/math/random.ts";
import type { Encoder } from "../../lib/model/encoder.ts";
import type { StoredTensor } from "../../lib/model/safetensors.ts";
import { dropout } from "../../lib/tensor/ops.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { createTrainer } from "../../lib/train/trainer.ts";
import { assertClose, largestDifference } from "../support/close.ts";
import { goldenBatch, goldenHead, readGolden, tinyEncoder } from "../support/golden.ts";
import { engineTest, take } from "../support/tensorflow.ts";

const encoder = tinyEncoder(), batch = goldenBatch(readGolden("tiny").batches[0]), query = "encoder.layer.0.attention.self.query";
const shared = { rank: 2, alpha: 4, targets: "qv", dropout: 0 } as const;
const lora = { name: "lora", ...shared, init: "gaussian", initVariance: 1 / 3, zero: "B", trainA: true } as const;
const methods: readonly LowRankMethod[] = [lora, { name: "pissa", ...shared }, { name: "olora", ...shared }, { name: "dora", ...shared }];
const adapterOf = (method: Method, more: Partial<Parameters<typeof createAdapter>[2]> = {}, of: Encoder = encoder) =>
  createAdapter(method, of, { classes: 2, head: "trained", ...more }, createRng(1));
const stored = (rows: readonly (readonly number[])[]): StoredTensor => ({
  shape: [rows.length, rows[0].length],
  data: Float32Array.from(rows.flat()),
});

/** Matrix W of the papers' equations, at r = 1 and s = 2. */
const w = stored([[1.2, 0.5, -0.3], [0.4, 0.9, 0.2], [-0.1, 0.3, 0.7]]), one = { ...shared, rank: 1, alpha: 2 };
const zeros = (shape: readonly number[]): StoredTensor => ({ shape, data: new Float32Array(shape[0] * shape[1]) });

Deno.test("pissaFactors() takes the leading singular triplet out of the weight", () => {
  const { a, b, weight } = pissaFactors(one, w);
  const expected = [[1.016039, 0.768951, -0.0989997], [0.670967, 0.507796, -0.0653769], [0.0371861, 0.0281429, -0.00362329]].flat();
  assertClose(addProduct(zeros([3, 3]), b, a, 2), expected, 1e-6);
  assertClose(weight!.data, expected.map((x, k) => w.data[k] - x), 1e-6);
  assertClose(leadingSingular(weight!, 1).s, [0.964636], 1e-6);
});

Deno.test("oloraFactors() takes the first column of Q times the first row of R out of the weight, s times", () => {
  const { a, b, weight } = oloraFactors(one, w);
  assertClose(
    addProduct(zeros([3, 3]), b, a, 2),
    [2.4, 1.386335, -0.521739, 0.8, 0.462112, -0.173913, -0.2, -0.115528, 0.0434783],
    1e-6,
  );
  assertClose(weight!.data, [-1.2, -0.886335, 0.221739, -0.4, 0.437888, 0.373913, 0.1, 0.415528, 0.656522], 1e-6);
});

Deno.test("PiSSA and OLoRA have as many ranks as the weight has, at most", () => {
  const wide = stored([[1, 2, 3], [0, 1, -1]]);
  for (const { a, b, weight } of [pissaFactors({ ...shared, rank: 5, alpha: 5 }, wide), oloraFactors({ ...shared, rank: 5, alpha: 5 }, wide)]) {
    assert.deepEqual([a.shape, b.shape], [[2, 3], [2, 2]]);
    assertClose(weight!.data, Array(6).fill(0), 1e-6);
  }
});

Deno.test("leadingSingular() decomposes equal weights once", () => {
  assert.equal(leadingSingular({ shape: w.shape, data: w.data.slice() }, 2), leadingSingular(w, 2));
  assert.equal(leadingSingular(w, 1).s.length, 1);
});

/** The module of W with these factors by an adapter of r = 1, s = 2, without a bias: x [1, 3] -> [3]. */
function compute(method: LowRankMethod, more: Record<string, readonly (readonly number[])[] | number[]>, x: number[], training?: Training): number[] {
  const { linear } = adapterOf({ ...method, rank: 1, alpha: 2 });
  const rows = {
    weight: [[1.2, 0.5, -0.3], [0.4, 0.9, 0.2], [-0.1, 0.3, 0.7]],
    bias: [0, 0, 0],
    lora_A: [[0.4, 0, 0.2]],
    lora_B: [[0.1], [-0.2], [0.3]],
  };
  const tensors = new Map(Object.entries({ ...rows, ...more }).map(([part, values]) => [`${query}.${part}`, tf.tensor(values as number[][])]));
  const y = take(tf.tidy(() => linear((name) => tensors.get(name)!, query, tf.tensor2d([x]), training)));
  tf.dispose([...tensors.values()]);
  return y;
}

engineTest("DoRA scales each row of W + s B A to its magnitude, and the bias not at all", () => {
  const x = [1, -1, 0.5], lora_magnitude = [1.334166, 1.004988, 0.768115];
  assertClose(compute(methods[0], {}, x), [0.65, -0.6, 0.25], 1e-6);
  assertClose(compute(methods[3], { lora_magnitude }, x), [0.620067, -0.642063, 0.217151], 1e-6);
  assertClose(compute(methods[3], { lora_magnitude, bias: [1, 2, 3] }, x), [1.620067, 1.357937, 3.217151], 1e-6);
});

engineTest("dropout drops what enters the low-rank path, and for DoRA what its magnitudes read as well", () => {
  const x = [1, -1, 0.5], dropped = [2, 0, 1], lora_magnitude = [1.334166, 1.004988, 0.768115]; // a mask of 1, 0, 1, twice
  const training = { drop: (x: tf.Tensor, rate: number) => rate ? tf.mul(x, tf.tensor1d([2, 0, 2])) : x };
  const base = [0.55, -0.4, -0.05], update = (x: number[]) => [0.1, -0.2, 0.3].map((b) => 2 * b * (0.4 * x[0] + 0.2 * x[2]));
  const withRate = (method: LowRankMethod) => ({ ...method, dropout: 0.5 });
  assertClose(compute(withRate(methods[0]), {}, x, training), base.map((y, i) => y + update(dropped)[i]), 1e-6);
  const g = [0.953950, 1.070105, 0.868606], baseDropped = [2.1, 1, 0.5];
  const expected = base.map((y, i) => y + (g[i] - 1) * baseDropped[i] + g[i] * update(dropped)[i]);
  assertClose(compute(withRate(methods[3]), { lora_magnitude }, x, training), expected, 2e-6);
  for (const method of methods) {
    const more: Parameters<typeof compute>[1] = method.name === "dora" ? { lora_magnitude } : {};
    assert.deepEqual(compute(withRate(method), more, x), compute(method, more, x)); // evaluated
    assert.deepEqual(compute(method, more, x, training), compute(method, more, x)); // at rate 0
  }
});

engineTest("dropout on the low-rank path leaves the mean where it was", () => {
  let draw = 0;
  const training = { drop: (x: tf.Tensor, rate: number) => dropout(x, rate, tf.tensor1d([7, draw++], "int32")) };
  const x = [1, -1, 0.5], plain = compute(methods[0], {}, x), draws = 2000, mean = [0, 0, 0];
  for (let i = 0; i < draws; i++) compute({ ...methods[0], dropout: 0.3 }, {}, x, training).forEach((y, k) => mean[k] += y / draws);
  // The update is u = 2 b (0.4 x_0 + 0.2 x_2); each term has the variance p / (1 - p) of its square.
  const spread = [0.1, 0.2, 0.3].map((b) => 2 * b * Math.hypot(0.4, 0.1) * Math.sqrt(0.3 / 0.7 / draws));
  mean.forEach((y, k) => assert(Math.abs(y - plain[k]) < 4 * spread[k], `${y} for ${plain[k]}`));
});

engineTest("DoRA refuses to have its activations disturbed", () => {
  const training: Training = { drop: (x) => x, pretrained: (x, multiply) => multiply(x) };
  assert.throws(() => compute(methods[3], { lora_magnitude: [1, 1, 1] }, [1, 2, 3], training), {
    name: "TypeError",
    message: "Cannot disturb the activations of DoRA's pretrained path as its magnitudes scale both paths together: use weights",
  });
});

const logitsOf = async (adapter: Adapter) => {
  const trainer = createTrainer(encoder.config, adapter), found = await trainer.logits(batch);
  trainer.dispose();
  return found;
};

engineTest("every method starts as the model without it", async () => {
  const base = await logitsOf(adapterOf({ name: "full" }));
  for (const method of methods) assertClose(await logitsOf(adapterOf(method)), base, 1e-6, method.name);
});

Deno.test("createAdapter() gives LoRA and DoRA of a seed the same factors", () => {
  const [first, second] = [{ ...lora, init: "kaiming-uniform" } as const, methods[3]].map((method) => adapterOf(method).trained);
  for (const part of ["lora_A", "lora_B"]) assert.deepEqual(first.get(`${query}.${part}`), second.get(`${query}.${part}`));
});

Deno.test("createAdapter() starts from the head that it is given, and names what does not fit", () => {
  const given = goldenHead(16);
  for (const method of [{ name: "full" } as const, ...methods]) {
    for (const head of ["frozen", "trained"] as const) {
      const { trained, fixed } = adapterOf(method, { head, start: new Map([...encoder.weights, ...given]) });
      assert.equal((head === "trained" || method.name === "full" ? trained : fixed).get("classifier.weight"), given.get("classifier.weight"));
    }
  }
  assert.throws(() => adapterOf(lora, { start: new Map([...given].slice(0, 1)) }), {
    name: "TypeError",
    message: 'Cannot start from the head as it must have the tensor "classifier.bias": it is missing',
  });
  assert.throws(() => adapterOf(lora, { classes: 3, start: given }), {
    name: "TypeError",
    message: 'Cannot start from the head as "classifier.weight" must have shape [3,16]: [2,16]',
  });
});

/** The same shapes, other values. */
const other: Encoder = {
  ...encoder,
  weights: new Map([...encoder.weights].map(([name, { shape, data }]) => [name, { shape, data: data.map((x) => 0.9 * x) }])),
};

engineTest("an encoder of the run's own is all in `fixed`: a trainer can be reset to another", async () => {
  for (const method of methods) {
    const [first, second] = [encoder, other].map((of) => adapterOf(method, { own: true }, of)), shared = adapterOf(method);
    assert.deepEqual([first.frozen.size, first.fixed.size, first.kind], [0, shared.frozen.size + shared.fixed.size, shared.kind]);
    const trainer = createTrainer(encoder.config, first), before = await trainer.logits(batch);
    assertClose(before, await logitsOf(shared), 1e-6, method.name);
    trainer.reset(second);
    assertClose(await trainer.logits(batch), await logitsOf(adapterOf(method, {}, other)), 1e-6, method.name);
    assert(largestDifference(await trainer.logits(batch), before).by > 1e-3);
    trainer.dispose();
  }
});

Deno.test("createAdapter() says in an adapter's kind what it computes, whatever the values", () => {
  assert.deepEqual(methods.map((method) => adapterOf(method).kind), ["lora", "pissa", "olora", "dora"].map((name) => `${name}, scale 2`));
  assert.equal(adapterOf({ ...lora, dropout: 0.1 }).kind, "lora, scale 2, dropout 0.1");
});

Deno.test("mergeAdapter() takes a factor that is not trained, and the head where it is", () => {
  const { trained, fixed } = adapterOf({ ...lora, trainA: false }), b = trained.get(`${query}.lora_B`)!;
  const moved = new Map(trained).set(`${query}.lora_B`, { ...b, data: b.data.map((_, k) => k) });
  const merged = mergeAdapter(lora, encoder.weights, moved, fixed), a = fixed.get(`${query}.lora_A`)!, size = a.shape[1];
  const expected =
    b.data.map((_, k) => k === 1 ? encoder.weights.get(`${query}.weight`)!.data[k] + 2 * (0 * a.data[1] + 1 * a.data[size + 1]) : 0)[1];
  assertClose(merged.get(`${query}.weight`)!.data[1], expected, 1e-6);
  assert.equal(merged.get("classifier.weight"), trained.get("classifier.weight"));
  assert.deepEqual([...merged.keys()].filter((name) => name.includes("lora")), []);
});

Deno.test("mergeAdapter() of full fine-tuning is what was trained", () => {
  const trained = new Map([...other.weights, ...goldenHead(16)]);
  assert.deepEqual(mergeAdapter({ name: "full" }, encoder.weights, trained, new Map()), trained);
});

Deno.test("mergeAdapter() refuses an adapter without its module", () => {
  const trained = new Map([["no.such.lora_B", { shape: [2, 1], data: new Float32Array(2) }]]);
  assert.throws(() => mergeAdapter(lora, new Map(), trained, new Map()), {
    name: "TypeError",
    message: "Cannot merge as the adapter's module must have a weight and both factors: no.such has not",
  });
});
