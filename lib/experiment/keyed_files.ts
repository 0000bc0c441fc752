/**
 * Results under their keys: `FOLDER/NAME/<aa>/<key>.json`. A file is whole or absent, and exactly one of many writers wins: each writes
 * and syncs a file of its own and publishes it by link(2), which fails when the name is taken (a rename would let the last one overwrite).
 */
import { join } from "node:path";
import type { z } from "zod";
import { removeStale, temporaryName } from "../assets/temporary.ts";

export interface KeyedFiles<T> {
  readonly folder: string;
  /** What stands under a key, or null. */
  get(key: string): Promise<T | null>;
  /** Publishes a value; false when another writer was first (its value stays). */
  put(value: T): Promise<boolean>;
  /** All values, in the order of their keys. */
  list(): Promise<T[]>;
  /** Takes a value away, where there is one. */
  remove(key: string): Promise<void>;
}

export interface KeyedFilesOptions {
  /** Changes nothing in the folder: no cleaning, no `put`, and unreadable files stay where they are. */
  readonly readOnly?: boolean;
  /** Hears one sentence for each file that cannot be read. */
  readonly onProblem?: (sentence: string) => void;
}

export interface Kind<T> {
  /** The folder's name: `runs`. */
  readonly name: string;
  /** One of them, for messages: `run`. */
  readonly noun: string;
  readonly schema: z.ZodType<T>;
}

/** Opens the files of a kind; the folder is made at the first `put`. A file that cannot be read is moved aside and counts as absent. */
export async function openKeyedFiles<T extends { readonly key: string }>(
  folder: string,
  { name, noun, schema }: Kind<T>,
  { readOnly = false, onProblem = console.error }: KeyedFilesOptions = {},
): Promise<KeyedFiles<T>> {
  const root = join(folder, name), temporary = join(folder, "tmp");
  const pathOf = (key: string) => join(root, key.slice(0, 2), `${key}.json`);
  if (!readOnly) await removeStale(temporary);
  const told = new Set<string>();

  async function get(key: string): Promise<T | null> {
    const path = pathOf(key), text = await Deno.readTextFile(path).catch(nothingIfAbsent);
    if (text === null) return null;
    const value = parse(schema, text), problem = typeof value === "string" ? value : value.key === key ? null : `it holds ${value.key}`;
    if (problem === null) return value as T;
    const aside = `${path}.unreadable-${Date.now()}`;
    if (!readOnly) await Deno.rename(path, aside).catch(nothingIfAbsent); // absent: another reader has moved it
    if (!readOnly || !told.has(path)) {
      onProblem(`Cannot read ${path} as it must be a whole record: ${problem}; it was ${readOnly ? "left out" : `moved to ${aside}`}`);
    }
    told.add(path);
    return null;
  }

  function requireWritable(action: string): void {
    if (readOnly) throw new Error(`Cannot ${action} a ${noun} as ${folder} must be open for writing: it was opened to be read`);
  }

  async function put(value: T): Promise<boolean> {
    requireWritable("store");
    const own = join(temporary, temporaryName());
    return await publish(pathOf(value.key), own, JSON.stringify(value, null, 1) + "\n").catch((error) => {
      throw explainDiskError(error, folder, noun);
    });
  }

  async function list(): Promise<T[]> {
    const keys = (await names(root, /^[0-9a-f]{2}$/)).map(async (prefix) => await names(join(root, prefix), /^[0-9a-f]{64}\.json$/));
    const values: T[] = [];
    for (const name of (await Promise.all(keys)).flat().sort()) {
      const value = await get(name.slice(0, 64));
      if (value) values.push(value);
    }
    return values;
  }

  async function remove(key: string): Promise<void> {
    requireWritable("remove");
    await Deno.remove(pathOf(key)).catch(nothingIfAbsent);
  }

  return { folder, get, put, list, remove };
}

/** True when `text` came to stand at `path`, false when something stood there already. */
async function publish(path: string, own: string, text: string): Promise<boolean> {
  await Deno.mkdir(join(own, ".."), { recursive: true });
  await Deno.mkdir(join(path, ".."), { recursive: true });
  try {
    using file = await Deno.open(own, { write: true, createNew: true });
    const bytes = new TextEncoder().encode(text);
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    await file.sync(); // whole on the disk before it has its name
    await Deno.link(own, path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  } finally {
    await Deno.remove(own).catch(nothingIfAbsent);
  }
}

/** The value, or what is wrong with it. */
function parse<T>(schema: z.ZodType<T>, text: string): T | string {
  try {
    const { data, error } = schema.safeParse(JSON.parse(text));
    return data ?? error!.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).slice(0, 3).join("; ");
  } catch (error) {
    return (error as Error).message;
  }
}

async function names(folder: string, pattern: RegExp): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name).filter((name) => pattern.test(name));
  } catch (error) {
    return nothingIfAbsent(error) ?? [];
  }
}

/** Null for a file that is not there; every other error goes on. */
export function nothingIfAbsent(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}

/** A full or read-only disk in one sentence with the remedy; every other error as it is. */
export function explainDiskError(error: unknown, folder: string, noun = "run"): unknown {
  const { code } = error as { code?: string };
  const remedy = "the same command goes on where it stopped";
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new Error(`Cannot store a ${noun} as there must be room in ${folder}: the disk is full; free some space, ${remedy}`, { cause: error });
  }
  if (code === "EROFS" || error instanceof Deno.errors.PermissionDenied) {
    return new Error(`Cannot store a ${noun} as ${folder} must be writable: ${(error as Error).message}; give another --outputs, ${remedy}`, {
      cause: error,
    });
  }
  return error;
}
