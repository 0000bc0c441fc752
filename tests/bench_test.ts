import assert from "node:assert/strict";
import { stepFlops } from "../bench/flops.ts";
import { largestDisagreement, measureInTurns, type Side, type Timing } from "../bench/measure.ts";
import { startPeer } from "../bench/peer.ts";
import { obtainPeerPython } from "../bench/peer_python.ts";
import { fastest, ratios } from "../bench/ratio.ts";
import type { BenchReport } from "../bench/report.ts";
import { reportText } from "../bench/table.ts";
import { run } from "./support/command.ts";

const miniLM = { layers: 6, width: 384, heads: 12, innerWidth: 1536, vocabularySize: 30522, maxPositions: 512, layerNormEpsilon: 1e-12 };

const timing = (by: Timing["by"], mode: string, ...blockSeconds: number[]): Timing => ({ by, mode, flopsPerStep: 4e10, blockSeconds, losses: [0.7] });
const timings = [
  timing("lowrank", "f32", 0.2, 0.3, 0.22),
  timing("PyTorch", "f32-eager", 0.25, 0.2, 0.25),
  timing("PyTorch", "f32-sdpa", 0.1, 0.4, 0.4), // the best block, but not the best median
];

Deno.test("stepFlops() counts what torch.utils.flop_counter counts for transformers and PEFT", () => {
  const count = (t: number, rank: number | null) => stepFlops(miniLM, { n: 32, t, classes: 2, rank }, "pytorch");
  assert.equal(count(44, 8), 63058775040);
  assert.equal(count(14, 8), 19706711040);
  assert.equal(count(44, null), 91432304640);
  assert.equal(count(14, null), 28739911680);
});

Deno.test("stepFlops() counts the products of our traced step", () => {
  const count = (rank: number | null) => stepFlops(miniLM, { n: 32, t: 48, classes: 2, rank }, "ours");
  assert.equal(count(null), 86272524288);
  const belowFirstAdapters = 3 * 2 * (32 * 48) * 384 * 384; // traced, but nothing reads them: TensorFlow drops them
  assert.equal(count(8), 60036724736 - belowFirstAdapters);
});

Deno.test("measureInTurns() turns the order round every block and keeps no time of block 0", async () => {
  const order: string[] = [];
  const side = (mode: string, seconds: number[]): Side => ({
    by: "lowrank",
    mode,
    flopsPerStep: 1,
    run: () => Promise.resolve({ secondsPerStep: [seconds[0], seconds.shift()! + 2], losses: [0.5] }),
  });
  let blocksSeen = 0;
  const found = await measureInTurns(
    [side("a", [100, 1, 2]), side("b", [100, 3, 4])],
    2,
    ({ mode }, block) => void order.push(`${mode}${block}`),
    () => {
      blocksSeen++;
      return Promise.resolve();
    },
  );
  assert.deepEqual(order, ["a0", "b0", "b1", "a1", "a2", "b2"]);
  assert.deepEqual(found.map(({ blockSeconds }) => blockSeconds), [[2, 3], [4, 5]]);
  assert.equal(blocksSeen, 3);
});

Deno.test("largestDisagreement() refuses sides that did not do the same work", () => {
  assert.equal(largestDisagreement([[0.5, 0.25, 9], [0.5, 0.2505]]).toFixed(6), "0.000500");
  assert.equal(largestDisagreement([[0.5]]), 0);
  assert.throws(() => largestDisagreement([[0.7, 0.6], [0.7, 0.61]]), {
    message: "Cannot compare the sides as their losses must agree within 0.001 over the first 2 steps: 0.7000 0.6000; 0.7000 0.6100",
  });
});

Deno.test("ratios() compares within each block, with the peer's mode that is best over all blocks", () => {
  assert.equal(fastest(timings.slice(1))!.mode, "f32-eager");
  const [ratio] = ratios(timings);
  assert.deepEqual(ratio, { mode: "f32", against: "f32-eager", blocks: [0.8, 0.3 / 0.2, 0.88], min: 0.8, median: 0.88, max: 0.3 / 0.2 });
  assert.deepEqual(ratios(timings.slice(0, 1)), []);
});

const report: BenchReport = {
  schema: 1,
  finishedAt: "2026-01-02T03:04:05.000Z",
  commit: "0123456789abcdef+",
  platform: "linux x86_64",
  cpu: "Some Processor (2 cores)",
  loadBefore: 0.04,
  threads: 2,
  versions: { deno: "2.9.5", torch: "2.15.0" },
  batches: { rows: 32, tokens: { real: 27.73, ours: 32, pytorch: 29 } },
  blocks: 3,
  warmupSteps: 3,
  timedSteps: 20,
  peak: { 1024: 240, 2048: 250 },
  cases: [{ name: "lora", title: "LoRA step", timings, ratios: ratios(timings), lossDisagreement: 2e-7 }],
};

Deno.test("reportText() says where, with what, on what, and how fast", () => {
  assert.equal(
    reportText(report),
    `2026-01-02, Some Processor (2 cores), linux x86_64, 2 threads, load before 0.0
deno 2.9.5, torch 2.15.0, commit 01234567+
MiniLM, float32, batches of 32 movie-review sentences: 27.7 tokens a row; padded to 32.0 by us, to 29.0 for PyTorch
3 blocks of 20 steps a side, in turns

LoRA step
┌─────────┬───────────┬───────────────────┬──────────────┬─────────┬─────────┬───────────────────────┐
│ by      │ mode      │ ms a step         │ GFLOP a step │ GFLOP/s │ of peak │ time / PyTorch's best │
├─────────┼───────────┼───────────────────┼──────────────┼─────────┼─────────┼───────────────────────┤
│ lowrank │ f32       │ 220 (200 ... 300) │         40.0 │     182 │    73 % │ 0.88 (0.80 ... 1.50)  │
│ PyTorch │ f32-eager │ 250 (200 ... 250) │         40.0 │     160 │    64 % │ its best              │
│ PyTorch │ f32-sdpa  │ 400 (100 ... 400) │         40.0 │     100 │    40 % │                       │
└─────────┴───────────┴───────────────────┴──────────────┴─────────┴─────────┴───────────────────────┘
Losses of the first 4 steps agree within 2e-7 nats

Peak: best float32 matrix product of this run, GFLOP/s: 1024^3: 240, 2048^3: 250.
Times and ratios: median over blocks (min ... max). GFLOP: matrix products only, each side by what it computes.`,
  );
});

Deno.test({
  name: "startPeer() gives a job at a time to one process and says what went wrong",
  ignore: Deno.build.os === "windows", // the stand-in for Python is a shell script
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const script = `${folder}/peer.sh`;
      await Deno.writeTextFile(
        script,
        `while read -r job; do
  case $(cat "$job") in
    *bad*) echo '{"mode":"f32","error":"ValueError: no such thing"}';;
    *gone*) echo 'Traceback' >&2; echo 'MemoryError: too large' >&2; exit 1;;
    *) echo '{"mode":"f32","secondsPerStep":[0.5],"losses":[0.7,0.6]}';;
  esac
done
`,
      );
      const peer = startPeer("sh", folder, script);
      assert.deepEqual(await peer.run({ name: "good" }, "f32"), { mode: "f32", secondsPerStep: [0.5], losses: [0.7, 0.6] });
      await assert.rejects(peer.run({ name: "bad" }, "f32"), {
        message: "Cannot time PyTorch as its mode f32 must run: ValueError: no such thing",
      });
      await assert.rejects(peer.run({ name: "gone" }, "f32"), {
        message: "Cannot time PyTorch as bench/peer.py must answer: MemoryError: too large",
      });
      await peer.close();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("obtainPeerPython() says how to do without a Python that lacks the packages", async () => {
  await assert.rejects(
    obtainPeerPython(() => {}, "/nowhere/python"),
    /^Error: Cannot time PyTorch as \/nowhere\/python must have torch, transformers, peft: .*\. You can set LOWRANK_PYTHON_PEER to .*, or give --no-peer$/,
  );
});

Deno.test("bench --help answers without starting anything", async () => {
  const { code, stdout, stderr } = await run("bench/main.ts", ["--help"], { PATH: "", LOWRANK_CACHE: "/nowhere" });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Usage: lowrank bench \[options\]/);
  for (const option of ["--only", "--blocks", "--steps", "--threads", "--json", "--no-peer", "LOWRANK_PYTHON_PEER"]) {
    assert.ok(stdout.includes(option));
  }
});

Deno.test("bench refuses an unknown case and a count of nothing, with 2", async () => {
  const unknown = await run("bench/main.ts", ["--only", "lora,dora"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /Each case must be one of lora, full: dora/);
  const none = await run("bench/main.ts", ["--blocks", "0"]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /It must be a whole number from 1 to 99999: 0/);
});
