import assert from "node:assert/strict";
import { blocksTable, drawBlocks } from "../../lib/figure/paper_b/blocks.ts";
import { renderSvg } from "../../lib/figure/svg.ts";
import { blocks, decomposition } from "../support/fake_studies.ts";

const group = "LoRA, 75 % of the target class poisoned";

Deno.test("drawBlocks() shows every block's shares at every scale, the line through its two ends, its thresholds, and every module's constants", () => {
  const { rows, keys } = drawBlocks([blocks(1), blocks(2, { rates: [1, 0.7, 0.4] }), decomposition(1)]);
  const values = (series: string, block: number, source: string) =>
    rows.filter((row) => row.series === series && row.block === block && row.source === source).map((
      { scale, module, value },
    ) => [scale ?? module, value]);
  assert.deepEqual(values("attack success rate", 1, "run"), [[0, 1], [8, 0.2], [2, 0.9], [0, 1], [8, 0.4], [2, 0.7]]);
  assert.deepEqual(new Map(values("attack success rate", 1, "median") as [number, number][]), new Map([[0, 1], [8, 0.30000000000000004], [2, 0.8]]));
  assert.deepEqual(values("foretold attack success rate", 0, "run").slice(0, 3), [[0, 1], [2, 0.9], [8, 0.5]]);
  assert.deepEqual(values("ρ_cl", 0, "run").slice(0, 2), [["attention.self.query", 0.3], ["attention.self.value", 0.3]]);
  assert.deepEqual(values("ρ_tr", 0, "median").map(([, value]) => value), [0.2]);
  assert.deepEqual(["s₀", "s*"].map((series) => values(series, 1, "median")), [[[null, 6]], [[null, 60]]]);
  assert.deepEqual(rows.filter(({ series, seed }) => series === "s*" && seed === 2).map(({ share }) => share), [0.4, 0.4]);
  assert.deepEqual([...new Set(rows.map((row) => row.group))], [group]);
  assert.equal(keys.length, 3);
});

Deno.test("blocksTable() has a line for each block, medians over modules and seeds", () => {
  const [first, second, ...others] = blocksTable([blocks(1), blocks(2, { rho: { backdoor: 0.3, clean: 0.1, trigger: 0.2 } }), decomposition(1)]);
  assert.deepEqual([first.block, second.block, others.length], [1, 2, 0]);
  assert.deepEqual([`${first["fine-tuning"]}, ${first.poison}`, first.seeds, first["equation 12's s"]], [group, 2, 8]);
  const close = (column: string, value: number) => assert(Math.abs(Number(first[column]) - value) < 1e-12, `${column}: ${first[column]}`);
  Object.entries({
    "ρ_bd": 0.2,
    "ρ_cl": 0.2,
    "ρ_tr": 0.2,
    "rows with ρ_eff > 0": 0.75,
    "ρ_eff > ρ_bd": 0.5,
    "s* at the modules": 50,
    "s₀ of these": 6,
    "rows with an s*": 0.4,
    "s* of these": 60,
  }).forEach((
    [column, value],
  ) => close(column, value));
});

Deno.test("drawBlocks() has a panel for each block, and without studies says so", async () => {
  assert.match(await renderSvg(drawBlocks([blocks(1)])), /block 1.*block 2/s);
  assert.match(await renderSvg(drawBlocks([])), /no runs yet/);
});
