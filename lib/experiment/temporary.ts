/** Temporary files that say whose they are, so that those of dead processes can be told from those being written. */
import { hostname } from "node:os";
import { join } from "node:path";
import process from "node:process";

const dayMs = 24 * 60 * 60 * 1000;

/** `<host>.<pid>.<uuid>`. */
export function temporaryName(): string {
  return `${host()}.${Deno.pid}.${crypto.randomUUID()}`;
}

/** Removes the temporary files whose process is gone: by its number on this host, by age (a day) on others. */
export async function removeStale(folder: string): Promise<void> {
  let entries: Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  for (const { name } of entries) {
    const [owner, pid] = name.split("."), path = join(folder, name);
    const stale = owner === host() ? !isAlive(Number(pid)) : await olderThan(path, dayMs);
    if (stale) await Deno.remove(path).catch(() => {}); // another process may be cleaning too
  }
}

function host(): string {
  return hostname().replace(/[^A-Za-z0-9-]/g, "-");
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0); // signal 0 asks only whether the process is there
  } catch (error) {
    return (error as { code?: string }).code === "EPERM"; // there, but somebody else's
  }
}

async function olderThan(path: string, ms: number): Promise<boolean> {
  const written = await Deno.stat(path).then((info) => info.mtime?.getTime() ?? Date.now(), () => Date.now());
  return Date.now() - written > ms;
}
