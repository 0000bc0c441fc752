import { strict as assert } from "node:assert";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkCells, extractCells, longCells } from "../../lib/report/extract.ts";
import { readNotebook } from "../../lib/report/notebook.ts";
import { notebookOf } from "./loss_notebook.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What `deno check` says about the code: nothing, where it is right. */
async function typeErrors(code: string): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, code);
    const args = ["check", "--quiet", "--config", join(root, "deno.json"), path];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: root, env: { NO_COLOR: "1" } }).output();
    return success ? "" : new TextDecoder().decode(stderr);
  } finally {
    await rm(path);
  }
}

Deno.test("extractCells() makes a module that deno check accepts, or rejects for the cell's own mistake", async () => {
  const right = notebookOf(
    'import { join } from "node:path";',
    "const { sep: slash, posix = null } = await import('node:path');",
    'join("a", slash)',
  );
  assert.match(extractCells(right), /^\/\/ %% cell 1\nimport [\s\S]*\/\/ %% cell 3\njoin[\s\S]*export \{ slash, posix \};\n$/);
  assert.equal(await typeErrors(extractCells(right)), "");
  assert.match(await typeErrors(extractCells(notebookOf("const rate: string = 0.1;"))), /Type 'number' is not assignable to type 'string'/);
});

Deno.test("checkCells() names the cell and the rule", () => {
  const long = Array.from({ length: 26 }, (_, index) => `use(${index});`).join("\n");
  const notebook = notebookOf(
    "const a = 1;",
    "function f() {}",
    long,
    "const { a, b: c } = d;",
    'import type { c } from "lowrank";',
    'const e = "a class"; // function',
  );
  assert.deepEqual(checkCells(notebook), [
    "cell 2 must call the library instead of defining things: function",
    "cell 3 must have at most 25 lines: 26",
    "cell 4 must not declare a name again: a, declared in cell 1",
    "cell 5 must not declare a name again: c, declared in cell 4",
  ]);
  assert.deepEqual(longCells(notebook), [3]);
});

const folder = join(root, "notebooks");
const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".ipynb"));
for (const name of names) {
  Deno.test(`notebooks/${name} keeps the rules for cells, and its code passes deno check`, async () => {
    const notebook = await readNotebook(join(folder, name));
    assert.deepEqual(checkCells(notebook), []);
    assert.equal(await typeErrors(extractCells(notebook)), "");
  });
}
