/**
 * The record store: `runs/<aa>/<key>.json`. A record is whole or absent, and exactly one of many writers wins: each writes and syncs
 * a file of its own and publishes it by link(2), which fails when the name is taken (a rename would let the last one overwrite).
 */
import { join } from "node:path";
import { removeStale, temporaryName } from "../assets/temporary.ts";
import type { RunRecord } from "./record.ts";
import { RunRecordSchema } from "./record_schema.ts";

export interface Store {
  readonly folder: string;
  /** The record of a key, or null. */
  get(key: string): Promise<RunRecord | null>;
  /** Publishes a record and removes its run's checkpoints; false when another writer was first (its record stays). */
  put(record: RunRecord): Promise<boolean>;
  /** All records, in the order of their keys. */
  list(): Promise<RunRecord[]>;
  /** Where the checkpoints of an unfinished run lie. */
  checkpointPath(key: string): string;
}

export interface StoreOptions {
  /** Changes nothing in the folder: no cleaning, no `put`, and unreadable files stay where they are. */
  readonly readOnly?: boolean;
  /** Hears one sentence for each record file that cannot be read. */
  readonly onProblem?: (sentence: string) => void;
}

/** Opens a store; the folder is made at the first `put`. A record file that cannot be read is moved aside, and its run counts as not done. */
export async function openStore(folder: string, { readOnly = false, onProblem = console.error }: StoreOptions = {}): Promise<Store> {
  const runs = join(folder, "runs"), temporary = join(folder, "tmp");
  const pathOf = (key: string) => join(runs, key.slice(0, 2), `${key}.json`);
  const checkpointPath = (key: string) => join(folder, "checkpoints", key);
  if (!readOnly) await removeStale(temporary);
  const told = new Set<string>();

  async function get(key: string): Promise<RunRecord | null> {
    const path = pathOf(key), text = await Deno.readTextFile(path).catch(nothingIfAbsent);
    if (text === null) return null;
    const record = parse(text), problem = typeof record === "string" ? record : record.key === key ? null : `it holds ${record.key}`;
    if (problem === null) return record as RunRecord;
    const aside = `${path}.unreadable-${Date.now()}`;
    if (!readOnly) await Deno.rename(path, aside).catch(nothingIfAbsent); // absent: another reader has moved it
    if (!readOnly || !told.has(path)) {
      onProblem(`Cannot read ${path} as it must be a whole record: ${problem}; it was ${readOnly ? "left out" : `moved to ${aside}`}`);
    }
    told.add(path);
    return null;
  }

  async function put(record: RunRecord): Promise<boolean> {
    if (readOnly) throw new Error(`Cannot store a run as ${folder} must be open for writing: it was opened to be read`);
    const path = pathOf(record.key), own = join(temporary, temporaryName());
    const won = await publish(path, own, JSON.stringify(record, null, 1) + "\n").catch((error) => {
      throw explainDiskError(error, folder);
    });
    await Deno.remove(checkpointPath(record.key), { recursive: true }).catch(nothingIfAbsent);
    return won;
  }

  async function list(): Promise<RunRecord[]> {
    const keys = (await names(runs, /^[0-9a-f]{2}$/)).map(async (prefix) => await names(join(runs, prefix), /^[0-9a-f]{64}\.json$/));
    const records: RunRecord[] = [];
    for (const name of (await Promise.all(keys)).flat().sort()) {
      const record = await get(name.slice(0, 64));
      if (record) records.push(record);
    }
    return records;
  }

  return { folder, get, put, list, checkpointPath };
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

/** The record, or what is wrong with it. */
function parse(text: string): RunRecord | string {
  try {
    const { data, error } = RunRecordSchema.safeParse(JSON.parse(text));
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

function nothingIfAbsent(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}

/** A full or read-only disk in one sentence with the remedy; every other error as it is. */
export function explainDiskError(error: unknown, folder: string): unknown {
  const { code } = error as { code?: string };
  const remedy = "the same command goes on where it stopped";
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new Error(`Cannot store a run as there must be room in ${folder}: the disk is full; free some space, ${remedy}`, { cause: error });
  }
  if (code === "EROFS" || error instanceof Deno.errors.PermissionDenied) {
    return new Error(`Cannot store a run as ${folder} must be writable: ${(error as Error).message}; give another --outputs, ${remedy}`, {
      cause: error,
    });
  }
  return error;
}
