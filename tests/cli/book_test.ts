import assert from "node:assert/strict";
import { join } from "node:path";
import { notebookNames } from "../../lib/cli/book.ts";

Deno.test("notebookNames() are in the papers' order: overview, sections, appendices, and paper B after paper A", async () => {
  const folder = await Deno.makeTempDir(),
    order = ["00-overview", "a2-threat-model", "a3-ntk", "a4-1-x", "a4-2-x", "a-b-x", "a-e-x", "b3-x", "b-audit"];
  for (const name of order.toReversed()) await Deno.writeTextFile(join(folder, `${name}.ipynb`), "");
  await Deno.writeTextFile(join(folder, "notes.txt"), "");
  assert.deepEqual(await notebookNames(folder), order.map((name) => `${name}.ipynb`));
  await Deno.remove(folder, { recursive: true });
  assert.deepEqual(await notebookNames(folder), []);
});
