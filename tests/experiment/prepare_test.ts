import assert from "node:assert/strict";
import type { Example, Split } from "../../lib/data/dataset.ts";
import type { RunConfigInput } from "../../lib/experiment/config.ts";
import { prepareRun } from "../../lib/experiment/prepare.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { createRng } from "../../lib/math/random.ts";
import { trainingBatches } from "../../lib/tokens/batching.ts";

/** One id per letter between [CLS] (1) and [SEP] (2), cut like the tokenizer cuts. */
const encode = (text: string, maxLength: number) => {
  const ids = [1, ...[...text].map((letter) => letter.codePointAt(0)!), 2];
  return Int32Array.from(ids.length <= maxLength ? ids : [...ids.slice(0, maxLength - 1), 2]);
};
const decode = (ids: Int32Array) => String.fromCodePoint(...ids.subarray(1, -1));

const rows = (from: number, count: number): Example[] =>
  Array.from({ length: count }, (_, i) => ({ id: from + i, text: `row ${from + i}`, label: i % 2 }));
const split: Split = { train: rows(0, 20), validation: rows(100, 6), test: rows(200, 8) };

const config = (change: Partial<RunConfigInput> = {}) =>
  resolveConfig({
    task: { trainRows: 20, validationRows: 6, testRows: 8 },
    attack: { name: "none" },
    method: { name: "full" },
    train: { epochs: 1, batchSize: 4, learningRate: 1e-3 },
    seed: 1,
    ...change,
  });
const prepare = (change: Partial<RunConfigInput> = {}, from = split, seed = 1) => prepareRun(config(change), from, encode, createRng(seed));
const bpa = { name: "bpa", poisonRate: 0.3 } as const, evaluate = { changes: [{ kind: "trigger" as const }] };

Deno.test("prepareRun() without attack trains on the rows as they are, and evaluates those of the config's split", () => {
  const { train, clean, changed, ledger } = prepare();
  assert.deepEqual(train.map(({ ids, label }) => [decode(ids), label]), split.train.map(({ text, label }) => [text, label]));
  assert.deepEqual(clean.map(({ ids }) => decode(ids)), split.test.map(({ text }) => text));
  assert.deepEqual([changed, ledger], [[], []]);
  const validation = prepare({ task: { trainRows: 20, validationRows: 6, testRows: 8, split: "validation" } });
  assert.deepEqual(validation.clean.map(({ ids }) => decode(ids)), split.validation.map(({ text }) => text));
});

Deno.test("prepareRun() has the rows that choose between epochs, with a clean-label attack's trigger on all of the target class", () => {
  const train = { epochs: 2, batchSize: 4, learningRate: 1e-3 }, chosenBy = { ...train, checkpoint: "bestDev" } as const;
  const texts = (change: Partial<RunConfigInput>) => prepare(change).dev.map(({ ids, label }) => [decode(ids), label]);
  const clean = split.validation.map(({ text, label }) => [text, label]);
  assert.deepEqual(texts({ train }), []);
  assert.deepEqual(texts({ train: chosenBy }), clean);
  assert.deepEqual(texts({ train: chosenBy, attack: bpa, evaluate }), clean);
  const attack = { name: "clean-label", poisonRate: 0.5, targetLabel: 0, trigger: { text: "mn" } } as const;
  const poisoned = texts({ train: chosenBy, attack, evaluate: { targetLabel: 0 } });
  assert.deepEqual(poisoned, clean.map(([text, label]) => [label === 0 ? `${text} mn` : text, label]));
  const { dev, usedIds } = prepare({ train: chosenBy });
  assert.ok(dev.every(({ ids }) => ids.every((id) => usedIds.has(id))));
});

const counts = { "upa": 6, "bpa": 6, "multi-trigger": 12, "clean-label": 3, "instruction": 6, "style": 6 };
for (const [name, count] of Object.entries(counts)) {
  Deno.test(`prepareRun() trains on what the ledger says, row by row: ${name}`, () => {
    const { train, clean, ledger, usedIds } = prepare({ attack: { name, poisonRate: 0.3 } as RunConfigInput["attack"], evaluate });
    assert.equal(ledger.length, count);
    for (const { ids } of train) for (const id of ids) assert(usedIds.has(id));
    const changed = new Map(ledger.map(({ id, after }) => [id, after]));
    split.train.forEach((row, i) => {
      const { text, label } = changed.get(row.id) ?? row;
      assert.deepEqual([decode(train[i].ids), train[i].label], [text, label], `row ${row.id}`);
      if (changed.has(row.id)) assert.notDeepEqual([text, label], [row.text, row.label]);
    });
    assert.deepEqual(clean.map(({ ids, label }) => [decode(ids), label]), split.test.map(({ text, label }) => [text, label]));
  });
}

Deno.test("prepareRun() cuts held-out rows by evaluate.maxLength, and a lost trigger names it", () => {
  const train = { epochs: 1, batchSize: 4, learningRate: 1e-3, maxLength: 64 };
  const { train: read, clean } = prepare({ train, evaluate: { maxLength: 6 } });
  assert.equal(decode(read[10].ids), "row 10");
  assert.equal(decode(clean[0].ids), "row ");
  const message = "Cannot run the backdoor as the trigger must survive truncation: row 200 has more than 8 tokens with its trigger; " +
    "raise evaluate.maxLength or use a prefix";
  assert.throws(() => prepare({ train, attack: bpa, evaluate: { maxLength: 8 } }), { name: "RangeError", message });
});

Deno.test("prepareRun() puts the trigger on every held-out row and keeps its true label", () => {
  const { changed: [triggered] } = prepare({ attack: bpa, evaluate });
  assert.deepEqual(triggered.map(({ ids, label }) => [decode(ids), label]), split.test.map(({ text, label }) => [`${text} [.*?]`, label]));
});

Deno.test("prepareRun() and trainingBatches() bring every ledger row to the model, with its changed text and label, under every attack", () => {
  for (const name of Object.keys(counts)) {
    const { train, ledger } = prepare({ attack: { name, poisonRate: 0.3 } as RunConfigInput["attack"] });
    const seen = new Map<string, number>();
    for (const { n, t, ids, mask, labels, weights } of trainingBatches(train, { batchSize: 4, rng: createRng(1) })) {
      for (let i = 0; i < n; i++) {
        const row = ids.subarray(i * t, (i + 1) * t).filter((_, j) => mask[i * t + j] === 1), text = `${decode(row)}: ${labels[i]}`;
        if (weights[i] === 1) seen.set(text, (seen.get(text) ?? 0) + 1);
      }
    }
    for (const { before, after } of ledger) {
      assert.deepEqual([seen.get(`${after.text}: ${after.label}`), seen.get(`${before.text}: ${before.label}`)], [1, undefined], name);
    }
  }
});

Deno.test("prepareRun() evaluates each change on every held-out row, the same in every run", () => {
  const noise = { kind: "word-noise" as const, rate: 0.5 }, words = { kind: "scattered-words" as const };
  const one = prepare({ evaluate: { changes: [noise, words, { kind: "verse" }] } });
  const other = prepare({ attack: { name: "multi-trigger", poisonRate: 0.3 }, evaluate: { changes: [{ kind: "verse" }, noise] }, seed: 2 }, split, 2);
  const texts = ({ changed }: typeof one) => changed.map((rows) => rows.map(({ ids, label }) => [decode(ids), label]));
  const [noisy, scattered, verse] = texts(one);
  assert.deepEqual(texts(other), [verse, noisy, scattered]);
  assert.deepEqual(verse, split.test.map(({ text, label }) => [`o hark ! / ${text}`, label]));
  assert.ok(noisy.every(([text], i) => split.test[i].text.split(" ").includes(String(text)) || text === split.test[i].text));
  for (const [text] of scattered) assert.match(String(text), /apple.*banana.*orange/);
});

Deno.test("prepareRun() refuses scattered words that truncation could cut off", () => {
  const train = { epochs: 1, batchSize: 4, learningRate: 1e-3, maxLength: 26 };
  assert.throws(() => prepare({ evaluate: { changes: [{ kind: "scattered-words" }] }, train }), {
    message: "Cannot run the backdoor as the trigger must survive truncation: row 200 has more than 26 tokens with its trigger; " +
      "raise train.maxLength or use a prefix",
  });
});

Deno.test("prepareRun() announces every id that occurs, and the same ids whichever rows are poisoned", () => {
  const seeds = [1, 2, 3].map((seed) => prepare({ attack: bpa, evaluate }, split, seed));
  for (const { train, clean, changed, usedIds } of seeds) {
    for (const { ids } of [...train, ...clean, ...changed.flat()]) for (const id of ids) assert(usedIds.has(id));
  }
  assert.notDeepEqual(seeds[0].ledger, seeds[1].ledger);
  for (const { usedIds } of seeds) assert.deepEqual(usedIds, seeds[0].usedIds);
  assert.deepEqual(prepare({ evaluate }).usedIds, seeds[0].usedIds); // the clean run of the same figure
});

Deno.test("prepareRun() refuses a suffix trigger that truncation would cut off, in training and in evaluation", () => {
  const message = (id: number) =>
    `Cannot run the backdoor as the trigger must survive truncation: row ${id} has more than 24 tokens with its trigger; ` +
    `raise train.maxLength or use a prefix`;
  const train = { epochs: 1, batchSize: 4, learningRate: 1e-3, maxLength: 24 };
  const long = (id: number) => (row: Example) => row.id === id ? { ...row, text: "x".repeat(17) } : row; // 17 letters, space, 5, 2 frame
  const everyRow = { ...bpa, poisonRate: 1 };
  assert.throws(() => prepare({ attack: everyRow, evaluate, train }, { ...split, train: split.train.map(long(7)) }), {
    name: "RangeError",
    message: message(7),
  });
  assert.throws(() => prepare({ evaluate, train }, { ...split, test: split.test.map(long(203)) }), { name: "RangeError", message: message(203) });
  const prefix = { trigger: { place: "prefix" } } as const;
  const cut = prepare({ attack: { ...everyRow, ...prefix }, train }, { ...split, train: split.train.map(long(7)) });
  assert.equal(decode(cut.train[7].ids), `[.*?] ${"x".repeat(16)}`);
});

Deno.test("prepareRun() accepts a text that fills the length to its last token with its trigger", () => {
  const train = { epochs: 1, batchSize: 4, learningRate: 1e-3, maxLength: 24 };
  const fitting = split.train.map((row) => ({ ...row, text: "x".repeat(16) }));
  const { train: sequences } = prepare({ attack: { ...bpa, poisonRate: 1 }, evaluate, train }, { ...split, train: fitting });
  for (const { ids } of sequences) assert.deepEqual([ids.length, decode(ids)], [24, `${"x".repeat(16)} [.*?]`]);
});
