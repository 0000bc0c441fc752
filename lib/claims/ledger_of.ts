/** The ledger of a profile, from everything at hand. */
import { collect } from "../experiment/collect.ts";
import { experiments } from "../experiment/experiments.ts";
import { createDigests, type DigestsOf } from "../experiment/inputs.ts";
import type { Profile } from "../experiment/profiles.ts";
import type { Source } from "../experiment/published.ts";
import type { RunRecord } from "../experiment/record.ts";
import type { TheoremCell } from "../theory/check.ts";
import { ledger, type LedgerRow } from "./ledger.ts";
import { mainRateOf } from "./observe.ts";

export interface LedgerParts {
  readonly profile: Profile;
  /** In place of the profile's seeds. */
  readonly seeds?: readonly number[];
  readonly source: Source;
  readonly theory: readonly TheoremCell[];
}

/** Every claim, from the records of all experiments of a profile, standing or not. */
export async function ledgerOf({ profile, seeds, source, theory }: LedgerParts, digestsOf: DigestsOf = createDigests()): Promise<LedgerRow[]> {
  const records = new Map<string, RunRecord>();
  for (const { id, configs } of experiments) {
    const own = configs(profile, id === "calibration" ? undefined : seeds); // whose seeds are its own
    for (const record of await collect(own, source, digestsOf)) records.set(record.key, record);
  }
  return ledger({ records: [...records.values()], theory, profile: profile.name, mainRate: mainRateOf(profile) });
}
