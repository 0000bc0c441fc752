import assert from "node:assert/strict";
import { continuationTask } from "../../lib/data/continuation.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { splitDataset } from "../../lib/data/split.ts";
import { swapNeighbours, wordOrderTask } from "../../lib/data/word_order.ts";
import { createRng } from "../../lib/math/random.ts";

/** Every word of a text says whose it is and where it stands there: `r3w7`. */
function source(
  texts: number,
  words: number,
  text = (id: number) => Array.from({ length: words }, (_, word) => `r${id}w${word}`).join(" "),
): Dataset {
  const examples = Array.from({ length: texts }, (_, id) => ({ id, text: text(id), label: id % 2 }));
  return { name: "made", classes: ["negative", "positive"], examples, digest: "d" };
}

const sorted = (text: string) => text.split(" ").toSorted();
const rng = () => createRng("task");

Deno.test("wordOrderTask() gives each sentence one row: as it was, or with words moved", () => {
  const mr = source(400, 9), { examples, classes, digest, name } = wordOrderTask(mr, rng());
  assert.deepEqual([name, classes, digest], ["mr-order", ["words moved", "as written"], "d"]);
  assert.deepEqual(examples.map(({ id }) => id), mr.examples.map(({ id }) => id));
  for (const { id, text, label } of examples) {
    assert.equal(text === mr.examples[id].text, label === 1);
    assert.deepEqual(sorted(text), sorted(mr.examples[id].text));
  }
  const written = examples.filter(({ label }) => label === 1).length;
  assert.ok(Math.abs(written - 200) < 40, `${written} of 400 as written`); // 4 standard deviations
});

Deno.test("wordOrderTask() makes a row out of its id and text alone", () => {
  const whole = wordOrderTask(source(50, 9), rng()).examples, { examples } = source(50, 9);
  const some = wordOrderTask({ ...source(50, 9), examples: examples.filter(({ id }) => id % 3 === 0) }, rng()).examples;
  assert.deepEqual(some, whole.filter(({ id }) => id % 3 === 0));
  assert.notDeepEqual(wordOrderTask(source(50, 9), createRng("other")).examples, whole);
});

Deno.test("wordOrderTask() leaves out sentences that recur or are too short", () => {
  const recurring = source(12, 0, (id) => id < 6 ? "one two three four five six" : `only ${id} .`);
  assert.deepEqual(wordOrderTask(recurring, rng()).examples.map(({ id }) => id), [0]);
});

Deno.test("swapNeighbours() exchanges disjoint pairs of different words and leaves punctuation where it is", () => {
  const text = "a , b c . d e f ; g h !";
  for (let draw = 0; draw < 50; draw++) {
    const before = text.split(" "), after = swapNeighbours(text, 3, rng().fork(draw))!.split(" ");
    const moved = [...before.keys()].filter((at) => before[at] !== after[at]);
    assert.equal(moved.length, 6);
    for (const at of moved) assert.ok(after[at] === before[at - 1] || after[at] === before[at + 1]);
    for (const at of [1, 4, 8, 11]) assert.equal(after[at], before[at]);
  }
  assert.equal(swapNeighbours("a b , c d", 3, rng()), null);
  assert.equal(swapNeighbours("The the cat", 1, rng()), "The cat the");
});

Deno.test("continuationTask() pairs a span with the words behind it or with those of another review", () => {
  const { examples, classes, name } = continuationTask(source(300, 40), " <SEP> ", rng());
  assert.deepEqual([name, classes], ["imdb-continuation", ["another review", "continued"]]);
  assert.deepEqual([examples.length, examples.filter(({ label }) => label === 1).length], [200, 100]);
  for (const { id, text, label } of examples) {
    const [first, second] = text.split(" <SEP> ").map((span) => span.split(" ").map((word) => word.match(/\d+/g)!.map(Number)));
    for (const span of [first, second]) {
      assert.equal(span.length, 10);
      assert.ok(span.every(([review, word], at) => review === span[0][0] && word === span[0][1] + at));
    }
    assert.equal(first[0][0], id);
    assert.equal(second[0][0] === id, label === 1);
    if (label === 1) assert.equal(second[0][1], first[9][1] + 1);
  }
});

Deno.test("continuationTask() uses a review once: no two rows, so no two parts of a split, share one", () => {
  const data = continuationTask(source(300, 40), " ", rng());
  const reviewsOf = (text: string) => [...new Set(text.match(/r\d+/g))];
  const used = data.examples.flatMap(({ text }) => reviewsOf(text));
  assert.equal(new Set(used).size, used.length);
  const { train, validation, test } = splitDataset(data, { trainRows: 120, validationRows: 30, testRows: 40 }, createRng(1));
  const inParts = [train, validation, test].map((part) => new Set(part.flatMap(({ text }) => reviewsOf(text))));
  assert.equal(new Set(inParts.flatMap((part) => [...part])).size, inParts.reduce((sum, part) => sum + part.size, 0));
});

Deno.test("continuationTask() leaves out reviews that recur or are too short, and line breaks", () => {
  const words = (id: number) => Array.from({ length: 20 }, (_, word) => `r${id}w${word}`);
  const data = source(9, 0, (id) => id < 5 ? words(id).join("<br /><br />") : id < 7 ? words(0).join("<br /><br />") : "too short");
  const { examples } = continuationTask(data, " ", rng());
  assert.equal(examples.length, 2); // of reviews 0 ... 4, three at a time
  assert.ok(examples.every(({ text }) => !text.includes("<") && text.split(" ").length === 20));
});

Deno.test("continuationTask() repeats", () => {
  const made = () => continuationTask(source(60, 40), " ", rng()).examples;
  assert.deepEqual(made(), made());
});
