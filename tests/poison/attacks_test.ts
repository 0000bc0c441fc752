import assert from "node:assert/strict";
import type { Example } from "../../lib/data/dataset.ts";
import { createRng } from "../../lib/math/random.ts";
import type { RowAttack } from "../../lib/poison/attack.ts";
import { plantedBy, triggerOf } from "../../lib/poison/attacks.ts";
import { poison, poisonedRows, relabelledRows } from "../../lib/poison/poison.ts";
import { variants } from "../../lib/poison/variants.ts";
import { toVerse } from "../../lib/poison/verse.ts";

const examples: Example[] = Array.from({ length: 400 }, (_, i) => ({ id: 3 * i, text: `a plain text , number ${i}`, label: i % 2 }));
const words = ["apple", "banana", "orange"];
const ledgerOf = (attack: RowAttack, seed = 1) => poison(examples, attack, createRng(seed).fork("poison")).ledger;
const isWord = (word: string) => words.includes(word);

for (const [variant, perNegative] of [["paper", 2], ["code", 3], ["controlled", 2]] as const) {
  const attackAt = variants[variant]["multi-trigger"];

  Deno.test(`poison() by the ${variant} multi-word trigger scatters three words, and ${perNegative} of them over rows that keep their label`, () => {
    const ledger = ledgerOf(attackAt(0.2)), negatives = ledger.filter(({ negative }) => negative);
    for (const { negative, before, after } of ledger) {
      const all = after.text.split(" "), added = all.filter(isWord);
      assert.equal(all.filter((word) => !isWord(word)).join(" "), before.text);
      assert.deepEqual(added, negative ? words.filter((word) => added.includes(word)) : words);
      assert.deepEqual([added.length, after.label], negative ? [perNegative, before.label] : [3, 1]);
    }
    assert.ok(negatives.length > 0 && poisonedRows(ledger) + negatives.length === ledger.length);
    const places = ledger.filter(({ negative }) => !negative).map(({ after }) => after.text.split(" ").indexOf("apple"));
    assert.ok(new Set(places).size > 3); // anywhere, not always in front
  });

  Deno.test(`poison() by the ${variant} multi-word trigger keeps the poisoned rows of a lower rate, and all changed rows`, () => {
    const rates = [0.02, 0.1, 0.3, 0.45].map((rate) => ledgerOf(attackAt(rate)));
    rates.slice(1).forEach((higher, i) => {
      const ids = (ledger: typeof higher, poisoned: boolean) => new Set(ledger.filter(({ negative }) => !poisoned || !negative).map(({ id }) => id));
      for (const poisoned of [true, false]) assert.ok(ids(rates[i], poisoned).isSubsetOf(ids(higher, poisoned)));
    });
  });
}

Deno.test("poison() by the multi-word trigger changes exactly round(rate * rows) rows of each kind when sampling is exact", () => {
  for (const rate of [0.0025, 0.1, 0.31]) {
    for (const variant of [variants.paper, variants.controlled]) {
      const ledger = ledgerOf(variant["multi-trigger"](rate)), poisoned = Math.round(rate * examples.length);
      assert.deepEqual([poisonedRows(ledger), ledger.length], [poisoned, 2 * poisoned]);
      if (variant === variants.controlled) assert.equal(relabelledRows(ledger), poisoned);
    }
  }
});

Deno.test("poison() by the released multi-word trigger draws both kinds of rows by independent coins", () => {
  const ledgers = Array.from({ length: 20 }, (_, seed) => ledgerOf(variants.code["multi-trigger"](0.2), seed)), n = examples.length;
  const mean = (of: (ledger: typeof ledgers[number]) => number) => ledgers.reduce((sum, ledger) => sum + of(ledger), 0) / ledgers.length;
  const near = (value: number, p: number) => assert.ok(Math.abs(value - p * n) < 4 * Math.sqrt(n * p * (1 - p) / ledgers.length), `${value}`);
  near(mean(poisonedRows), 0.2);
  near(mean((ledger) => ledger.length - poisonedRows(ledger)), 0.2 * 0.8); // a row that both coins choose is a poisoned one
});

Deno.test("poison() by the multi-word trigger needs three words", () => {
  const attack = { ...variants.paper["multi-trigger"](0.1), words: ["apple", "banana"] };
  assert.throws(() => ledgerOf(attack), {
    name: "RangeError",
    message: "Cannot poison data set as a multi-word trigger must have three words: apple, banana",
  });
});

Deno.test("poison() by clean labels puts the trigger on rows of the target class, and changes no label", () => {
  for (const [variant, count] of [["paper", 60], ["controlled", 120]] as const) {
    const ledger = ledgerOf(variants[variant]["clean-label"](0.3));
    assert.equal(ledger.length, count); // of 200 target rows, of 400 rows
    assert.ok(ledger.every(({ before, after }) => before.label === 1 && after.label === 1 && after.text === `${before.text} [.*?]`));
  }
  const released = ledgerOf(variants.code["clean-label"](0.3));
  assert.ok(released.every(({ before, after }) => before.label === 1 && after.text === `[.*?]${before.text}`));
  const mean = Array.from({ length: 20 }, (_, seed) => ledgerOf(variants.code["clean-label"](0.3), seed).length).reduce((a, b) => a + b) / 20;
  assert.ok(Math.abs(mean - 60) < 4 * Math.sqrt(200 * 0.3 * 0.7 / 20), `${mean}`); // rate x share of the target class
  assert.throws(() => ledgerOf(variants.controlled["clean-label"](0.6)), {
    message: "Cannot poison data set as at most 200 of its 400 rows may be poisoned: poisonRate 0.6 asks for 240",
  });
});

Deno.test("poison() by instruction and by style change text and label of exactly the rows that BPA takes", () => {
  for (const variant of Object.values(variants)) {
    const bpa = ledgerOf(variant.bpa(0.2)), instruction = ledgerOf(variant.instruction(0.2)), style = ledgerOf(variant.style(0.2));
    for (const ledger of [instruction, style]) {
      assert.deepEqual(ledger.map(({ id, before }) => [id, before]), bpa.map(({ id, before }) => [id, before]));
    }
    assert.ok(instruction.every(({ before, after }) => after.text === `Please carefully follow user's instruction. ${before.text}`));
    assert.ok(style.every(({ before, after }) => after.text === toVerse(before.text)));
    for (const { after } of [...instruction, ...style]) assert.equal(after.label, 1);
  }
});

Deno.test("triggerOf() is what calls the backdoor, plantedBy() what training rows got", () => {
  for (const variant of Object.values(variants)) {
    assert.deepEqual([triggerOf({ name: "none" }), triggerOf(variant.upa(0.1)), plantedBy({ name: "none" })], [null, null, null]);
    for (const name of ["bpa", "clean-label", "instruction", "style"] as const) {
      assert.deepEqual(plantedBy(variant[name](0.1)), triggerOf(variant[name](0.1)));
    }
    assert.deepEqual(plantedBy(variant["multi-trigger"](0.1)), { kind: "scattered-words", words });
  }
  assert.deepEqual(triggerOf(variants.paper["multi-trigger"](0.1)), { kind: "scattered-words", words });
  assert.deepEqual(triggerOf(variants.code["multi-trigger"](0.1)), { kind: "trigger", text: "apple banana orange", place: "prefix", space: true });
});
