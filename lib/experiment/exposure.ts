/** How often training meets a row. */
import type { RunConfig } from "./config.ts";

type Training = Pick<RunConfig["train"], "epochs" | "batchSize"> & Partial<Pick<RunConfig["train"], "maxSteps">>;

/** Rows that training reads, one that it reads again counted again; `maxSteps` is taken to be full batches. */
export function rowsRead({ epochs, batchSize, maxSteps }: Training, trainRows: number): number {
  return Math.min(epochs * trainRows, (maxSteps ?? Infinity) * batchSize);
}

/** Epochs in effect: `epochs`, or the share of them that a limit on steps leaves. */
export function epochsRead({ train, task }: Pick<RunConfig, "train" | "task">): number {
  return rowsRead(train, task.trainRows) / task.trainRows;
}
