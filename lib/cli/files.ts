/** Writing results: a file is the old one or the whole new one, never half of either. */
import { dirname } from "node:path";

export async function writeWhole(path: string, text: string): Promise<void> {
  const own = `${path}.${Deno.pid}.tmp`;
  await Deno.mkdir(dirname(path), { recursive: true });
  try {
    await Deno.writeTextFile(own, text);
    await Deno.rename(own, path);
  } catch (error) {
    await Deno.remove(own).catch(() => {});
    if ((error as { code?: string }).code !== "ENOSPC") throw error;
    throw new Error(`Cannot write ${path} as its disk must have room for it: the disk is full; free some space and run the same command again`, {
      cause: error,
    });
  }
}
