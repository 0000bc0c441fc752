/**
 * Verification. A folder of verified files holds a stamp with their sizes and times, so that later starts need not hash 850 MB again:
 * while sizes and times are those of the stamp, the digests are too.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PinnedFile } from "./manifest.ts";

type Stamp = Record<string, { bytes: number; mtimeMs: number; sha256: string }>;
const stampName = "verified.json";

/** SHA-256 of a file, in hex; `onBytes` hears the size of each piece. */
export async function hashFile(path: string, onBytes?: (bytes: number) => void): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(piece);
    onBytes?.(piece.length);
  }
  return hash.digest("hex");
}

/** Writes the stamp of files whose digests have just been checked. */
export async function writeStamp(folder: string, files: readonly PinnedFile[]): Promise<void> {
  const stamp: Stamp = {};
  for (const { name, bytes, sha256 } of files) stamp[name] = { bytes, mtimeMs: (await stat(join(folder, name))).mtimeMs, sha256 };
  await writeFile(join(folder, stampName), JSON.stringify(stamp, null, 2) + "\n");
}

/** Whether the folder holds exactly the pinned files: by the stamp, or by hashing where a time has changed (a copied cache). */
export async function isIntact(folder: string, files: readonly PinnedFile[]): Promise<boolean> {
  const stamp: Stamp = await readFile(join(folder, stampName), "utf8").then(JSON.parse).catch(() => null);
  if (!stamp) return false;
  let changed = false;
  for (const { name, bytes, sha256 } of files) {
    const now = await stat(join(folder, name)).catch(() => null);
    if (now?.size !== bytes) return false;
    if (stamp[name]?.mtimeMs === now.mtimeMs && stamp[name].sha256 === sha256) continue;
    if (await hashFile(join(folder, name)) !== sha256) return false;
    changed = true;
  }
  if (changed) await writeStamp(folder, files).catch(() => {}); // a cache that cannot be written is read all the same
  return true;
}
