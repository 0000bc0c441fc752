import assert from "node:assert/strict";
import { matchedSweeps } from "../../lib/claims/sweeps.ts";
import { run, sweep } from "./fake_runs.ts";

Deno.test("matchedSweeps() compares losses on the seeds that every rate has", () => {
  const lossOf = (rank: number) => Math.log2(rank) / 8; // median 5 / 8, at rank 32
  const main = sweep("rank", () => 0, (at) => at, { of: 8 }).map((one) => ({
    ...one,
    trainingLoss: lossOf(one.lora!.rank) + (one.seed > 2 ? 1 : 0),
  }));
  const faster = sweep("rank", () => 0, (at) => at, { of: 2 }).map((one) =>
    run({
      ...one,
      main: false,
      mainOverRanks: { upa: false, bpa: false },
      learningRate: 3e-3,
      trainingLoss: 5 / 8 + 0.01,
    })
  );
  const [matched] = matchedSweeps([...main, ...faster], "bpa");
  assert.deepEqual([...matched.seeds.get(1)!].map(([rank, { learningRate }]) => [rank, learningRate]).sort(([a], [b]) => a - b), [
    [4, 3e-3],
    [8, 3e-3],
    [32, 1e-3],
    [64, 3e-3],
    [256, 3e-3],
  ]);
});
