import assert from "node:assert/strict";
import { seedRows } from "../../lib/report/seed_rows.ts";

const runs = [
  { method: "FF", rate: 1, seed: 1, accuracy: 0.7 },
  { method: "FF", rate: 1, seed: 2, accuracy: 0.8 },
  { method: "LoRA", rate: 1, seed: 1, accuracy: 0.5 },
  { method: "LoRA", rate: 3, seed: 1, accuracy: NaN },
];
const accuracy = ({ accuracy }: typeof runs[number]) => accuracy;

Deno.test("seedRows() has a row for each line: the mean over seeds between its ends, and a single seed's value as it is", () => {
  assert.deepEqual(seedRows(runs, ({ method, rate }) => ({ method, rate }), { accuracy }), [
    { method: "FF", rate: 1, seeds: 2, accuracy: "0.75 (0.7 to 0.8)" },
    { method: "LoRA", rate: 1, seeds: 1, accuracy: 0.5 },
    { method: "LoRA", rate: 3, seeds: 0, accuracy: null },
  ]);
  assert.deepEqual(seedRows([], () => ({}), { accuracy }), []);
});

Deno.test("seedRows() has methods side by side where each is a measure of its own, and says that their seeds differ", () => {
  const of = (wanted: string) => (run: typeof runs[number]) => run.method === wanted ? run.accuracy : null;
  const rows = seedRows(runs, ({ rate }) => ({ rate }), { FF: of("FF"), LoRA: of("LoRA") }, { ends: false });
  assert.deepEqual(rows, [{ rate: 1, seeds: "1 to 2", FF: 0.75, LoRA: 0.5 }, { rate: 3, seeds: 0, FF: null, LoRA: null }]);
});
