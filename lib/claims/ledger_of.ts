/** The ledger of a profile, from everything at hand. */
import { collect } from "../experiment/collect.ts";
import { experiments } from "../experiment/experiments.ts";
import { createDigests, type DigestsOf } from "../experiment/inputs.ts";
import type { Profile } from "../experiment/profile.ts";
import type { Source } from "../experiment/published.ts";
import type { RunRecord } from "../experiment/record.ts";
import { studies as studiesIn } from "../experiment/studies/grid.ts";
import type { StudySource } from "../experiment/study_store.ts";
import { collectStudies } from "../experiment/study_sweep.ts";
import type { TheoremCell } from "../theory/check.ts";
import { ledger, type LedgerRow } from "./ledger.ts";
import { readStepTimes } from "./step_times.ts";

export interface LedgerParts {
  readonly profile: Profile;
  /** In place of the profile's seeds. */
  readonly seeds?: readonly number[];
  readonly source: Source;
  /** Where studies are; without it there are none. */
  readonly studies?: StudySource;
  readonly theory: readonly TheoremCell[];
}

/** Every claim, from the records of all experiments of a profile, standing or not, and from its studies. */
export async function ledgerOf(parts: LedgerParts, digestsOf: DigestsOf = createDigests()): Promise<LedgerRow[]> {
  const { profile, seeds, source, theory } = parts;
  const records = new Map<string, RunRecord>();
  for (const { configs, ownSeeds } of experiments) {
    for (const record of await collect(configs(profile, ownSeeds ? undefined : seeds), source, digestsOf)) records.set(record.key, record);
  }
  const watched = parts.studies ? await collectStudies(studiesIn(profile, seeds), parts.studies, digestsOf) : [];
  return ledger({ records: [...records.values()], studies: watched, theory, stepTimes: readStepTimes(), profile: profile.name, main: profile });
}
