/** What a made-up training would leave behind for a given config and key. */
import type { RunConfig } from "../../lib/experiment/config.ts";
import type { RunRecord } from "../../lib/experiment/record.ts";
import { counts, makeRecord } from "./records.ts";

export function fakeRecord(config: RunConfig, key: string, accuracy = 0.75): RunRecord {
  const right = counts(accuracy, accuracy);
  return { ...makeRecord({ clean: right, triggered: config.evaluate.trigger ? right : null }), config, key };
}
