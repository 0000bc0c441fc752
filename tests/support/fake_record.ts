/** What a made-up training would leave behind for a given config and key. */
import type { RunConfig } from "../../lib/experiment/config.ts";
import type { RunRecord } from "../../lib/experiment/record.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import { counts, makeRecord } from "./records.ts";

/** A run of no interest. */
export const smallConfig = resolveConfig({
  task: { trainRows: 10, validationRows: 10, testRows: 10 },
  attack: { name: "none" },
  method: { name: "full" },
  train: { epochs: 1, batchSize: 2, learningRate: 1e-4 },
  seed: 1,
});

export function fakeRecord(config: RunConfig, key: string, accuracy = 0.75): RunRecord {
  const right = counts(accuracy, accuracy);
  const record = makeRecord({ clean: right });
  return { ...record, result: { ...record.result, changed: config.evaluate.changes.map(() => right) }, config, key };
}
