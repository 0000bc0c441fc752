import assert from "node:assert/strict";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../../lib/assets/write_whole.ts";

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("writeWhole() makes the folder, replaces what was there and leaves nothing beside it", () =>
  withFolder(async (folder) => {
    const path = join(folder, "deep", "file.json");
    await writeWhole(path, "a longer first text");
    await writeWhole(path, "second");
    assert.equal(await readFile(path, "utf8"), "second");
    assert.deepEqual(await readdir(join(folder, "deep")), ["file.json"]);
  }));

Deno.test("writeWhole() leaves nothing behind where it fails", () =>
  withFolder(async (folder) => {
    const taken = join(folder, "taken");
    await mkdir(join(taken, "by a folder"), { recursive: true });
    await assert.rejects(writeWhole(taken, "text"), (error: NodeJS.ErrnoException) => error.code === "EISDIR" || error.code === "ENOTEMPTY");
    assert.deepEqual(await readdir(folder), ["taken"]);
  }));
