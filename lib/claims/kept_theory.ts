/** The theorem cells that verdicts rest on, kept beside the records: what other code has computed does not count. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nothingIfAbsent } from "../experiment/keyed_files.ts";
import { publishedFolder } from "../experiment/published.ts";
import type { TheoremCell } from "../theory/check.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The cells of `theory.json` in this folder, else the published ones, else null. */
export async function keptTheory(outputs: string, published = publishedFolder): Promise<readonly TheoremCell[] | null> {
  const stamp = await theoryStamp();
  return await readTheory(theoryPath(outputs), stamp) ?? await readTheory(theoryPath(published), stamp);
}

/** Where a folder of results keeps its cells. */
export const theoryPath = (folder: string): string => join(folder, "theory.json");

/** SHA-256 of the code and the fixtures that the cells are a function of. */
export async function theoryStamp(): Promise<string> {
  const hash = createHash("sha256");
  for (const path of await stampedFiles()) hash.update(path).update(await Deno.readFile(root + path));
  return hash.digest("hex");
}

/** What the stamp is of, by paths in the repository: all that the cells import, but the engine and what obtains it. */
export async function stampedFiles(): Promise<string[]> {
  const folders = await Promise.all(["lib/math", "lib/spectral", "lib/adapter", "lib/evaluate", "lib/ntk", "lib/theory"].map(filesIn));
  const equations = ["a", "b"].map((paper) => `data/papers/paper-${paper}-equations.json`);
  return [...folders.flat(), "lib/tensor/linalg.ts", "lib/model/encoder.ts", "lib/model/safetensors.ts", ...equations];
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(root + folder));
  const files = await Promise.all(entries.map(({ name, isDirectory }) => isDirectory ? filesIn(`${folder}/${name}`) : [`${folder}/${name}`]));
  return files.flat().filter((path) => path.endsWith(".ts")).sort();
}

/** JSON with numbers that JSON has no name for as text. */
export function theoryText(stamp: string, cells: readonly TheoremCell[]): string {
  return JSON.stringify({ stamp, cells }, (_, value) => typeof value === "number" && !Number.isFinite(value) ? String(value) : value, 1) + "\n";
}

/** The cells of a file with this stamp, else null; an error where the file is there and cannot be read. */
export async function readTheory(path: string, stamp: string): Promise<readonly TheoremCell[] | null> {
  const text = await Deno.readTextFile(path).catch(nothingIfAbsent);
  if (text === null) return null;
  const names = ["NaN", "Infinity", "-Infinity"];
  try {
    const kept = JSON.parse(text, (key, value) => /^\d+$/.test(key) && names.includes(value) ? Number(value) : value);
    return kept.stamp === stamp ? kept.cells : null;
  } catch {
    return null; // half a file is no file
  }
}
