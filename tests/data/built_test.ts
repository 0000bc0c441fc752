import assert from "node:assert/strict";
import { excerptTask } from "../../lib/data/excerpt.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { sentenceHalvesTask } from "../../lib/data/sentence_halves.ts";
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

Deno.test("sentenceHalvesTask() gives each sentence one row: its halves in their order or exchanged", () => {
  const mr = source(400, 9), { examples, classes, name } = sentenceHalvesTask(mr, " <SEP> ", rng());
  assert.deepEqual([name, classes], ["mr-halves", ["exchanged", "in order"]]);
  assert.deepEqual(examples.map(({ id }) => id), mr.examples.map(({ id }) => id));
  for (const { id, text, label } of examples) {
    const halves = text.split(" <SEP> ");
    assert.deepEqual(halves.map((half) => half.split(" ").length), label === 1 ? [4, 5] : [5, 4]);
    assert.equal((label === 1 ? halves : halves.toReversed()).join(" "), mr.examples[id].text);
  }
  const ordered = examples.filter(({ label }) => label === 1).length;
  assert.ok(Math.abs(ordered - 200) < 40, `${ordered} of 400 in order`); // 4 standard deviations
});

Deno.test("sentenceHalvesTask() drops what stands behind the last word, sentences that recur and short ones", () => {
  const texts = ["a b c d e f , g h . !", "a b c d e f , g h . !", "too short to cut .", "i j k l m n o p"];
  const { examples } = sentenceHalvesTask(source(4, 0, (id) => texts[id]), " / ", rng());
  assert.deepEqual(examples.map(({ id }) => id), [0, 3]);
  assert.deepEqual(sorted(examples[0].text), sorted("a b c d e f , g h /"));
});

Deno.test("excerptTask() puts words beside the span that they were taken from, or beside one of another review", () => {
  const { examples, classes, name } = excerptTask(source(300, 40), " <SEP> ", rng());
  assert.deepEqual([name, classes], ["imdb-excerpt", ["another review", "excerpt"]]);
  assert.deepEqual([examples.length, examples.filter(({ label }) => label === 1).length], [200, 100]);
  for (const { id, text, label } of examples) {
    const [excerpt, span] = text.split(" <SEP> ").map((words) => words.split(" ").map((word) => word.match(/\d+/g)!.map(Number)));
    assert.deepEqual([excerpt.length, span.length], [5, 14]);
    for (const words of [excerpt, span]) assert.ok(words.every(([review, word], at) => review === words[0][0] && word === words[0][1] + at));
    assert.equal(span[0][0], id);
    assert.equal(span.some(([review, word]) => review === excerpt[0][0] && word === excerpt[0][1]), label === 1);
  }
});

Deno.test("excerptTask() uses a review once: no two rows, so no two parts of a split, share one", () => {
  const data = excerptTask(source(300, 40), " ", rng());
  const reviewsOf = (text: string) => [...new Set(text.match(/r\d+/g))];
  const used = data.examples.flatMap(({ text }) => reviewsOf(text));
  assert.equal(new Set(used).size, used.length);
  const { train, validation, test } = splitDataset(data, { trainRows: 120, validationRows: 30, testRows: 40 }, createRng(1));
  const inParts = [train, validation, test].map((part) => new Set(part.flatMap(({ text }) => reviewsOf(text))));
  assert.equal(new Set(inParts.flatMap((part) => [...part])).size, inParts.reduce((sum, part) => sum + part.size, 0));
});

Deno.test("excerptTask() leaves out reviews that recur or are too short, and line breaks", () => {
  const words = (id: number) => Array.from({ length: 14 }, (_, word) => `r${id}w${word}`);
  const data = source(9, 0, (id) => id < 5 ? words(id).join("<br /><br />") : id < 7 ? words(0).join("<br /><br />") : "too short");
  const { examples } = excerptTask(data, " ", rng());
  assert.equal(examples.length, 2); // of reviews 0 ... 4, three at a time
  assert.ok(examples.every(({ text }) => !text.includes("<") && text.split(" ").length === 19));
});

Deno.test("built tasks repeat, and change with the stream", () => {
  const build = (stream: string) => [sentenceHalvesTask, excerptTask].map((task) => task(source(60, 40), " ", createRng(stream)).examples);
  assert.deepEqual(build("task"), build("task"));
  for (const [index, examples] of build("other").entries()) assert.notDeepEqual(examples, build("task")[index]);
});
