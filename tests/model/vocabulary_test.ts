import assert from "node:assert/strict";
import { wordEmbeddings } from "../../lib/model/encoder.ts";
import { restrictVocabulary } from "../../lib/model/vocabulary.ts";
import { createTrainer } from "../../lib/train/trainer.ts";
import { caseNames, goldenAdapter, goldenBatch, readGolden, tinyEncoder } from "../support/golden.ts";
import { engineTest } from "../support/tensorflow.ts";

const whole = tinyEncoder();

Deno.test("restrictVocabulary() keeps the rows used, in order, filled up to the multiple but never beyond the table", () => {
  const { encoder, map } = restrictVocabulary(whole, [7, 3, 3, 49], 8), { shape, data } = encoder.weights.get(wordEmbeddings)!;
  const full = whole.weights.get(wordEmbeddings)!.data, row = (table: Float32Array, id: number) => table.subarray(16 * id, 16 * id + 16);
  assert.deepEqual([shape, encoder.config.vocabularySize], [[8, 16], 8]);
  assert.deepEqual([...map(Int32Array.of(3, 49, 7))], [0, 2, 1]);
  for (const id of [3, 7, 49]) assert.deepEqual(row(data, map(Int32Array.of(id))[0]), row(full, id));
  assert(row(data, 5).every((x) => x === 0));
  assert.equal(restrictVocabulary(whole, [1], 1024).encoder.config.vocabularySize, 50);
  assert.equal(whole.weights.get(wordEmbeddings)!.data, full);
});

Deno.test("restrictVocabulary() refuses ids that do not exist, and map() ids that were not announced", () => {
  for (const id of [-1, 50]) {
    assert.throws(() => restrictVocabulary(whole, [id]), {
      name: "RangeError",
      message: `Cannot restrict the vocabulary as token ids must be in [0, 50): ${id}`,
    });
  }
  const { map } = restrictVocabulary(whole, [1, 2]);
  for (const id of [3, 999, -1]) {
    assert.throws(() => map(Int32Array.of(1, id)), {
      name: "RangeError",
      message: `Cannot map token ${id} as it must be among the 2 announced ones`,
    });
  }
});

for (const name of caseNames) {
  engineTest(`training with the restricted vocabulary is training with the whole one, bit for bit: ${name}`, async () => {
    const golden = readGolden("tiny"), goldenCase = golden.cases[name], batches = golden.batches.map(goldenBatch);
    const { encoder, map } = restrictVocabulary(whole, batches.flatMap(({ ids }) => [...ids]), 4);
    assert(encoder.config.vocabularySize < 50);
    const run = async (model: typeof encoder, mapped: (ids: Int32Array) => Int32Array) => {
      const trainer = createTrainer(model.config, goldenAdapter(model, goldenCase)), losses: number[] = [];
      for (let step = 0; step < 6; step++) {
        const batch = batches[step % 2];
        losses.push(await trainer.step({ ...batch, ids: mapped(batch.ids) }, { learningRate: goldenCase.learningRate, weightDecay: 0.01, step }));
      }
      const logits = await trainer.logits({ ...batches[0], ids: mapped(batches[0].ids) }), weights = trainer.weights();
      trainer.dispose();
      return { losses, logits, weights };
    };
    const [restricted, full] = [await run(encoder, map), await run(whole, (ids) => ids)];
    assert.deepEqual([restricted.losses, restricted.logits], [full.losses, full.logits]);
    for (const [tensor, { data }] of full.weights) {
      const found = restricted.weights.get(tensor)!.data;
      if (tensor !== wordEmbeddings) assert.deepEqual(found, data, tensor);
      else {
        for (const id of new Set(batches.flatMap(({ ids }) => [...ids]))) {
          const row = map(Int32Array.of(id))[0];
          assert.deepEqual(found.subarray(16 * row, 16 * row + 16), data.subarray(16 * id, 16 * id + 16), `${tensor}, token ${id}`);
        }
      }
    }
  });
}
