/** Theorem cells kept beside the records. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { readTheory } from "../../lib/claims/kept_theory.ts";

Deno.test("readTheory() takes a file that is not there for one that was not kept, and no other failure", async () => {
  const folder = await Deno.makeTempDir();
  try {
    assert.equal(await readTheory(join(folder, "theory.json"), "stamp"), null);
    await assert.rejects(readTheory(folder, "stamp"), "a folder is there, and cannot be read as a file");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
