/** PyTorch's side: bench/peer.py as one long-lived process that is given a job at a time. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stepFlops } from "./flops.ts";
import type { Block, Side } from "./measure.ts";
import type { StepCounts } from "./step.ts";
import type { MethodName, Workload } from "./workload.ts";

export interface PeerProcess {
  /** Runs the job (what bench/peer.py's docstring says, without `modes`) in one mode. */
  run(job: object, mode: string): Promise<Block>;
  close(): Promise<void>;
}

/** The best of these counts. f32-eager and f32-sdpa: kinds of attention, both with fused AdamW; f32-loop: AdamW tensor by tensor, on sdpa. */
export const peerModes: Readonly<Record<MethodName, readonly string[]>> = {
  lora: ["f32-eager", "f32-sdpa", "f32-loop"],
  full: ["f32-eager", "f32-sdpa"],
};

/** @param folder for job files; the caller removes it */
export function startPeer(python: string, folder: string, program = fileURLToPath(new URL("./peer.py", import.meta.url))): PeerProcess {
  const child = new Deno.Command(python, {
    args: [program, "-"],
    env: { HF_HUB_OFFLINE: "1" }, // the encoder is a local folder: nothing is to be looked up
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter(), answers = linesOf(child.stdout), said = textOf(child.stderr);
  let jobs = 0;
  return {
    async run(job, mode) {
      const path = join(folder, `job-${jobs++}.json`);
      await Deno.writeTextFile(path, JSON.stringify({ ...job, modes: [mode] }));
      await writer.write(new TextEncoder().encode(`${path}\n`)).catch(() => {}); // a process that is gone is told of below
      const { value } = await answers.next();
      if (value === undefined) throw new Error(`Cannot time PyTorch as bench/peer.py must answer: ${lastLine(await said)}`);
      const { error, ...block } = JSON.parse(value);
      if (error) throw new Error(`Cannot time PyTorch as its mode ${mode} must run: ${error}`);
      return block;
    },
    async close() {
      await writer.close().catch(() => {});
      await Promise.all([child.status, said, answers.return(undefined)]);
    },
  };
}

export function peerSides(peer: PeerProcess, model: string, { config, rows, whole }: Workload, counts: StepCounts, threads: number): Side[] {
  const { method, head, train: { learningRate, weightDecay } } = config, { warmupSteps, timedSteps } = counts;
  const batches = rows.map((batch) => ({ ids: batch.map(({ ids }) => [...ids]), labels: batch.map(({ label }) => label) }));
  const job = { model, batches, method, head, ...counts, learningRate, weightDecay, threads };
  const rank = method.name === "lora" ? method.rank : null;
  const timed = Array.from({ length: timedSteps }, (_, i) => rows[(warmupSteps + i) % rows.length]);
  const flops = timed.map((batch) => stepFlops(whole.encoder.config, { n: batch.length, t: longest(batch), classes: 2, rank }, "pytorch") // it pads to the longest row
  );
  const flopsPerStep = flops.reduce((sum, value) => sum + value, 0) / timedSteps;
  return peerModes[method.name].map((mode) => ({ by: "PyTorch", mode, flopsPerStep, run: () => peer.run(job, mode) }));
}

export function longest(rows: readonly { readonly ids: ArrayLike<unknown> }[]): number {
  return Math.max(...rows.map(({ ids }) => ids.length));
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

async function textOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return await new Response(stream).text();
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) || "it ended without a word";
}
