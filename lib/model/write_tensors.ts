/** Writing tensors into a file that is whole on the disk or absent. */
import { dirname } from "node:path";
import { removeStale, temporaryName } from "../assets/temporary.ts";
import { safetensorsParts, type StoredTensor } from "./safetensors.ts";

/** Replaces `path` in one step, tensor by tensor: the file's bytes are never all in memory. What a process that died has left half written goes. */
export async function writeTensors(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = dirname(path), prefix = "writing-", own = `${folder}/${prefix}${temporaryName()}`;
  await Deno.mkdir(folder, { recursive: true });
  await removeStale(folder, prefix);
  try {
    await fill(own, safetensorsParts(tensors, metadata));
    await Deno.rename(own, path);
  } catch (error) {
    await Deno.remove(own).catch(() => {});
    throw error;
  }
}

/** On the disk before it has its name: else a power cut could leave a file of zeros. */
async function fill(path: string, parts: Iterable<Uint8Array>): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  for (const part of parts) for (let done = 0; done < part.length;) done += await file.write(part.subarray(done));
  await file.sync();
}
