/** What is at hand for a selection of experiments: records out of the reader's store and the published ones, and the figures they make. */
import { collect } from "../experiment/collect.ts";
import type { Experiment } from "../experiment/experiments.ts";
import { createDigests, type DigestsOf } from "../experiment/inputs.ts";
import type { Source } from "../experiment/published.ts";
import type { RunRecord } from "../experiment/record.ts";
import type { Figure } from "../figure/figure.ts";
import { drawFigure } from "./draw.ts";
import type { Selection } from "./options.ts";

export interface Drawn {
  readonly experiment: Experiment;
  readonly records: readonly RunRecord[];
  /** Null where the experiment is a table. */
  readonly figure: Figure | null;
}

export async function gather(selection: Selection, source: Source, digestsOf: DigestsOf = createDigests()): Promise<Drawn[]> {
  const drawn: Drawn[] = [];
  for (const experiment of selection.experiments) {
    const records = await collect(experiment.configs(selection.profile, selection.seeds), source, digestsOf);
    drawn.push({ experiment, records, figure: await drawFigure(experiment.id, records) });
  }
  return drawn;
}

/** Every record drawn, once: figures share runs. */
export function recordsOf(drawn: readonly Drawn[]): RunRecord[] {
  return [...new Map(drawn.flatMap(({ records }) => records).map((record) => [record.key, record])).values()];
}

/** The records that a source has, of the given keys. */
export async function recordsOfKeys(keys: readonly string[], source: Source): Promise<RunRecord[]> {
  return (await Promise.all(keys.map((key) => source.get(key)))).filter((record) => record !== null);
}
