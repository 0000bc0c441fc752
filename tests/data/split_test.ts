import assert from "node:assert/strict";
import type { Dataset, Example, Split } from "../../lib/data/dataset.ts";
import { splitDataset, type SplitSizes } from "../../lib/data/split.ts";
import { createRng } from "../../lib/math/random.ts";

/** Rows with labels in turn, so half of them of each class; every text distinct unless `text` says otherwise. */
function dataset(rows: number, text = (id: number) => `Review ${id} .`, label = (id: number) => id % 2): Dataset {
  const examples = Array.from({ length: rows }, (_, id) => ({ id, text: text(id), label: label(id) }));
  return { name: "made", classes: ["negative", "positive"], examples, digest: "" };
}

const split = (data: Dataset, sizes: SplitSizes, seed = 1) => splitDataset(data, sizes, createRng(seed));
const ids = (examples: readonly Example[]) => examples.map(({ id }) => id);
const positives = (examples: readonly Example[]) => examples.filter(({ label }) => label === 1).length;
const sizes = { trainRows: 40, validationRows: 10, testRows: 20 };

function assertNoSharedText({ train, validation, test }: Split) {
  const texts = [train, validation, test].map((part) => new Set(part.map(({ text }) => text)));
  assert.equal(new Set(texts.flatMap((part) => [...part])).size, texts.reduce((sum, part) => sum + part.size, 0));
}

Deno.test("splitDataset() gives parts of the sizes asked for that share no row", () => {
  const { train, validation, test } = split(dataset(100), sizes);
  assert.deepEqual([train.length, validation.length, test.length], [40, 10, 20]);
  assert.equal(new Set([...ids(train), ...ids(validation), ...ids(test)]).size, 70);
});

Deno.test("splitDataset() balances the classes to the row, whatever the data set's own balance", () => {
  const skewed = dataset(100, undefined, (id) => id % 4 === 0 ? 1 : 0);
  for (const data of [dataset(100), skewed]) {
    const { train, validation, test } = split(data, { trainRows: 25, validationRows: 9, testRows: 10 });
    assert.deepEqual([train, validation, test].map(positives), [12, 4, 5]);
  }
});

Deno.test("splitDataset() fills train with the class that is left", () => {
  const skewed = dataset(100, undefined, (id) => id % 4 === 0 ? 1 : 0);
  const { train } = split(skewed, { trainRows: 90, validationRows: 4, testRows: 6 });
  assert.equal(positives(train), 20);
});

Deno.test("splitDataset() nests: more rows of a part leave its first rows as they are", () => {
  const data = dataset(400);
  const small = split(data, sizes), large = split(data, { trainRows: 90, validationRows: 50, testRows: 60 });
  for (const part of ["train", "validation", "test"] as const) assert.deepEqual(ids(large[part]).slice(0, small[part].length), ids(small[part]));
});

Deno.test("splitDataset() draws test and validation rows that do not depend on trainRows", () => {
  const data = dataset(100);
  const few = split(data, sizes), all = split(data, { ...sizes, trainRows: 70 });
  assert.deepEqual([ids(few.validation), ids(few.test)], [ids(all.validation), ids(all.test)]);
  assert.deepEqual(ids(all.train).slice(0, 40), ids(few.train));
  assert.equal(all.train.length, 70);
});

Deno.test("splitDataset() never puts one text into two parts", () => {
  const twins = dataset(200, (id) => `Review ${Math.floor(id / 4)} .`); // each text twice in each class
  for (let seed = 0; seed < 20; seed++) {
    assertNoSharedText(split(twins, { trainRows: 100, validationRows: 15, testRows: 25 }, seed));
  }
});

Deno.test("splitDataset() keeps every row that it can: duplicates within a part stay", () => {
  const twins = dataset(80, (id) => `Review ${id % 2} ${Math.floor(id / 4)} .`);
  const { train, validation, test } = split(twins, { trainRows: 56, validationRows: 8, testRows: 16 });
  assert.equal(train.length + validation.length + test.length, 80);
  assert.equal(new Set(test.map(({ text }) => text)).size, 8);
});

Deno.test("splitDataset() gives the same split for the same seed, another for another", () => {
  const data = dataset(100);
  assert.deepEqual(split(data, sizes), split(data, sizes));
  assert.notDeepEqual(ids(split(data, sizes).test), ids(split(data, sizes, 2).test));
});

Deno.test("splitDataset() says how many rows it can give", () => {
  const data = dataset(100), skewed = dataset(100, undefined, (id) => id % 4 === 0 ? 1 : 0);
  const fails = (data: Dataset, change: Partial<SplitSizes>, message: string) =>
    assert.throws(() => split(data, { ...sizes, ...change }), { name: "RangeError", message });
  fails(data, { trainRows: 71 }, "Cannot split made as at most 70 of its rows are left for train: 71 asked for");
  fails(data, { testRows: 101 }, "Cannot split made as at most 100 of its rows are left for test, equally many of each class: 101 asked for");
  fails(skewed, { testRows: 52 }, "Cannot split made as at most 51 of its rows are left for test, equally many of each class: 52 asked for");
  fails(data, { validationRows: -1 }, "Cannot split made as validation rows must be a whole number, 0 or more: -1");
  fails(data, { trainRows: 1.5 }, "Cannot split made as train rows must be a whole number, 0 or more: 1.5");
});

Deno.test("splitDataset() takes the published parts of a data set that has them, in paper A's order", () => {
  const data = { ...dataset(10), heldOut: dataset(10, (id) => `Held out ${id} .`).examples };
  const { train, validation, test } = split(data, { trainRows: 6, validationRows: 2, testRows: 3 });
  assert.deepEqual([ids(train), ids(validation), ids(test)], [[9, 1, 2, 7, 6, 3], [0, 5], [9, 1, 2]]); // numpy: default_rng(20240723).permutation(10)
  assert.ok(test.every(({ text }) => text.startsWith("Held out")));
  assert.deepEqual(split(data, { trainRows: 6, validationRows: 2, testRows: 3 }, 2).train, train); // one order, whatever the stream
});

Deno.test("splitDataset() says how many rows the published parts have", () => {
  const data = { ...dataset(10), heldOut: dataset(5).examples };
  const fails = (sizes: SplitSizes, message: string) => assert.throws(() => split(data, sizes), { name: "RangeError", message });
  fails({ trainRows: 11, validationRows: 0, testRows: 5 }, "Cannot split made as at most 10 of its rows are left for train: 11 asked for");
  fails({ trainRows: 9, validationRows: 2, testRows: 5 }, "Cannot split made as at most 1 of its rows are left for validation: 2 asked for");
  fails({ trainRows: 9, validationRows: 1, testRows: 6 }, "Cannot split made as at most 5 of its rows are left for test: 6 asked for");
});
