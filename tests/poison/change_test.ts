import assert from "node:assert/strict";
import { createRng } from "../../lib/math/random.ts";
import { changeRow, changeText, isLostByCut, isTrigger, type TextChange } from "../../lib/poison/change.ts";

const text = "a quiet film about two brothers , their boat and the long winter in which nobody comes to see them .";
const rng = createRng(1);
const words = ["apple", "banana", "orange"];
const changes: TextChange[] = [
  { kind: "trigger", text: "mn", place: "suffix", space: true },
  { kind: "scattered-words", words },
  { kind: "verse" },
  { kind: "character-noise", rate: 0.5 },
  { kind: "word-noise", rate: 0.5 },
];

Deno.test("changeRow() is a function of row and change: id and label stay, another id draws anew", () => {
  const row = { id: 7, text, label: 1 };
  for (const change of changes) {
    const changed = changeRow(row, change), other = changeRow({ ...row, id: 8 }, change);
    assert.deepEqual(changeRow(row, change), changed);
    assert.deepEqual([changed.id, changed.label], [7, 1]);
    assert.notEqual(changed.text, text);
    assert.equal(other.text === changed.text, change.kind === "trigger" || change.kind === "verse");
  }
});

Deno.test("changeText() scatters words in their order over every place, the ends included", () => {
  const places = new Set<number>();
  for (let i = 0; i < 200; i++) {
    const scattered = changeText("one two", { kind: "scattered-words", words: ["x", "y"] }, rng.fork(i)).split(" ");
    assert.deepEqual([scattered.filter((word) => word.length > 1), scattered.filter((word) => word.length === 1)], [["one", "two"], ["x", "y"]]);
    places.add(scattered.indexOf("x"));
  }
  assert.deepEqual([...places].sort(), [0, 1, 2]);
});

Deno.test("changeText() swaps two neighbouring letters in a share of the words, in more of them at a higher rate", () => {
  const at = (rate: number) => changeText(text, { kind: "character-noise", rate }, rng).split(" "), old = text.split(" ");
  assert.deepEqual(at(0), old);
  const changedAt = (rate: number) => new Set(at(rate).flatMap((word, i) => word === old[i] ? [] : [i]));
  assert.ok(changedAt(0.3).size > 0 && changedAt(0.3).isSubsetOf(changedAt(0.6)));
  at(1).forEach((word, i) => {
    assert.deepEqual([...word].sort(), [...old[i]].sort());
    const differing = [...word].flatMap((letter, j) => letter === old[i][j] ? [] : [j]);
    assert.ok(differing.length === 0 ? old[i].length === 1 : differing.length === 2 && differing[1] === differing[0] + 1, word);
  });
});

Deno.test("changeText() leaves out a share of the words, more of them at a higher rate, and never all", () => {
  const at = (rate: number, of = text) => changeText(of, { kind: "word-noise", rate }, rng).split(" ");
  assert.equal(at(0).join(" "), text);
  assert.ok(at(0.6).length < at(0.3).length && at(0.3).length < text.split(" ").length);
  assert.ok(new Set(at(0.6)).isSubsetOf(new Set(at(0.3))));
  assert.equal(at(1).length, 1);
  assert.deepEqual(at(1, "dull"), ["dull"]);
  const many = Array.from({ length: 4000 }, (_, i) => `w${i}`).join(" ");
  assert.ok(Math.abs(at(0.3, many).length / 4000 - 0.7) < 4 * Math.sqrt(0.3 * 0.7 / 4000));
});

Deno.test("changeText() refuses a rate outside [0, 1]", () => {
  for (const kind of ["character-noise", "word-noise"] as const) {
    assert.throws(() => changeText(text, { kind, rate: 1.5 }, rng), {
      name: "RangeError",
      message: "Cannot change text as rate must be in [0, 1]: 1.5",
    });
  }
});

Deno.test("isTrigger() and isLostByCut() tell noise from triggers and the end from the rest", () => {
  assert.deepEqual(changes.map(isTrigger), [true, true, true, false, false]);
  assert.deepEqual(changes.map(isLostByCut), [true, true, false, false, false]);
  assert.equal(isLostByCut({ kind: "trigger", text: "mn", place: "prefix", space: true }), false);
});
