/** Writing a file so that it is the old one or the whole new one, never half of either. */
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { temporaryName } from "./temporary.ts";

/** Writes `text` to `path`; the folder is made where there is none. Of several writers the last one wins. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const own = `${path}.${temporaryName()}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(own, text);
    await rename(own, path);
  } catch (error) {
    await rm(own, { force: true });
    if ((error as { code?: string }).code !== "ENOSPC") throw error;
    throw new Error(`Cannot write ${path} as its disk must have room for it: the disk is full; free some space and run the same command again`, {
      cause: error,
    });
  }
}
