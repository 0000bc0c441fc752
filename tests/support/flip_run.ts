/** A small run under label flips, for sweeps that train nothing. */
import type { RunConfig } from "../../lib/experiment/config.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";

export const flipRun = (rate: number, seed: number): RunConfig =>
  resolveConfig({
    task: { trainRows: 100, validationRows: 10, testRows: 10 },
    attack: { name: "upa", poisonRate: rate },
    method: { name: "full" },
    train: { epochs: 1, batchSize: 10, learningRate: 1e-4 },
    seed,
  });
