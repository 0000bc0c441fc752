/** Finds paper B's files: in a folder of the reader's own, since no package holds them. */
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { AssetError } from "../assets/error.ts";
import type { Environment } from "../assets/manifest.ts";

/** The environment variable that names the folder with one folder for each data set. */
export const paperBVariable = "LOWRANK_PAPER_B";

/** Paths of these files in one data set's folder, in their order, or an error that says what must be where. */
export async function findPaperB(folder: string, names: readonly string[], environment: Environment = process.env): Promise<string[]> {
  const named = environment[paperBVariable], listed = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  const remedy = `Set ${paperBVariable} to a folder that holds ${folder}/ with ${listed}, JSON lines with sentence and label`;
  const what = `Cannot find paper B's files of ${folder} as`;
  if (!named) throw new AssetError(`${what} they must be in a folder of yours: ${paperBVariable} is not set. ${remedy}`);
  const place = join(resolve(named), folder), present = await readdir(place).catch(() => null);
  if (!present) throw new AssetError(`${what} ${place} must be a folder: it is none. ${remedy}`);
  const missing = names.filter((name) => !present.includes(name));
  if (missing.length) throw new AssetError(`${what} ${place} must hold them: it lacks ${missing.join(", ")}. ${remedy}`);
  return names.map((name) => join(place, name));
}
