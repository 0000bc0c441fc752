/** Finds what is there already: a folder that the user names, or the cache. */
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AssetError } from "./error.ts";
import { type AssetOptions, neededFiles, type PinnedFile, type ResolvedSource, resolveSource } from "./manifest.ts";
import { assetFolder } from "./place.ts";
import { hashFile, isIntact } from "./stamp.ts";

export interface FoundFile {
  readonly bytes: number;
  /** Null where it was not computed: a library of the user's own. */
  readonly sha256: string | null;
}

export interface FoundAsset {
  readonly folder: string;
  readonly origin: "cache" | "environment";
  /** The files by name. A user's own files need not be the pinned ones: key records by these digests. */
  readonly files: Readonly<Record<string, FoundFile>>;
}

/** The asset as it is on this machine, or null. Never downloads; a folder named by the environment that lacks the files is an error. */
export async function findAsset(name: string, options: AssetOptions = {}): Promise<FoundAsset | null> {
  const resolved = resolveSource(name, options);
  return await findLocal(resolved, options, resolved.source.kind !== "library") ?? await findCached(resolved);
}

/** Hashes every file of the asset as it is on this machine; null where there is none, an error where the cached copy is damaged. */
export async function verifyAsset(name: string, options: AssetOptions = {}): Promise<FoundAsset | null> {
  const resolved = resolveSource(name, options);
  const local = await findLocal(resolved, options, true);
  if (local) return local;
  const { wheel, environment } = resolved;
  if (!wheel) return null;
  const folder = assetFolder(name, wheel, environment);
  if (!await stat(folder).catch(() => null)) return null;
  const files = await describeFiles(name, folder, wheel.files.map((file) => file.name), options, true);
  const damaged = wheel.files.filter((file) => files[file.name]?.sha256 !== file.sha256).map((file) => file.name);
  if (damaged.length === 0) return { folder, origin: "cache", files };
  throw new AssetError(
    `Cannot verify ${name} as its files must have the pinned SHA-256: ${damaged.join(", ")} differ in ${folder}. Remove that folder and run again`,
  );
}

async function findCached({ name, wheel, environment }: ResolvedSource): Promise<FoundAsset | null> {
  if (!wheel) return null;
  const folder = assetFolder(name, wheel, environment);
  return await isIntact(folder, wheel.files) ? { folder, origin: "cache", files: byName(wheel.files) } : null;
}

/** The folder that the environment names, or the folder in it that is called like the asset. */
async function findLocal({ name, source, environment }: ResolvedSource, options: AssetOptions, hash: boolean): Promise<FoundAsset | null> {
  const named = environment[source.environment];
  if (!named) return null;
  const pinned = [...new Set([...source.accepts ?? [], ...source.wheels.flatMap((wheel) => wheel.files.map((file) => file.name))])];
  for (const folder of [join(resolve(named), name), resolve(named)]) {
    const present = await presentFiles(folder, pinned);
    const enough = source.accepts ? source.accepts.some((file) => present.includes(file)) : present.length === pinned.length;
    if (enough) return { folder, origin: "environment", files: await describeFiles(name, folder, present, options, hash) };
  }
  const present = source.accepts ? [] : await presentFiles(resolve(named), pinned);
  const missing = source.accepts ? neededFiles(source) : pinned.filter((file) => !present.includes(file)).join(", ");
  throw new AssetError(
    `Cannot use ${source.environment} for ${name} as the folder must hold ${neededFiles(source)}: ${resolve(named)} lacks ${missing}. ` +
      `Put the files there, or unset ${source.environment} to have them downloaded`,
  );
}

async function presentFiles(folder: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => stat(join(folder, name)).then((file) => file.isFile()).catch(() => false)));
  return names.filter((_, index) => found[index]);
}

/** Size and (asked for) SHA-256 of the files that exist. */
async function describeFiles(name: string, folder: string, names: readonly string[], { onProgress }: AssetOptions, hash: boolean) {
  const present = await presentFiles(folder, names);
  const sizes = await Promise.all(present.map(async (file) => (await stat(join(folder, file))).size));
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  const files: Record<string, FoundFile> = {};
  let doneBytes = 0;
  for (const [index, file] of present.entries()) {
    const report = (bytes: number) => onProgress?.({ name, phase: "verify", doneBytes: doneBytes += bytes, totalBytes });
    files[file] = { bytes: sizes[index], sha256: hash ? await hashFile(join(folder, file), report) : null };
  }
  return files;
}

function byName(files: readonly PinnedFile[]): Record<string, FoundFile> {
  return Object.fromEntries(files.map(({ name, bytes, sha256 }) => [name, { bytes, sha256 }]));
}
