/** What paper B's published numbers say of each other: counted here, not typed. */
import assert from "node:assert/strict";
import { claimsOf } from "../../lib/claims/claim.ts";
import {
  aboveMajority,
  chanceOfFit,
  countOf,
  deltaDifferences,
  fitting,
  grimCells,
  repeatedRows,
  tableDifferences,
  textDifferences,
} from "../../lib/claims/paper_b/consistency.ts";
import { roraGains } from "../../lib/claims/paper_b/gains.ts";
import { paperBRows, paperBTables } from "../../lib/claims/paper_b/published.ts";

Deno.test("countOf() finds the count behind a percentage, or none", () => {
  assert.equal(countOf(7.48, 909), 68);
  assert.equal(countOf(92.46, 1821), null);
  assert.deepEqual([countOf(0, 909), countOf(100, 909)], [0, 909]);
  for (const rows of [909, 481, 721, 1821, 775, 1043]) {
    for (let k = 0; k <= rows; k++) assert.equal(countOf(Number((100 * k / rows).toFixed(2)), rows), k);
  }
  assert.equal(countOf(12.5, 400), 50);
  assert.equal(countOf(0.13, 800), 1, "0.125 rounded up");
  assert.equal(countOf(0.12, 800), 1, "0.125 rounded to even");
});

Deno.test("chanceOfFit() is the share of percentages of two decimals that are counts", () => {
  for (const rows of [481, 1821]) {
    const fits = Array.from({ length: 10_001 }, (_, i) => countOf(i / 100, rows)).filter((count) => count !== null).length;
    assert.equal(fits, rows + 1);
    assert.equal(chanceOfFit(rows), fits / 10_001);
  }
});

Deno.test("grimCells(): own numbers of paper B are counts but for eight clean accuracies, as their file has them", () => {
  const cells = grimCells();
  assert.equal(cells.length, 6 + 324 + 128 + 26 + 6);
  const own = cells.filter(({ origin }) => origin === "own");
  assert.deepEqual(
    own.filter(({ count }) => count === null).map(({ table, model, attack, dataset, method, column, percent }) =>
      [table, model, attack, dataset, method, column, percent].join(" ")
    ),
    [
      "2 BERT BadNet SST-2 RoRA CA 92.46",
      "2 BERT InSent CoLA DoRA CA 81.89",
      "2 LLaMA BadNet CoLA PiSSA CA 84.17",
      "2 LLaMA BadNet CoLA OLoRA CA 83.05",
      "2 LLaMA BadNet CoLA RoRA CA 82.25",
      "5 RoBERTa InSent SST-2 Tr CA 95.86",
      "5 LLaMA BadNet SST-2 LoRA CA 94.38",
      "6 RoBERTa InSent SST-2 poisoned, not fine-tuned CA 79.09",
    ],
  );
  for (const { table, rows } of paperBTables().tables) {
    for (const row of rows as readonly (typeof rows[number] & { kCA?: number | null; kASR?: number | null })[]) {
      for (const [column, count] of [["CA", row.kCA], ["ASR", row.kASR]] as const) {
        const cell = cells.find((one) => one.table === table && one.column === column && one.method === row.method && isSame(one, row));
        if (count && cell) assert.equal(cell.count, count, `${table} ${row.method} ${column}`);
      }
    }
  }
  const [first] = cells.filter(({ percent, rows }) => percent === 92.46 && rows === 1821);
  assert.deepEqual([first.below, first.above], [92.42, 92.48]);
});

function isSame(a: { model: string; dataset: string; attack: string }, b: { model: string; dataset: string; attack: string }): boolean {
  return a.model === b.model && a.dataset === b.dataset && a.attack === b.attack;
}

Deno.test("fitting() tells own numbers from copied ones, and the copied ones by model", () => {
  const cells = grimCells().filter(({ table }) => table === "2"), of = (keep: (cell: typeof cells[number]) => boolean) => fitting(cells.filter(keep));
  const { fit, of: all } = of(({ origin }) => origin === "own");
  assert.deepEqual([fit, all], [139, 144]);
  const copied = (model: string) => of((cell) => cell.origin === "copied" && cell.column === "CA" && cell.model === model);
  assert.deepEqual(["BERT", "RoBERTa", "LLaMA"].map((model) => copied(model).fit), [6, 13, 24]);
  assert.ok(Math.abs(copied("BERT").byChance - 10 * (1822 + 776 + 1044) / 10_001) < 1e-12);
});

Deno.test("deltas are CA - ASR, and tables 4 and 5 repeat table 2 but for LLaMA's LoRA rows", () => {
  const deltas = deltaDifferences();
  assert.deepEqual([deltas.length, deltas.filter(({ difference }) => difference !== 0).length], [162 + 64 + 13, 0]);
  const tables = tableDifferences(), differ = tables.filter(({ difference }) => difference !== 0);
  assert.equal(tables.filter(({ what }) => what.startsWith("table 4")).length, 80);
  assert.deepEqual(differ.map(({ what, model, attack, method, column, difference }) => [what, model, attack, method, column, difference].join(" ")), [
    "table 5 against table 2 LLaMA BadNet LoRA CA -1.56",
    "table 5 against table 2 LLaMA InSent LoRA CA -0.82",
  ]);
});

Deno.test("the text's numbers for LLaMA stand in no row of table 2; its other examples do", () => {
  const differ = textDifferences().filter(({ difference }) => difference !== 0);
  assert.deepEqual(differ.map(({ method, stated, found }) => [method, stated, found]), [["LoRA", -5.62, -4.06], ["FFT", 56.95, 58.54], [
    "RoRA",
    91.07,
    91.43,
  ]]);
  assert.equal(textDifferences("B-6.1-10").length, 2);
});

Deno.test("repeatedRows() finds different runs with the same clean accuracy and attack success rate", () => {
  const repeats = repeatedRows().map((rows) => rows.map(({ model, attack, method, CA, ASR }) => `${model} ${attack} ${method} ${CA} ${ASR}`));
  assert.deepEqual(repeats, [["RoBERTa InSent OLoRA+RoRA 95.06 14.63", "LLaMA InSent PiSSA+RoRA 95.06 14.63"]]);
});

Deno.test("aboveMajority(): LLaMA on SST-2 is at the constant predictor before fine-tuning", () => {
  const near = aboveMajority().filter(({ points }) => points < 2);
  assert.deepEqual(near.map(({ table, model, dataset }) => `${table} ${model} ${dataset}`), ["1 LLaMA SST-2", "6 LLaMA SST-2"]);
  assert.equal(aboveMajority().length, 12);
});

Deno.test("roraGains() gives the numbers that the claims on table 2 quote", () => {
  const gains = roraGains(), quoted = (id: string) => claimsOf("b").find((claim) => claim.id === id)!.quantities as Record<string, number[]>;
  const ends = (values: readonly number[]) => [Math.min(...values), Math.max(...values)];
  assert.equal(gains.length, 18);
  assert.deepEqual(gains.map(({ reduction }) => Number(reduction.toFixed(1))).sort((a, b) => a - b), quoted("B-6.1-6").relativeReductionPercent);
  assert.deepEqual(ends(gains.map(({ minusLora }) => minusLora)), quoted("B-6.1-7").minusLoRA);
  assert.deepEqual(ends(gains.map(({ minusFull }) => minusFull)), quoted("B-6.1-7").minusFFT);
  assert.deepEqual([gains.filter(({ bestDelta }) => bestDelta === "RoRA").length, gains.filter(({ lowestRate }) => lowestRate === "RoRA").length], [
    17,
    15,
  ]);
});

Deno.test("paperBRows() names the tables there are", () => {
  assert.throws(() => paperBRows("9"), { name: "RangeError", message: "Cannot read the table as its number must be one of 1, 2, 3, 4, 5, 6: 9" });
});
