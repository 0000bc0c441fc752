/** A benchmark's report as text. */
import Table from "cli-table3";
import { bytes } from "../lib/cli/units.ts";
import { percent, range } from "./aims.ts";
import type { Timing } from "./measure.ts";
import { gflopsOf, type Peak, peakOf } from "./peak.ts";
import { comparedWith, spread } from "./ratio.ts";
import type { BenchReport, CaseReport } from "./report.ts";

export function reportText(report: BenchReport): string {
  const cases = report.cases.map((found) => caseText(found, report.peaks[found.precision] ?? {}));
  return [heading(report), ...cases, aimsText(report.cases), closing(report)].filter(Boolean).join("\n\n");
}

function heading({ finishedAt, commit, platform, cpu, loadBefore, threads, versions }: BenchReport): string {
  return [
    `${finishedAt.slice(0, 10)}, ${cpu}, ${platform}, ${threads} threads, load before ${loadBefore.toFixed(1)}`,
    Object.entries({ ...versions, ...(commit ? { commit: commit.replace(/^(.{8})[^+]*/, "$1") } : {}) }).map((pair) => pair.join(" ")).join(", "),
  ].join("\n");
}

function caseText(found: CaseReport, peak: Peak): string {
  const { name, title, unit, precision, notes, blocks, steps, timings, failures, agreement } = found;
  const lines = [
    `${name}: ${title} (${precision})`,
    ...notes,
    `${blocks} ${blocks === 1 ? "block" : "blocks"} a side, in turns${unit === "step" ? `, of ${steps} steps` : ""}`,
    timesText(found, peak),
  ];
  if (agreement) {
    const { what, unit: of, tolerance, found } = agreement;
    lines.push(`Agreement of the ${what}: within ${[found.toExponential(0), of].join(" ").trim()} (asked: ${tolerance})`);
  }
  for (const { peakMemoryBytes } of timings) if (peakMemoryBytes) lines.push(`Peak memory of our process: ${bytes(peakMemoryBytes)}`);
  for (const { error } of failures) lines.push(`Left out: ${error}`);
  return lines.join("\n");
}

/** A row for each mode of each side; what a case does not count has no column. */
function timesText({ unit, timings, ratios }: CaseReport, peak: Peak): string {
  const [scale, digits, time] = unit === "step" ? [1000, 0, "ms"] : [1, 1, "s"];
  const { timing: other, share } = comparedWith(timings) ?? { timing: null, share: "PyTorch's best" },
    counted = timings.some(({ flops }) => flops !== null);
  const compared = (timing: Timing) => {
    const ratio = timing.by === "lowrank" && ratios.find(({ mode }) => mode === timing.mode);
    return ratio ? range(ratio, 2) : timing !== other ? "" : timing.baseline ? "itself" : "its best";
  };
  const rate = (timing: Timing, text: (gflops: number) => string) => timing.flops === null ? "" : text(gflopsOf(timing)!);
  const columns: [head: string, align: "left" | "right", cell: (timing: Timing) => string][] = [
    ["by", "left", ({ by }) => by],
    ["mode", "left", ({ mode }) => mode],
    [`${time} / ${unit}`, "left", ({ blockSeconds }) => range(spread(blockSeconds.map((seconds) => scale * seconds)), digits)],
    ["block 0", "right", ({ firstSeconds }) => firstSeconds === null ? "" : (scale * firstSeconds).toFixed(digits)],
    ...(counted
      ? [
        [`GFLOP / ${unit}`, "right", ({ flops }) => flops === null ? "" : (flops / 1e9).toFixed(1)],
        ["GFLOP/s", "right", (timing) => rate(timing, (gflops) => gflops.toFixed(0))],
        ["of peak", "right", (timing) => rate(timing, (gflops) => percent(gflops / peakOf(peak)))],
      ] satisfies typeof columns
      : []),
    [`time / ${share}`, "left", compared],
  ];
  const table = createTable(columns.map(([head]) => head), columns.map(([, align]) => align));
  for (const timing of timings) table.push(columns.map(([, , cell]) => cell(timing)));
  return table.toString();
}

function aimsText(cases: readonly CaseReport[]): string {
  const table = createTable(["case", "ours", "measure", "found", "aim", ""], ["left", "left", "left", "left", "left", "left"]);
  for (const { name, verdicts } of cases) {
    for (const { mode, measure, found, aim, met } of verdicts) table.push([name, mode, measure, found, aim, met ? "met" : "missed"]);
  }
  return table.length ? `Aims\n${table.toString()}` : "";
}

function closing({ peaks, failed }: BenchReport): string {
  const lines = Object.entries(peaks).filter(([, peak]) => peakOf(peak) > 0).map(([precision, peak]) => {
    const sizes = Object.entries(peak).map(([size, rate]) => `${size}^3: ${rate.toFixed(0)}`).join(", ");
    return `Peak: best ${precision} matrix product of this run, GFLOP/s: ${sizes}.`;
  });
  lines.push(
    "Times and ratios: median over blocks (min ... max); block 0 warms up and does not count. GFLOP: matrix products only, each side by what it computes.",
  );
  for (const { name, error } of failed) lines.push(`No result for ${name}: ${error}`);
  return lines.join("\n");
}

function createTable(head: string[], colAligns: ("left" | "right")[]) {
  return new Table({ head, style: { head: [], border: [], compact: true }, colAligns });
}
