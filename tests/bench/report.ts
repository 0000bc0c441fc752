import assert from "node:assert/strict";
import { verdicts } from "../../bench/aims.ts";
import type { Timing } from "../../bench/measure.ts";
import { fastest, ratios } from "../../bench/ratio.ts";
import type { BenchReport } from "../../bench/report.ts";
import { reportText } from "../../bench/table.ts";
import { assertClose } from "../support/close.ts";

const timing = (by: Timing["by"], mode: string, ...blockSeconds: number[]): Timing => ({
  by,
  mode,
  flops: 4e10,
  blockSeconds,
  firstSeconds: 1.5,
  evidence: [0.7],
});
const timings = [
  timing("lowrank", "f32", 0.2, 0.3, 0.22),
  timing("PyTorch", "f32-eager", 0.25, 0.2, 0.25),
  timing("PyTorch", "f32-sdpa", 0.1, 0.4, 0.4), // the best block, but not the best median
];
const peak = { 1024: 240, 2048: 250 }, [ratio] = ratios(timings);

Deno.test("ratios() compares within each block, with the peer's mode that is best over all blocks", () => {
  assert.equal(fastest(timings.slice(1))!.mode, "f32-eager");
  assert.deepEqual(ratio, {
    mode: "f32",
    share: "PyTorch's best",
    against: "f32-eager",
    blocks: [0.8, 0.3 / 0.2, 0.88],
    min: 0.8,
    median: 0.88,
    max: 0.3 / 0.2,
  });
  assert.deepEqual(ratios(timings.slice(0, 1)), []);
});

Deno.test("ratios() compares our modes with our own baseline where there is one, and the table and aims say so", () => {
  const own = [{ ...timing("lowrank", "LoRA", 0.2, 0.4), baseline: true as const }, timing("lowrank", "RoRA", 0.3, 0.5)];
  const [found, ...others] = ratios([...own, timings[1]]);
  assert.deepEqual([found.mode, found.share, found.against, others], ["RoRA", "LoRA's", "LoRA", []]);
  assertClose(found.blocks, [1.5, 1.25], 1e-12);
  assert.deepEqual(verdicts({ ratio: 1.1 }, own[1], found, peak).map(({ measure, met }) => [measure, met]), [["time / LoRA's", false]]);
  const text = reportText({ ...report, cases: [{ ...report.cases[0], timings: own, ratios: [found], verdicts: [] }], failed: [] });
  assert.match(text, /│ time \/ LoRA's +│/);
  assert.match(text, /│ LoRA .*│ itself +│\n│ lowrank │ RoRA .*│ 1.38 \(1.25 ... 1.50\) │/);
});

Deno.test("verdicts() judges medians, one verdict for each part of the aim that was measured", () => {
  const ours = { ...timings[0], peakMemoryBytes: 5e9 };
  const judge = (aim: Parameters<typeof verdicts>[0], compared: typeof ratio | null = ratio) =>
    verdicts(aim, ours, compared ?? undefined, peak).map(({ measure, found, aim, met }) => `${measure} ${found} ${aim} ${met}`);
  assert.deepEqual(judge({ ratio: 0.88, peakShare: 0.75 }), [
    "time / PyTorch's best 0.88 (0.80 ... 1.50) <= 0.88 true",
    "GFLOP/s of peak 73 % >= 75 % false",
  ]);
  assert.deepEqual(judge({ seconds: 0.2, ratio: 0.8 }), [
    "time / PyTorch's best 0.88 (0.80 ... 1.50) <= 0.8 false",
    "seconds 0.2 (0.2 ... 0.3) <= 0.2 false",
  ]);
  assert.deepEqual(judge({ ratio: 0.8, peakMemoryBytes: 12e9 }, null), ["peak memory 5.0 GB <= 12.0 GB true"]);
  assert.deepEqual(verdicts({ peakShare: 0.7, peakMemoryBytes: 1 }, { ...timings[0], flops: null }, ratio, peak), []);
});

const report: BenchReport = {
  schema: 2,
  finishedAt: "2026-01-02T03:04:05.000Z",
  commit: "0123456789abcdef+",
  platform: "linux x86_64",
  cpu: "Some Processor (2 cores)",
  loadBefore: 0.04,
  threads: 2,
  versions: { deno: "2.9.5", torch: "2.15.0" },
  peaks: { f32: peak },
  cases: [
    {
      name: "lora",
      title: "LoRA step",
      unit: "step",
      precision: "f32",
      notes: ["Batches of 32"],
      blocks: 3,
      steps: 20,
      timings,
      failures: [{ mode: "f32-sdpa-compile", error: "Cannot time PyTorch as its mode f32-sdpa-compile must run: no compiler" }],
      ratios: [ratio],
      agreement: { what: "losses", unit: "nats", tolerance: 0.001, found: 2e-7 },
      verdicts: verdicts({ ratio: 0.8, peakShare: 0.7 }, timings[0], ratio, peak),
    },
    {
      name: "epoch",
      title: "An epoch",
      unit: "epoch",
      precision: "f32",
      notes: [],
      blocks: 1,
      steps: 63,
      timings: [{ ...timing("lowrank", "traced anew", 12.34), flops: null, firstSeconds: null, peakMemoryBytes: 5.1e9 }],
      failures: [],
      ratios: [],
      agreement: null,
      verdicts: [],
    },
  ],
  failed: [{ name: "base", error: "Cannot go on: it broke" }],
};

Deno.test("reportText() says where, with what, on what, how fast, and whether the aims are met", () => {
  assert.equal(
    reportText(report),
    `2026-01-02, Some Processor (2 cores), linux x86_64, 2 threads, load before 0.0
deno 2.9.5, torch 2.15.0, commit 01234567+

lora: LoRA step (f32)
Batches of 32
3 blocks a side, in turns, of 20 steps
┌─────────┬───────────┬───────────────────┬─────────┬──────────────┬─────────┬─────────┬───────────────────────┐
│ by      │ mode      │ ms / step         │ block 0 │ GFLOP / step │ GFLOP/s │ of peak │ time / PyTorch's best │
├─────────┼───────────┼───────────────────┼─────────┼──────────────┼─────────┼─────────┼───────────────────────┤
│ lowrank │ f32       │ 220 (200 ... 300) │    1500 │         40.0 │     182 │    73 % │ 0.88 (0.80 ... 1.50)  │
│ PyTorch │ f32-eager │ 250 (200 ... 250) │    1500 │         40.0 │     160 │    64 % │ its best              │
│ PyTorch │ f32-sdpa  │ 400 (100 ... 400) │    1500 │         40.0 │     100 │    40 % │                       │
└─────────┴───────────┴───────────────────┴─────────┴──────────────┴─────────┴─────────┴───────────────────────┘
Agreement of the losses: within 2e-7 nats (asked: 0.001)
Left out: Cannot time PyTorch as its mode f32-sdpa-compile must run: no compiler

epoch: An epoch (f32)
1 block a side, in turns
┌─────────┬─────────────┬──────────────────────┬─────────┬───────────────────────┐
│ by      │ mode        │ s / epoch            │ block 0 │ time / PyTorch's best │
├─────────┼─────────────┼──────────────────────┼─────────┼───────────────────────┤
│ lowrank │ traced anew │ 12.3 (12.3 ... 12.3) │         │                       │
└─────────┴─────────────┴──────────────────────┴─────────┴───────────────────────┘
Peak memory of our process: 5.1 GB

Aims
┌──────┬──────┬───────────────────────┬──────────────────────┬─────────┬────────┐
│ case │ ours │ measure               │ found                │ aim     │        │
├──────┼──────┼───────────────────────┼──────────────────────┼─────────┼────────┤
│ lora │ f32  │ time / PyTorch's best │ 0.88 (0.80 ... 1.50) │ <= 0.8  │ missed │
│ lora │ f32  │ GFLOP/s of peak       │ 73 %                 │ >= 70 % │ met    │
└──────┴──────┴───────────────────────┴──────────────────────┴─────────┴────────┘

Peak: best f32 matrix product of this run, GFLOP/s: 1024^3: 240, 2048^3: 250.
Times and ratios: median over blocks (min ... max); block 0 warms up and does not count. GFLOP: matrix products only, each side by what it computes.
No result for base: Cannot go on: it broke`,
  );
});
