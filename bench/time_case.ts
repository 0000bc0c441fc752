/** One case from its name to its report: prepared, timed in turns, compared. */
import type { Progress } from "../lib/cli/progress.ts";
import { largestDisagreement } from "./agreement.ts";
import type { BenchCase, Contest, Stage } from "./case.ts";
import type { PeakMeter } from "./matmul.ts";
import { measureInTurns } from "./measure.ts";
import { createPeer } from "./peer.ts";
import { ratios } from "./ratio.ts";
import type { CaseReport } from "./report.ts";

/** Of matrix products after each block, at each size. */
const peakSeconds = 0.4;

/** A case's report, not judged yet: the peak may be met later. */
export type Timed = Omit<CaseReport, "verdicts">;

export interface Setting extends Omit<Stage, "peer" | "precision"> {
  readonly blocks: number;
  readonly meter: PeakMeter;
  readonly progress: Progress;
}

export async function timeCase(bench: BenchCase, setting: Setting): Promise<Timed> {
  const { python, folder, threads, progress } = setting, { name, precision } = bench;
  const peer = python === null ? null : createPeer({ python, folder, threads }), bar = progress.bar(name);
  let contest: Contest | null = null;
  try {
    bar.update(0, "preparing");
    contest = await (await bench.load())({ ...setting, peer, precision });
    return await timeContest(bench, contest, setting, (share, text) => bar.update(share, text));
  } finally {
    bar.remove();
    contest?.close?.();
    await peer?.close();
  }
}

async function timeContest(
  { name, unit, precision }: BenchCase,
  { title, notes, agreement, sides }: Contest,
  { blocks, steps, meter }: Setting,
  tell: (share: number, text: string) => void,
): Promise<Timed> {
  const runs = sides.length * (blocks + 1);
  let done = 0, largest = 0, compared = false;
  const { timings, failures } = await measureInTurns(sides, blocks, {
    onRun: ({ by, mode }, block) => tell(done++ / runs, `${block ? `block ${block} of ${blocks}` : "warming up"}, ${by} ${mode}`),
    async afterBlock(evidence) {
      const found = evidence.filter(({ length }) => length > 0);
      largest = Math.max(largest, largestDisagreement(found, agreement));
      compared ||= found.length > 1;
      await meter.measure(peakSeconds);
    },
  });
  const { what, unit: of, tolerance } = agreement;
  return {
    name,
    title,
    unit,
    precision,
    notes,
    blocks,
    steps,
    timings,
    failures,
    ratios: ratios(timings),
    agreement: compared ? { what, unit: of, tolerance, found: largest } : null,
  };
}
