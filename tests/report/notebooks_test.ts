/** The project's own notebooks, executed headless on the published records as a reader's kernel does: they train nothing, and no cell fails. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { notebookNames } from "../../lib/cli/book.ts";
import type { CodeCell } from "../../lib/report/notebook.ts";
import { runNotebook } from "../../lib/report/runner.ts";

const folder = fileURLToPath(new URL("../../notebooks/", import.meta.url));

for (const name of await notebookNames()) {
  Deno.test(`${name} runs through on the published records`, async () => {
    const outputs = await Deno.makeTempDir({ prefix: "lowrank-test-" });
    try {
      const { cells } = await runNotebook(folder + name, { env: { LOWRANK_OUTPUTS: outputs, LOWRANK_PROFILE: "quick" }, timeoutSeconds: 600 });
      const code = cells.filter((cell): cell is CodeCell => cell.cell_type === "code");
      assert.ok(code.some(({ outputs }) => outputs.length > 0), "it shows something");
      const trained = await Array.fromAsync(Deno.readDir(`${outputs}/runs`)).catch(() => []);
      assert.deepEqual(trained, [], "nothing was trained");
    } finally {
      await Deno.remove(outputs, { recursive: true });
    }
  });
}
