import assert from "node:assert/strict";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import type { Session } from "../../lib/experiment/session.ts";
import { kernelsAtStart, kernelsByModule } from "../../lib/experiment/start_kernels.ts";
import { untrained } from "../../lib/experiment/untrained.ts";
import { createRng } from "../../lib/math/random.ts";
import { mean, standardDeviation } from "../../lib/math/statistics.ts";
import { tinyEncoder } from "../support/golden.ts";
import { tinySequences } from "../support/tangents.ts";
import { engineTest } from "../support/tensorflow.ts";

/** The encoder of formulas, on six texts that are numbers. */
const sequences = tinySequences(6);
const session = {
  versions: Promise.resolve({ tensorflow: "", threads: 2 }),
  model: () => Promise.resolve({ encoder: tinyEncoder(), encode: (text: string) => sequences[Number(text)].ids }),
  split: () => Promise.resolve({ train: sequences.map(({ label }, id) => ({ id, text: String(id), label })) }),
} as unknown as Session;

const config = (seed: number, method: Record<string, unknown> = { name: "lora", rank: 4, alpha: 4 }) =>
  resolveConfig({
    task: { dataset: "mr", trainRows: 6, validationRows: 0, testRows: 6 },
    attack: { name: "none" },
    method,
    train: { epochs: 1, batchSize: 6, learningRate: 1e-3 },
    seed,
  });

engineTest("kernelsAtStart() finds LoRA's bits where s^2 k (r / n) of the full ones are expected, at A = 0 where s^2 k are", async () => {
  const points = [{ rank: 4, alpha: 4, initVariance: 1 / 3 }, { rank: 4, alpha: 8, initVariance: 1 }, {
    rank: 4,
    alpha: 8,
    initVariance: 1,
    zero: "A",
  }] as const;
  const ratios: number[][] = points.map(() => []);
  for (let seed = 1; seed <= 3; seed++) {
    const rows = await kernelsAtStart(config(seed), points, { rows: 6, session });
    assert.deepEqual(rows.map(({ trained }) => trained), ["everything in full", "adapted matrices in full", "LoRA", "LoRA", "LoRA"]);
    assert(Math.abs(rows[4].expected! - 4) < 1e-6);
    rows.slice(2).forEach(({ share, expected }, i) => ratios[i].push(share! / expected!));
  }
  for (const ratio of ratios) assert(Math.abs(mean(ratio) - 1) <= 4 * standardDeviation(ratio)! / Math.sqrt(ratio.length), String(ratio));
});

engineTest("kernelsAtStart() expects H_0.5 to move by ln c at one share c in every module, IB_log by half of that for each eigenvalue", async () => {
  const point = { rank: 4, alpha: 8, initVariance: 1, zero: "A" } as const; // c = s^2 k = 4
  const [, full, { expectedLog, expectedRenyi }] = await kernelsAtStart(config(1), [point], { rows: 6, session });
  assert.deepEqual([full.expectedLog, full.expectedRenyi], [null, null]);
  assert(Math.abs(expectedRenyi! - full.renyiRaw - Math.log(4)) < 1e-6);
  assert(Math.abs(expectedLog! - full.bitsLog - sequences.length * Math.log(4) / 2) < 1e-6);
});

engineTest("kernelsAtStart() scales with k alone, and under the premise no eigenvalue is above full fine-tuning's", async () => {
  const points = [.05, .2].map((initVariance) => ({ rank: 4, alpha: 4, initVariance }));
  const [all, full, small, large] = await kernelsAtStart(config(1), points, { rows: 6, session });
  assert(all.bitsTrace > full.bitsTrace);
  assert(Math.abs(large.bitsTrace / small.bitsTrace - 4) < 1e-4);
  assert(Math.abs(large.effectiveRank / small.effectiveRank - 1) < 1e-4);
  assert(large.edge! <= 1);
  assert.deepEqual([small.above, large.above], [0, 0]);
});

engineTest("untrained() draws matrices with BERT's standard deviation, and sets biases to 0 and gains to 1", async () => {
  const encoder = tinyEncoder(), { weights } = untrained(encoder, createRng(1));
  assert.deepEqual([...weights.keys()], [...encoder.weights.keys()]);
  const entries = [...weights.values()].flatMap(({ shape, data }) => shape.length === 2 ? [...data] : []);
  assert(Math.abs(standardDeviation(entries)! / 0.02 - 1) < 4 / Math.sqrt(2 * entries.length));
  for (const [name, { shape, data }] of weights) {
    if (shape.length === 1) assert(data.every((value) => value === Number(name.endsWith("LayerNorm.weight"))), name);
  }
  const options = { rows: 6, session }, point = { rank: 4, alpha: 4, initVariance: 1 / 3 };
  const [pretrained, random] = [
    await kernelsAtStart(config(1), [point], options),
    await kernelsAtStart(config(1), [point], { ...options, weights: "untrained" }),
  ];
  assert.notEqual(pretrained[1].bitsTrace, random[1].bitsTrace);
});

engineTest("kernelsByModule() splits the bits of the adapted matrices by kinds of modules", async () => {
  const method = { name: "lora", rank: 4, alpha: 8 }, rows = await kernelsByModule(config(1, method), { rows: 6, session });
  const [, full, lora] = await kernelsAtStart(config(1, method), [{ rank: 4, alpha: 8, initVariance: 1 / 3 }], { rows: 6, session });
  const sum = (of: (row: typeof rows[number]) => number) => rows.reduce((total, row) => total + of(row), 0);
  assert(Math.abs(sum(({ bitsInFull }) => bitsInFull) / full.bitsTrace - 1) < 1e-5);
  assert(Math.abs(sum(({ bitsWithLora }) => bitsWithLora) / lora.bitsTrace - 1) < 1e-5);
  assert(Math.abs(sum(({ bitsInFull, expected }) => bitsInFull * expected) / full.bitsTrace - lora.expected!) < 1e-5);
  assert.deepEqual(rows.map(({ module }) => module), [
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
    "pooler.dense",
    "classifier",
  ]);
});

Deno.test("kernelsAtStart() says which method its config must have", async () => {
  await assert.rejects(() => kernelsAtStart(config(1, { name: "full" }), [], { rows: 6, session }), {
    name: "TypeError",
    message: 'Cannot measure kernels at the start as the config\'s method must be "lora": "full"',
  });
});
