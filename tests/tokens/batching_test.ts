import assert from "node:assert/strict";
import { createRng } from "../../lib/math/random.ts";
import type { Batch, Sequence } from "../../lib/tokens/batch.ts";
import { defaultLengths, evaluationBatches, trainingBatches } from "../../lib/tokens/batching.ts";

const lengthRng = createRng("lengths");
const sequences: Sequence[] = Array.from({ length: 203 }, (_, row) => ({
  ids: Int32Array.from({ length: 2 + lengthRng.integer(60) }, (_, i) => 1000 + 100 * row + i),
  label: row % 2,
}));
const train = (seed: number, batchSize = 8) => trainingBatches(sequences, { batchSize, rng: createRng(seed) });
const rowsIn = (batches: readonly Batch[]) => batches.flatMap(({ rows }) => [...rows]).filter((row) => row >= 0);

for (const [name, batches] of [["trainingBatches", train(1)], ["evaluationBatches", evaluationBatches(sequences, { batchSize: 8 })]] as const) {
  Deno.test(`${name}() holds each row exactly once, with its ids, mask and label`, () => {
    assert.deepEqual(rowsIn(batches).sort((a, b) => a - b), [...sequences.keys()]);
    for (const { n, t, ids, mask, labels, weights, rows } of batches) {
      assert.deepEqual([ids.length, mask.length, labels.length, weights.length, rows.length], [n * t, n * t, n, n, n]);
      rows.forEach((row, i) => {
        if (row < 0) return;
        const { ids: expected, label } = sequences[row], padding = new Array(t - expected.length).fill(0);
        assert.deepEqual([...ids.subarray(i * t, (i + 1) * t)], [...expected, ...padding]);
        assert.deepEqual([...mask.subarray(i * t, (i + 1) * t)], [...expected.map(() => 1), ...padding]);
        assert.deepEqual([labels[i], weights[i]], [label, 1]);
      });
    }
  });

  Deno.test(`${name}() has full batches only, filled with rows of weight 0`, () => {
    assert.ok(batches.every(({ n }) => n === 8));
    assert.equal(batches.length, Math.ceil(203 / 8));
    const fillers = batches.flatMap(({ t, ids, mask, labels, weights, rows }) =>
      [...rows.keys()].filter((i) => rows[i] === -1).map((i) => ({
        weight: weights[i],
        label: labels[i],
        ids: ids.subarray(i * t, (i + 1) * t).every((id) => id === 0),
        tokens: mask.subarray(i * t, (i + 1) * t).reduce((sum, value) => sum + value, 0),
      }))
    );
    // One token each: a softmax over no token at all would be NaN, whatever its weight.
    assert.deepEqual(fillers, new Array(5).fill({ weight: 0, label: 0, ids: true, tokens: 1 }));
  });

  Deno.test(`${name}() gives each batch the smallest length of the list that holds it`, () => {
    for (const { t, rows } of batches) {
      const longest = Math.max(...[...rows].filter((row) => row >= 0).map((row) => sequences[row].ids.length));
      assert.equal(t, defaultLengths.find((length) => length >= longest));
    }
  });
}

Deno.test("trainingBatches() is a function of sequences and stream", () => {
  const rng = createRng(3), once = trainingBatches(sequences, { batchSize: 16, rng });
  rng.uniform();
  assert.deepEqual(trainingBatches(sequences, { batchSize: 16, rng }), once);
  assert.notDeepEqual(rowsIn(train(4)), rowsIn(train(5)));
});

Deno.test("trainingBatches() mixes rows, and the order of short and long batches", () => {
  const lengths = train(6).map(({ t }) => t);
  assert.notDeepEqual(lengths, lengths.toSorted((a, b) => a - b));
  const partners = (seed: number) => new Set([...train(seed).find(({ rows }) => rows.includes(0))!.rows]);
  assert.notDeepEqual(partners(1), partners(2));
});

Deno.test("trainingBatches() pads less than batches in random order would", () => {
  const tokens = sequences.reduce((sum, { ids }) => sum + ids.length, 0);
  const area = train(1).reduce((sum, { n, t }) => sum + n * t, 0);
  assert.ok(area < 1.35 * tokens, `${area / tokens}`);
});

Deno.test("evaluationBatches() goes from short to long", () => {
  const lengths = rowsIn(evaluationBatches(sequences, { batchSize: 8 })).map((row) => sequences[row].ids.length);
  assert.deepEqual(lengths, lengths.toSorted((a, b) => a - b));
});

Deno.test("evaluationBatches() takes lengths of the caller's, in any order", () => {
  const batches = evaluationBatches(sequences, { batchSize: 64, lengths: [64, 32] });
  assert.deepEqual(new Set(batches.map(({ t }) => t)), new Set([32, 64]));
});

Deno.test("batches of nothing are none", () => {
  assert.deepEqual(evaluationBatches([], { batchSize: 8 }), []);
  assert.deepEqual(trainingBatches([], { batchSize: 8, rng: createRng(1) }), []);
});

Deno.test("evaluationBatches() refuses rows that no length holds", () => {
  const row = (length: number) => ({ ids: new Int32Array(length), label: 0 });
  assert.throws(() => evaluationBatches([row(4), row(33)], { batchSize: 8, lengths: [16, 32] }), {
    name: "RangeError",
    message: "Cannot batch sequences as each must have 1 to 32 tokens: 33 in row 1",
  });
  assert.throws(() => trainingBatches([row(0)], { batchSize: 8, rng: createRng(1) }), {
    message: "Cannot batch sequences as each must have 1 to 512 tokens: 0 in row 0",
  });
  assert.throws(() => evaluationBatches([row(4)], { batchSize: 0 }), {
    message: "Cannot batch sequences as batchSize must be a whole number, at least 1: 0",
  });
});
