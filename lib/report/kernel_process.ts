/** Deno's own Jupyter kernel as a child process: ports, connection file, start, certain end. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "./wire.ts";

export interface KernelOptions {
  /** The path of deno. */
  deno: string;
  cwd?: string;
  /** Added to this process's environment. */
  env?: Record<string, string>;
  /** Keeps what the kernel writes to the terminal away from ours. */
  quiet?: boolean;
}

export interface Ended {
  code: number;
  signal: string | null;
  /** The end of what it wrote to stderr. */
  lastWords: string;
}

export interface KernelProcess {
  connection: Connection;
  ended: Promise<Ended>;
  /** The file holds the key, and nobody needs it once the kernel answers. */
  forgetConnectionFile(): Promise<void>;
  kill(): void;
}

const lastWordsLength = 4096; // characters
const lastWordsMs = 100; // stderr is read a little after the end; not until it closes, for a grandchild may hold it open

/** Starts `deno jupyter --kernel`. */
export async function startKernelProcess({ deno, cwd, env, quiet = false }: KernelOptions): Promise<KernelProcess> {
  const connection = localConnection();
  const folder = await mkdtemp(join(tmpdir(), "lowrank-kernel-")); // readable for its owner only
  const forgetConnectionFile = () => rm(folder, { recursive: true, force: true });
  const file = join(folder, "connection.json");
  await writeFile(file, JSON.stringify(connection), { mode: 0o600 });
  const args = ["jupyter", "--quiet", "--kernel", "--conn", file];
  const command = new Deno.Command(deno, { args, cwd, env, stdin: "null", stdout: quiet ? "null" : "inherit", stderr: "piped" });
  const child = spawn(command, deno);
  const words = listenTo(child.stderr, quiet);
  const ended = child.status.then(async ({ code, signal }) => {
    await Promise.race([words.closed, new Promise((resolve) => setTimeout(resolve, lastWordsMs))]);
    await forgetConnectionFile();
    return { code, signal, lastWords: words.last().trim() };
  });
  return { connection, ended, forgetConnectionFile, kill: () => kill(child) };
}

function spawn(command: Deno.Command, deno: string): Deno.ChildProcess {
  try {
    return command.spawn();
  } catch (error) {
    throw new Error(`Cannot start Deno's Jupyter kernel as deno must be at ${deno}: ${(error as Error).message}`);
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL"); // a computing cell heeds nothing less
  } catch {
    // it has ended
  }
}

/** Keeps the end of a stream, and passes it on to our stderr unless quiet. */
function listenTo(stream: ReadableStream<Uint8Array>, quiet: boolean): { closed: Promise<void>; last(): string } {
  const decoder = new TextDecoder();
  let last = "";
  const closed = (async () => {
    for await (const bytes of stream) {
      if (!quiet) await Deno.stderr.write(bytes);
      last = (last + decoder.decode(bytes, { stream: true })).slice(-lastWordsLength);
    }
  })();
  return { closed, last: () => last };
}

/** A connection on five free local ports, all held at once so that they differ. */
function localConnection(): Connection {
  const listeners = Array.from({ length: 5 }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const [shell_port, control_port, stdin_port, iopub_port, hb_port] = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  const place = { ip: "127.0.0.1", transport: "tcp", key: randomUUID(), signature_scheme: "hmac-sha256" };
  return { ...place, shell_port, control_port, stdin_port, iopub_port, hb_port };
}

/** How a kernel ended, in words. */
export function describeEnd({ code, signal, lastWords }: Ended): string {
  const how = signal ? `it was ended by ${signal}` : `it ended with exit code ${code}`;
  if (/out of memory|heap limit/i.test(lastWords)) return `${how}, out of memory. Set DENO_V8_FLAGS=--max-old-space-size=MEGABYTES for a larger heap`;
  return lastWords ? `${how}, ${lastWords.split("\n").slice(-3).join(" ")}` : how;
}
