import assert from "node:assert/strict";
import { drawProjection, projectionTable } from "../../lib/figure/paper_b/projection.ts";
import { renderSvg } from "../../lib/figure/svg.ts";
import { decomposition, projection } from "../support/fake_studies.ts";

Deno.test("drawProjection() shows full fine-tuning at every rank and LoRA at both sizes, with medians over seeds", () => {
  const { rows, keys } = drawProjection([projection(1), projection(2, { full: [0.9, 0.8, 0.7] }), decomposition(1)]);
  const at = (series: string, at: string, source: string) =>
    rows.filter((row) => row.panel === "attack success rate" && row.series === series && row.at === at && row.source === source).map(({ value }) =>
      value
    );
  assert.equal(rows.filter(({ source }) => source === "run").length, 2 * 2 * 5, "two panels, two seeds");
  assert.deepEqual([at("full fine-tuning", "0", "run"), at("full fine-tuning", "all", "median")], [[0.99, 0.9], [0.6]]);
  assert.deepEqual([at("LoRA", "LoRA", "run"), at("LoRA", "LoRA, same size", "median")], [[0.99, 0.99], [0.4]]);
  assert.equal(keys.length, 3);
});

Deno.test("drawProjection() has the ranks in order, then LoRA, and without studies says so", async () => {
  const svg = await renderSvg(drawProjection([projection(1)])), labels = [...svg.matchAll(/>(0|8|all|LoRA,|same size)</g)].map(([, label]) => label);
  assert.deepEqual(labels.slice(0, 5), ["0", "8", "all", "LoRA,", "same size"]);
  assert.match(await renderSvg(drawProjection([])), /no runs yet/);
});

Deno.test("projectionTable() has the modules that LoRA adapts, and the smallest cosine of all", () => {
  const rows = projectionTable([projection(1), projection(2, { cosines: [0.99, 0.7] })]);
  assert.deepEqual(rows.map(({ update, seeds }) => [update, seeds]), [["full fine-tuning", 2], ["LoRA", 2], ["LoRA, same size", 2]]);
  assert.deepEqual(rows.map((row) => row["smallest |cos|"]), [0.9, 0.7, 0.8]);
  assert.deepEqual(rows.map((row) => [row["‖ΔW‖_F"], row["σ_max(ΔW) / ‖ΔW‖_F"], row["σ_max(W) / σ_max(ΔW)"]]), [[2, 0.5, 4], [1, 0.5, 8], [
    2,
    0.5,
    4,
  ]]);
});
