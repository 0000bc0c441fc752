import assert from "node:assert/strict";
import { createRng } from "../../lib/math/random.ts";
import { entropyGrid, expectedRenyiHalf, expectedShannon, geometric, releasedGrid } from "../../lib/ntk/entropy_grid.ts";
import { renyiEntropy, shannonEntropy } from "../../lib/ntk/information.ts";
import { drawA, loraSpectrum } from "../../lib/ntk/lora_spectrum.ts";
import { engineTest } from "../support/tensorflow.ts";

const near = (a: number, b: number, tolerance: number) => assert.ok(Math.abs(a - b) <= tolerance, `${a} and ${b} differ by ${Math.abs(a - b)}`);

Deno.test("geometric() has a constant ratio and exact ends: the grid of the released code", () => {
  const { ranks, variances } = releasedGrid;
  assert.deepEqual([ranks.length, ranks[0], ranks[39], variances.length, variances[0], variances[39]], [40, 4, 256, 40, 0.01, 1.5]);
  for (let i = 1; i < 40; i++) near(ranks[i] / ranks[i - 1], 64 ** (1 / 39), 1e-12);
  assert.deepEqual(geometric(1, 4, 3), [1, 2, 4]);
});

engineTest("entropyGrid() gives every draw, rank and variance once, ranks rounded", () => {
  const cells = entropyGrid({ width: 64, ranks: [3.6, 4.2, 8], variances: [0.1, 1], draws: 2 }, createRng(1));
  assert.deepEqual(
    cells.map(({ draw, rank, initVariance }) => [draw, rank, initVariance].join(" ")),
    ["0 4 0.1", "0 4 1", "0 8 0.1", "0 8 1", "1 4 0.1", "1 4 1", "1 8 0.1", "1 8 1"],
  );
});

engineTest("entropyGrid() agrees with the spectrum of A as it is drawn at that rank and that variance", () => {
  const rng = createRng(3), width = 256, cells = entropyGrid({ width, ranks: [8, 32], variances: [0.001, 1 / 3, 2], draws: 1 }, rng);
  for (const { rank, initVariance, logTrace, renyiHalf, shannon } of cells) {
    const spectrum = loraSpectrum(drawA({ rank, init: "kaiming-uniform", initVariance }, width, createRng(3).fork(0)));
    near(logTrace, Math.log(spectrum.reduce((sum, value) => sum + value, 0)), 1e-5); // A is drawn in float32
    near(renyiHalf, renyiEntropy(spectrum, 0.5, "raw"), 1e-5);
    near(shannon, shannonEntropy(spectrum), 1e-5);
  }
});

engineTest("entropyGrid(): the trace is near k r, and only the raw entropies know k", () => {
  const cells = entropyGrid({ width: 1024, ranks: [8, 64], variances: [0.01, 1], draws: 2 }, createRng(4));
  for (const { rank, initVariance, logTrace } of cells) near(logTrace, Math.log(rank * initVariance), 0.05);
  for (const [rank, own] of Map.groupBy(cells, ({ rank }) => rank)) {
    for (const draw of [0, 1]) {
      const [low, high] = own.filter((cell) => cell.draw === draw);
      near(high.renyiHalf - low.renyiHalf, Math.log(100), 1e-12);
      assert.equal(high.shannon, low.shannon);
      assert.ok(low.shannon < Math.log(rank) && low.shannon > Math.log(rank) - 0.05);
    }
  }
});

Deno.test("expectedShannon() and expectedRenyiHalf() are what NumPy's draws of width 1,024 have in the mean, where ln r is off by up to 0.125", () => {
  for (const [rank, shannon, renyi] of [[8, 2.0758, 4.1587], [64, 4.1281, 8.3015], [256, 5.4205, 11.0250]]) {
    near(expectedShannon(rank, 1024), shannon, 0.001);
    near(expectedRenyiHalf(rank, 1, 1024), renyi, 0.004);
    near(expectedRenyiHalf(rank, 0.01, 1024), renyi + Math.log(0.01), 0.004);
  }
});
