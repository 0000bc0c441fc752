/** The records of a set of runs, as far as they are there. */
import type { RunConfig } from "./config.ts";
import type { DigestsOf } from "./inputs.ts";
import type { RunRecord } from "./record.ts";
import type { Store } from "./store.ts";
import { planSweep } from "./sweep.ts";

/** In a sweep's order; runs that no store record answers to are left out. Records of other configs or recipes never come in. */
export async function collect(configs: readonly RunConfig[], store: Pick<Store, "get">, digestsOf: DigestsOf): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  for (const { key } of await planSweep(configs, digestsOf)) {
    const record = await store.get(key);
    if (record) records.push(record);
  }
  return records;
}
