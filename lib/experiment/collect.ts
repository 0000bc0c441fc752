/** The records of a set of runs, as far as they are there. */
import type { RunConfig } from "./config.ts";
import type { DigestsOf } from "./inputs.ts";
import type { Source } from "./published.ts";
import type { RunRecord } from "./record.ts";
import { planSweep } from "./sweep.ts";

/** In a sweep's order; runs that the source has no record of are left out. Records of other configs or recipes never come in. */
export async function collect(configs: readonly RunConfig[], source: Source, digestsOf: DigestsOf): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  for (const { key } of await planSweep(configs, digestsOf)) {
    const record = await source.get(key);
    if (record) records.push(record);
  }
  return records;
}
