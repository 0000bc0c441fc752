/** Finds a model that no pip package holds: in a folder of the reader's own. */
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import process from "node:process";
import { join, resolve } from "node:path";
import { AssetError } from "../assets/error.ts";
import type { Environment } from "../assets/manifest.ts";
import { hashFile } from "../assets/stamp.ts";

/** A model that its reader brings. */
export interface OwnModel {
  /** Its name on the model hub. */
  readonly hub: string;
  /** The environment variable that names its folder. */
  readonly variable: string;
}

export interface ModelFiles {
  readonly folder: string;
  /** What decides the numbers, by name. */
  readonly files: readonly string[];
}

/** Where a text's token ids come from: the first that is there. */
const vocabularies = ["tokenizer.json", "vocab.txt"] as const;

/** The model's folder and files, or an error that says what must be where. */
export async function findModel({ hub, variable }: OwnModel, environment: Environment = process.env): Promise<ModelFiles> {
  const named = environment[variable];
  const remedy = `Download config.json, model.safetensors and tokenizer.json (or vocab.txt) of ${hub} from the model hub into a folder, and set ` +
    `${variable} to that folder`;
  if (!named) throw new AssetError(`Cannot find ${hub} as it must be in a folder of yours: ${variable} is not set. ${remedy}`);
  const folder = resolve(named), present = await readdir(folder).catch(() => null);
  if (!present) throw new AssetError(`Cannot find ${hub} as ${variable} must name a folder: ${folder} is none. ${remedy}`);
  const vocabulary = vocabularies.find((name) => present.includes(name)),
    needed = ["config.json", "model.safetensors", vocabulary ?? vocabularies[0]];
  const missing = needed.filter((name) => !present.includes(name));
  if (missing.length) throw new AssetError(`Cannot find ${hub} as ${folder} must hold ${missing.join(" and ")}: it does not. ${remedy}`);
  return { folder, files: needed };
}

/** SHA-256 of a model's files by content. */
export async function digestModel({ folder, files }: ModelFiles): Promise<string> {
  const digests: string[] = [];
  for (const name of files) digests.push(await hashFile(join(folder, name)));
  return createHash("sha256").update(digests.join("\n")).digest("hex");
}
