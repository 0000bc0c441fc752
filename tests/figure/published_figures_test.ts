import assert from "node:assert/strict";
import { renderSvg } from "../../lib/figure/svg.ts";
import { publishedFigures } from "./published_figures.ts";

/** Where the report looks for the rows that it offers as files. */
const rowsOf = (spec: unknown) => (spec as { data?: { values?: Readonly<Record<string, unknown>>[] } }).data?.values;

Deno.test("every figure, drawn from the published records, has its rows at the top of its spec, as plain cells, and compiles without warnings", async (t) => {
  for (const { figure } of await publishedFigures()) {
    await t.step(figure.id, async () => {
      const rows = rowsOf(figure.spec);
      assert.ok(figure.rows.length > 0);
      assert.equal(rows?.length, figure.rows.length);
      assert.deepEqual(rows.flatMap(Object.values).filter((cell) => typeof cell === "object" && cell !== null), []);
      assert.doesNotMatch(await renderSvg(figure), /NaN|undefined/);
    });
  }
});
