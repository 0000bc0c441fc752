import assert from "node:assert/strict";
import { drawDirections } from "../../lib/figure/paper_b/directions.ts";
import { renderSvg } from "../../lib/figure/svg.ts";
import { angles, decomposition, full, runOf } from "../support/fake_studies.ts";

const door = { name: "bpa", poisonRate: 0.1 } as const;

Deno.test("drawDirections() shows every reading of every decomposition, with medians over seeds, and leaves other studies out", () => {
  const studies = [decomposition(1), decomposition(2, { whole: [0.7, 0.89] }), angles(runOf(full, door, 1), 0.5)];
  const { rows } = drawDirections(studies),
    at = (series: string, taken: string, source: string) =>
      rows.filter((row) => row.panel === "attack success rate" && row.series === series && row.at === taken && row.source === source).map((
        { value },
      ) => value);
  // the twin; the poisoned encoder and two arms as they are, without four directions and without all; two panels
  assert.equal(rows.filter(({ source }) => source === "run").length, 2 * 2 * (1 + 3 * 3));
  assert.equal(rows.filter(({ source }) => source === "median").length, 2 * (1 + 3 * 3));
  assert.deepEqual(at("poisoned, not fine-tuned", "none", "run"), [0.99, 0.89]);
  assert.deepEqual(at("poisoned, not fine-tuned", "none", "median"), [0.94]);
  assert.deepEqual([at("LoRA", "none", "run"), at("LoRA + Tr", "all", "run"), at("never poisoned", "none", "run")], [[0.99, 0.99], [0.1, 0.1], [
    0.1,
    0.1,
  ]]);
  assert.deepEqual([...new Set(rows.map(({ group }) => group))], ["75 % of the target class poisoned"]);
  assert.deepEqual(rows.find(({ panel }) => panel === "clean accuracy")!.value, 0.8);
});

Deno.test("drawDirections() orders what is taken out, and without studies says so", async () => {
  const svg = await renderSvg(drawDirections([decomposition(1)])), labels = [...svg.matchAll(/>(none|4|all)</g)].map(([, label]) => label);
  assert.deepEqual(labels.slice(0, 3), ["none", "4", "all"]);
  assert.match(await renderSvg(drawDirections([])), /no runs yet/);
});
