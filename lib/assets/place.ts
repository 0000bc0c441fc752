/** Where files are kept: one cache folder for all clones, one folder per pinned wheel, temporary folders beside it while something is made. */
import { mkdir, statfs } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { AssetError } from "./error.ts";
import type { Environment, Wheel } from "./manifest.ts";
import { removeStale, temporaryName } from "./temporary.ts";

/** `LOWRANK_CACHE`, else `lowrank-lab` in the user's cache directory. */
export function cacheFolder(environment: Environment = process.env): string {
  if (environment.LOWRANK_CACHE) return resolve(environment.LOWRANK_CACHE);
  if (environment.XDG_CACHE_HOME) return resolve(environment.XDG_CACHE_HOME, "lowrank-lab");
  const home = environment.HOME || homedir();
  return process.platform === "darwin" ? join(home, "Library", "Caches", "lowrank-lab") : join(home, ".cache", "lowrank-lab");
}

/** The folder of one pinned wheel's files; another pin is another folder. */
export function assetFolder(name: string, wheel: Wheel, environment: Environment): string {
  return join(cacheFolder(environment), `${name}-${wheel.version}-${wheel.sha256.slice(0, 8)}`);
}

const temporaryPrefix = "tmp.";

/** A new empty folder in the cache folder, which it makes where needed. The caller removes it. */
export async function makeTemporaryFolder(cache: string): Promise<string> {
  const folder = join(cache, temporaryPrefix + temporaryName());
  await mkdir(cache, { recursive: true });
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

/** Removes what processes that are gone have left in the cache folder. */
export async function removeStaleFolders(cache: string): Promise<void> {
  await removeStale(cache, temporaryPrefix);
}

/** Throws unless the disk under `folder` has room for `bytes`. */
export async function requireSpace(folder: string, bytes: number, action: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new AssetError(
    `Cannot ${action} as ${megabytes(bytes)} must be free in ${folder}: ${
      megabytes(free)
    }. Free some, or set LOWRANK_CACHE to a folder on a larger disk`,
  );
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;
}
