/** Temporary files and folders that say whose they are, so that those of dead processes can be told from those in use. */
import { readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import process from "node:process";

// Hosts share home directories and containers reuse process numbers, so a name is signed with host, process and start.
const host = hostname().replaceAll(/[^A-Za-z0-9-]/g, "-");
const start = Math.round(performance.timeOrigin).toString(36);
const dayMs = 24 * 60 * 60 * 1000;

/** A new name: `<host>.<pid>.<start>.<uuid>`. */
export function temporaryName(): string {
  return `${host}.${process.pid}.${start}.${crypto.randomUUID()}`;
}

/**
 * Removes what processes that are gone have left in `folder`: everything in it, or where other things are there too, what is called
 * `prefix` and then a temporary name. A process is gone by its number on this host; anything else is left over after a day.
 */
export async function removeStale(folder: string, prefix = ""): Promise<void> {
  const names = await readdir(folder).catch(() => []); // a folder that cannot be read is told of by whoever uses it
  for (const name of names.filter((name) => name.startsWith(prefix))) {
    const path = join(folder, name);
    if (await isStale(path, name.slice(prefix.length))) await rm(path, { recursive: true, force: true }).catch(() => {}); // others clean too
  }
}

async function isStale(path: string, name: string): Promise<boolean> {
  const [itsHost, itsProcess, itsStart] = name.split(".");
  if (itsHost === host && Number(itsProcess) === process.pid) return itsStart !== start;
  if (itsHost === host && !isAlive(Number(itsProcess))) return true;
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
  return Date.now() - mtimeMs > dayMs;
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0); // signal 0 asks only whether the process is there
  } catch (error) {
    return (error as { code?: string }).code === "EPERM"; // there, but somebody else's
  }
}
