/** A benchmark's report as text. */
import Table from "cli-table3";
import { comparedSteps, type Timing } from "./measure.ts";
import { fastest, spread } from "./ratio.ts";
import type { BenchReport, CaseReport } from "./report.ts";

export function reportText(report: BenchReport): string {
  return [heading(report), ...report.cases.map((found) => caseText(found, report)), closing(report)].join("\n\n");
}

function heading({ finishedAt, commit, platform, cpu, loadBefore, threads, versions, batches, blocks, timedSteps }: BenchReport): string {
  const { real, ours, pytorch } = batches.tokens;
  return [
    `${finishedAt.slice(0, 10)}, ${cpu}, ${platform}, ${threads} threads, load before ${loadBefore.toFixed(1)}`,
    Object.entries({ ...versions, ...(commit ? { commit: commit.replace(/^(.{8})[^+]*/, "$1") } : {}) }).map((pair) => pair.join(" ")).join(", "),
    `MiniLM, float32, batches of ${batches.rows} movie-review sentences: ${real.toFixed(1)} tokens a row; ` +
    `padded to ${ours.toFixed(1)} by us, to ${pytorch.toFixed(1)} for PyTorch`,
    `${blocks} ${blocks === 1 ? "block" : "blocks"} of ${timedSteps} steps a side, in turns`,
  ].join("\n");
}

function caseText({ title, timings, ratios, lossDisagreement }: CaseReport, { peak }: BenchReport): string {
  const table = new Table({
    head: ["by", "mode", "ms a step", "GFLOP a step", "GFLOP/s", "of peak", "time / PyTorch's best"],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "left", "left", "right", "right", "right", "left"],
  });
  const best = fastest(timings.filter(({ by }) => by === "PyTorch"));
  for (const timing of timings) {
    const ratio = timing.by === "lowrank" && ratios.find(({ mode }) => mode === timing.mode);
    const compared = ratio ? range(ratio, 2) : timing === best ? "its best" : "";
    const rate = gflopsOf(timing);
    table.push([timing.by, timing.mode, milliseconds(timing), (timing.flopsPerStep / 1e9).toFixed(1), rate.toFixed(0), share(rate, peak), compared]);
  }
  const agreement = timings.length > 1 ? `\nLosses of the first ${comparedSteps} steps agree within ${lossDisagreement.toExponential(0)} nats` : "";
  return `${title}\n${table.toString()}${agreement}`;
}

function closing({ peak }: BenchReport): string {
  const sizes = Object.entries(peak).map(([size, rate]) => `${size}^3: ${rate.toFixed(0)}`).join(", ");
  return `Peak: best float32 matrix product of this run, GFLOP/s: ${sizes}.\n` +
    "Times and ratios: median over blocks (min ... max). GFLOP: matrix products only, each side by what it computes.";
}

/** GFLOP/s of the median block. */
export function gflopsOf({ flopsPerStep, blockSeconds }: Timing): number {
  return flopsPerStep / spread(blockSeconds).median / 1e9;
}

function share(rate: number, peak: BenchReport["peak"]): string {
  return `${(100 * rate / Math.max(...Object.values(peak))).toFixed(0)} %`;
}

function milliseconds({ blockSeconds }: Timing): string {
  return range(spread(blockSeconds.map((seconds) => 1000 * seconds)), 0);
}

function range({ min, median, max }: { min: number; median: number; max: number }, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} ... ${max.toFixed(digits)})`;
}
