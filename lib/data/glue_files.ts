/** Finds GLUE's files: in a folder of the reader's own, since no pip package holds them. */
import { readdir } from "node:fs/promises";
import process from "node:process";
import { extname, join, resolve } from "node:path";
import type { Environment } from "../assets/manifest.ts";
import { AssetError } from "../assets/error.ts";
import { type GlueName, glueTasks } from "./glue_tasks.ts";
import { tableEndings } from "./table.ts";

/** The environment variable that names the folder with one folder per task. */
export const glueVariable = "LOWRANK_GLUE";

/** Paths of the files of both parts; a part may come in several pieces. */
export interface GlueFiles {
  readonly train: readonly string[];
  readonly heldOut: readonly string[];
}

const parts = { train: ["train"], heldOut: ["dev", "validation"] } as const;

/** The files of a task, or an error that says what must be where. */
export async function findGlue(name: GlueName, environment: Environment = process.env): Promise<GlueFiles> {
  const { title } = glueTasks[name], named = environment[glueVariable];
  const remedy = `Set ${glueVariable} to a folder that holds ${title} with train.tsv and dev.tsv (GLUE's own files), or train and validation as ` +
    `Parquet or JSON lines (the hub's)`;
  if (!named) throw new AssetError(`Cannot find ${title} as it must be in a folder of yours: ${glueVariable} is not set. ${remedy}`);
  const root = resolve(named), plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const entries = await readdir(root).catch(() => null);
  if (!entries) throw new AssetError(`Cannot find ${title} as ${glueVariable} must name a folder: ${root} is none. ${remedy}`);
  const folder = entries.find((entry) => plain(entry) === plain(title));
  if (!folder) throw new AssetError(`Cannot find ${title} as ${root} must hold a folder of that name: it holds ${list(entries)}. ${remedy}`);
  const files = (await readdir(join(root, folder)).catch(() => [])).toSorted();
  const part = (key: keyof typeof parts) => {
    const found = files.filter((file) => parts[key].some((start) => new RegExp(`^${start}[.-]`).test(file)) && tableEndings.includes(extname(file)));
    const names = parts[key].join(" or "), what = `Cannot find ${title} as ${join(root, folder)} must hold`;
    if (found.length === 0) throw new AssetError(`${what} a table called ${names}: it holds ${list(files)}. ${remedy}`);
    const kinds = new Set(found.map((file) => `${file.split(/[.-]/)[0]}${extname(file)}`));
    if (kinds.size > 1) throw new AssetError(`${what} one table called ${names}: it holds ${list(found)}. Leave one of them there`);
    return found.map((file) => join(root, folder, file));
  };
  return { train: part("train"), heldOut: part("heldOut") };
}

function list(names: readonly string[]): string {
  if (names.length === 0) return "nothing";
  return names.length > 8 ? `${names.slice(0, 8).join(", ")} and ${names.length - 8} more` : names.join(", ");
}
