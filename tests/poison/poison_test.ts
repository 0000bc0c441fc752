import assert from "node:assert/strict";
import type { Example } from "../../lib/data/dataset.ts";
import { createRng } from "../../lib/math/random.ts";
import type { Attack, RowAttack } from "../../lib/poison/attack.ts";
import { changeEvery, poison, relabelledRows } from "../../lib/poison/poison.ts";
import { variants } from "../../lib/poison/variants.ts";

const examples: Example[] = Array.from({ length: 400 }, (_, i) => ({ id: 3 * i, text: `text ${i}`, label: i % 2 }));
const rng = createRng(1).fork("poison");
const rates = [0.0025, 0.05, 0.1, 0.25, 0.4, 0.5];
const makers: [string, (rate: number) => RowAttack][] = Object.entries(variants).flatMap(([variant, { trigger: _, ...attacks }]) =>
  Object.entries(attacks).map(([name, attackAt]): [string, (rate: number) => RowAttack] => [`${variant} ${name}`, attackAt])
);
const idsOf = (attack: Attack, rows = examples) => poison(rows, attack, rng).ledger.map(({ id }) => id);

for (const [name, attackAt] of makers) {
  Deno.test(`poison() under ${name} changes the ledger's rows and leaves the others the same objects`, () => {
    const { examples: poisoned, ledger } = poison(examples, attackAt(0.1), rng);
    const entries = new Map(ledger.map((entry) => [entry.id, entry]));
    assert.equal(entries.size, ledger.length);
    poisoned.forEach((row, i) => {
      const before = examples[i], entry = entries.get(row.id);
      assert.equal(row.id, before.id);
      if (!entry) return assert.equal(row, before);
      assert.deepEqual([entry.before, entry.after], [{ text: before.text, label: before.label }, { text: row.text, label: row.label }]);
      assert.notDeepEqual(entry.before, entry.after);
    });
  });

  Deno.test(`poison() under ${name} keeps the rows of a lower rate at a higher one`, () => {
    const chosen = rates.map((rate) => new Set(idsOf(attackAt(rate))));
    chosen.slice(1).forEach((higher, i) => assert.ok(chosen[i].isSubsetOf(higher) && chosen[i].size <= higher.size));
  });

  Deno.test(`poison() under ${name} is a function of its arguments`, () => {
    const stream = createRng(4), once = poison(examples, attackAt(0.2), stream);
    stream.uniform();
    assert.deepEqual(poison(examples, attackAt(0.2), stream), once);
    assert.notDeepEqual(poison(examples, attackAt(0.2), createRng(5)).ledger, once.ledger);
  });

  Deno.test(`poison() under ${name} gives back the same array at rate 0`, () => {
    const { examples: same, ledger } = poison(examples, attackAt(0), rng);
    assert.equal(same, examples);
    assert.deepEqual(ledger, []);
  });

  Deno.test(`poison() under ${name} refuses a rate outside [0, 1]`, () => {
    for (const rate of [1.2, -0.1, NaN]) {
      assert.throws(() => poison(examples, attackAt(rate), rng), {
        name: "RangeError",
        message: `Cannot poison data set as poisonRate must be in [0, 1]: ${rate}`,
      });
    }
  });
}

Deno.test("poison() without an attack gives back the same array", () => {
  assert.equal(poison(examples, { name: "none" }, rng).examples, examples);
});

Deno.test("poison() takes exactly round(rate * rows) rows when sampling is exact", () => {
  for (const rate of rates) {
    for (const attack of [variants.paper.upa(rate), variants.paper.bpa(rate), variants.controlled.bpa(rate)]) {
      assert.equal(idsOf(attack).length, Math.round(rate * examples.length));
    }
  }
  assert.equal(idsOf(variants.paper.upa(1)).length, examples.length);
});

Deno.test("poison() takes about rate * rows rows when each row has its coin", () => {
  const rate = 0.25, n = examples.length;
  for (const attack of [variants.code.upa(rate), { ...variants.code.bpa(rate), rows: "nonTarget" as const }]) {
    const counts = Array.from({ length: 20 }, (_, seed) => poison(examples, attack, createRng(seed)).ledger.length);
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    assert.ok(Math.abs(mean - rate * n) < 4 * Math.sqrt(n * rate * (1 - rate) / counts.length), `${mean}`);
    assert.ok(new Set(counts).size > 1);
  }
  assert.equal(idsOf(variants.code.upa(1)).length, n);
});

Deno.test("poison() draws a row by its id: other rows, and their order, make no difference to its draw", () => {
  const attack = variants.code.upa(0.3);
  const all = new Set(idsOf(attack));
  const half = examples.slice(200).reverse();
  assert.deepEqual(new Set(idsOf(attack, half)), new Set(half.map(({ id }) => id).filter((id) => all.has(id))));
});

Deno.test("poison() by UPA flips labels and keeps texts", () => {
  const { ledger } = poison(examples, variants.paper.upa(0.3), rng);
  assert.ok(ledger.every(({ before, after }) => after.label === 1 - before.label && after.text === before.text));
  assert.equal(relabelledRows(ledger), ledger.length);
});

Deno.test("poison() by BPA sets trigger and target label, also on rows that have the label", () => {
  const { ledger } = poison(examples, variants.paper.bpa(0.3), rng);
  assert.ok(ledger.every(({ before, after }) => after.label === 1 && after.text === `${before.text} [.*?]`));
  assert.equal(relabelledRows(ledger), ledger.filter(({ before }) => before.label === 0).length);
  assert.ok(relabelledRows(ledger) < ledger.length);
});

Deno.test("poison() by BPA can take only rows without the target label, at a rate of all rows", () => {
  const { ledger } = poison(examples, variants.controlled.bpa(0.5), rng);
  assert.equal(ledger.length, 200);
  assert.equal(relabelledRows(ledger), 200);
  assert.throws(() => poison(examples, variants.controlled.bpa(0.6), rng), {
    name: "RangeError",
    message: "Cannot poison data set as at most 200 of its 400 rows may be poisoned: poisonRate 0.6 asks for 240",
  });
});

Deno.test("poison() refuses what an attack has no meaning for", () => {
  assert.throws(() => poison([{ id: 17, text: "a", label: 2 }], variants.paper.upa(0.5), rng), {
    name: "RangeError",
    message: "Cannot flip labels as the classes must be 0 and 1: label 2 in row 17",
  });
  assert.throws(() => poison(examples, { ...variants.paper.bpa(0.1), targetLabel: -1 }, rng), {
    message: "Cannot poison data set as targetLabel must be a whole number, at least 0: -1",
  });
  assert.throws(() => poison(examples, { name: "upside" } as unknown as Attack, rng), {
    name: "TypeError",
    message: "Cannot poison data set as the attack must be one of none, upa, bpa, multi-trigger, clean-label, instruction, style: upside",
  });
  assert.throws(() => poison([examples[0], examples[0]], variants.paper.upa(0.5), rng), {
    message: "Cannot poison data set as every row must have an id of its own: some ids occur twice",
  });
});

Deno.test("changeEvery() is what poison() makes of rows at a rate of 1, and has no negatives", () => {
  const rows = Array.from({ length: 8 }, (_, id) => ({ id, text: `a sentence of several words ${id}`, label: id % 2 })), rng = createRng("every");
  const { bpa, "multi-trigger": several, "clean-label": cleanLabel } = variants.paper;
  assert.deepEqual(changeEvery(rows, bpa(0.1), rng), poison(rows, bpa(1), rng).ledger);
  assert.deepEqual(changeEvery(rows, several(0.1), rng).map(({ id, negative }) => [id, negative]), rows.map(({ id }) => [id, undefined]));
  assert.deepEqual(changeEvery(rows, { ...cleanLabel(0.1), rateOf: "allRows" }, rng).map(({ id }) => id), [1, 3, 5, 7], "rows of the target class");
  assert.deepEqual(changeEvery(rows, { name: "none" }, rng), []);
});
