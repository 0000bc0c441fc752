/** PyTorch's side: bench/peer/main.py as one long-lived process that is given a job at a time. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ModeError, type Outcome, type Side } from "./measure.ts";

/** What bench/peer/main.py's docstring says, without `modes` and `threads`. */
export type Job = { readonly kind: string } & Readonly<Record<string, unknown>>;

export interface PeerProcess {
  /** Runs a job in one mode; a mode that cannot run rejects with a ModeError. */
  run(job: Job, mode: string): Promise<Outcome>;
  close(): Promise<void>;
}

export interface PeerOptions {
  readonly python: string;
  /** For job files; the caller removes it. */
  readonly folder: string;
  readonly threads: number;
  readonly program?: string;
}

export const peerProgram = fileURLToPath(new URL("./peer/main.py", import.meta.url));

/** The folders named in jobs are local: nothing is to be looked up. */
export const peerEnvironment = { HF_HUB_OFFLINE: "1" };

/** The process starts with its first job. */
export function createPeer({ python, folder, threads, program = peerProgram }: PeerOptions): PeerProcess {
  let started: ReturnType<typeof start> | null = null, jobs = 0;
  return {
    async run(job, mode) {
      started ??= start(python, program);
      const path = join(folder, `job-${jobs++}.json`);
      await Deno.writeTextFile(path, JSON.stringify({ ...job, threads, modes: [mode] }));
      await started.writer.write(new TextEncoder().encode(`${path}\n`)).catch(() => {}); // a process that is gone is told of below
      const { value } = await started.answers.next();
      if (value === undefined) throw new Error(`Cannot time PyTorch as bench/peer must answer: ${lastLine(await started.said)}`);
      return readAnswer(value);
    },
    async close() {
      if (!started) return;
      await started.writer.close().catch(() => {});
      await Promise.all([started.child.status, started.said, started.answers.return(undefined)]);
    },
  };
}

/** The outcome in a line of bench/peer/main.py. */
export function readAnswer(line: string): Outcome {
  const { mode, error, seconds, evidence } = parse(line);
  if (error) throw new ModeError(`Cannot time PyTorch as its mode ${mode} must run: ${error}`);
  return { seconds, evidence };
}

function parse(line: string) {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new Error(`Cannot time PyTorch as its process must answer in JSON: ${line}`, { cause });
  }
}

/** One side for each mode. `warmUp` is a smaller job that warms as well as the whole; its outcome says nothing. */
export function peerSides(peer: PeerProcess | null, modes: readonly string[], job: Job, flops: number | null, warmUp?: Job): Side[] {
  if (!peer) return [];
  return modes.map((mode) => ({
    by: "PyTorch",
    mode,
    flops,
    async run(warming) {
      if (!warming || !warmUp) return await peer.run(job, mode);
      await peer.run(warmUp, mode);
      return { seconds: [], evidence: [] };
    },
  }));
}

function start(python: string, program: string) {
  const child = new Deno.Command(python, { args: [program, "-"], env: peerEnvironment, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  return { child, writer: child.stdin.getWriter(), answers: linesOf(child.stdout), said: textOf(child.stderr) };
}

export async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

export async function textOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return await new Response(stream).text();
}

export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) || "it ended without a word";
}
