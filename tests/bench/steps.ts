import assert from "node:assert/strict";
import { createPeakMeter } from "../../bench/matmul.ts";
import { makeRandomEncoder } from "../../bench/random_encoder.ts";
import { adapterOf, ourSteps, peerFlops, type Recipe, stepsJob, writeInitial } from "../../bench/steps.ts";
import { stepFlops } from "../../bench/flops.ts";
import { digestTensors, parseSafetensors } from "../../lib/model/safetensors.ts";
import { assembleBatch, type Sequence } from "../../lib/tokens/batch.ts";
import { engineTest, leaksNothing } from "../support/tensorflow.ts";

const config = { layers: 2, width: 16, heads: 2, innerWidth: 32, vocabularySize: 50, maxPositions: 8, layerNormEpsilon: 1e-12 };
const recipe: Recipe = {
  method: { name: "lora", rank: 2, alpha: 4, targets: "all", dropout: 0, init: "kaiming-uniform", initVariance: 1 / 3, zero: "B", trainA: true },
  head: "frozen",
  learningRate: 1e-2,
  weightDecay: 0.01,
  seed: 1,
};
const counts = { warmupSteps: 1, timedSteps: 3 };
const rows: Sequence[][] = [[3, 5], [4, 2]].map((lengths, batch) =>
  lengths.map((t, label) => ({ ids: Int32Array.from({ length: t }, (_, k) => batch + 7 * k), label }))
);

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("makeRandomEncoder() writes the same BERT every time: matrices around 0 with deviation 0.02, norms 1, biases 0", async () => {
  const [first, second] = [
    await withFolder((folder) => makeRandomEncoder(config, folder)),
    await withFolder((folder) => makeRandomEncoder(config, folder)),
  ];
  assert.deepEqual(first.config, config);
  assert.equal(digestTensors(first.weights), digestTensors(second.weights));
  const { data } = first.weights.get("embeddings.word_embeddings.weight")!;
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length,
    deviation = Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length);
  assert(Math.abs(mean) < 0.002 && Math.abs(deviation - 0.02) < 0.001, `${mean} ${deviation}`);
  assert.notDeepEqual(first.weights.get("pooler.dense.weight"), first.weights.get("encoder.layer.0.attention.self.key.weight"));
  assert(first.weights.get("encoder.layer.1.output.LayerNorm.weight")!.data.every((x) => x === 1));
  assert(first.weights.get("pooler.dense.bias")!.data.every((x) => x === 0));
});

engineTest("ourSteps() starts every run from the initial values, and frees its trainer", async (engine) => {
  const encoder = await withFolder((folder) => makeRandomEncoder(config, folder));
  const batches = rows.map((batch) => assembleBatch(batch, [0, 1], 2, 6));
  await leaksNothing(engine, async () => {
    using side = ourSteps("f32", recipe, { encoder, batches }, counts, "f32");
    const [first, second] = [await side.run(true), await side.run(false)];
    assert.equal(first.seconds.length, 3); // the warm-up step has a loss, but no time
    assert.equal(first.evidence.length, 4);
    assert.deepEqual(first.evidence, second.evidence);
    assert.equal(side.flops, stepFlops(config, { n: 2, t: 6, classes: 2, rank: 2 }, "ours"));
  });
});

Deno.test("writeInitial() writes what PyTorch cannot read from the encoder: the head and LoRA's A, not B", async () => {
  const names = async (method: Recipe["method"]) =>
    await withFolder(async (folder) => {
      await writeInitial(`${folder}/initial`, adapterOf({ ...recipe, method }, await makeRandomEncoder(config, folder)));
      return [...parseSafetensors(await Deno.readFile(`${folder}/initial`), "initial").tensors.keys()];
    });
  assert.deepEqual(await names({ name: "full" }), ["classifier.bias", "classifier.weight"]);
  const lora = await names(recipe.method);
  assert.deepEqual(lora.slice(0, 4), ["classifier.bias", "classifier.lora_A", "classifier.weight", "encoder.layer.0.attention.output.dense.lora_A"]);
  assert.equal(lora.length, 2 + 2 * 6 + 2);
});

Deno.test("stepsJob() and peerFlops() describe PyTorch's side by unpadded rows", () => {
  const job = stepsJob("folder", "file", recipe, rows, counts);
  assert.deepEqual(job.batches[1], { ids: [[1, 8, 15, 22], [1, 8]], labels: [0, 1] });
  assert.deepEqual([job.kind, job.warmupSteps, job.timedSteps, job.learningRate], ["steps", 1, 3, 1e-2]);
  const flops = (t: number) => stepFlops(config, { n: 2, t, classes: 2, rank: 2 }, "pytorch");
  assert.equal(peerFlops(config, recipe, rows, counts), (2 * flops(4) + flops(5)) / 3); // timed: batches 1, 0, 1
});

engineTest("createPeakMeter() keeps the best rate of each size, in both precisions", async (engine) => {
  await leaksNothing(engine, async () => {
    for (const precision of ["f32", "bf16"] as const) {
      const meter = createPeakMeter(precision, [8, 16]);
      assert.deepEqual(meter.rates, { 8: 0, 16: 0 });
      await meter.measure(0);
      assert(Object.values(meter.rates).every((rate) => rate > 0));
      meter.dispose();
    }
  });
});
