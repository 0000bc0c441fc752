/** What is at hand for a selection of experiments: records out of the reader's store and the published ones, and the figures they make. */
import { collect } from "../experiment/collect.ts";
import type { Experiment } from "../experiment/experiments.ts";
import { createDigests } from "../experiment/inputs.ts";
import type { Source } from "../experiment/published.ts";
import type { RunRecord } from "../experiment/record.ts";
import type { Figure } from "../figure/figure.ts";
import { drawFigure } from "./draw.ts";
import type { Selection } from "./options.ts";

export interface Drawn {
  readonly experiment: Experiment;
  readonly records: readonly RunRecord[];
  /** Null where the experiment is a table, and where there is a problem. */
  readonly figure: Figure | null;
  /** Why it could not be drawn, else null. */
  readonly problem: Error | null;
}

/** A figure that cannot be drawn is told and stops nothing; the signal is looked at between figures. */
export async function gather(selection: Selection, source: Source, signal?: AbortSignal): Promise<Drawn[]> {
  const drawn: Drawn[] = [], digestsOf = createDigests();
  for (const experiment of selection.experiments) {
    signal?.throwIfAborted();
    const records = await collect(experiment.configs(selection.profile, selection.seeds), source, digestsOf);
    drawn.push({ experiment, records, ...await attempt(() => drawFigure(experiment.id, records)) });
  }
  return drawn;
}

async function attempt(draw: () => Promise<Figure | null>): Promise<Pick<Drawn, "figure" | "problem">> {
  try {
    return { figure: await draw(), problem: null };
  } catch (error) {
    return { figure: null, problem: error as Error };
  }
}

/** Experiments with records; of those with the same runs only the first, since they have the same table. */
export function distinctRuns(drawn: readonly Drawn[]): Drawn[] {
  const byRuns = new Map<string, Drawn>();
  for (const entry of drawn) {
    const runs = entry.records.map(({ key }) => key).join();
    if (runs && !byRuns.has(runs)) byRuns.set(runs, entry);
  }
  return [...byRuns.values()];
}

/** Every record drawn, once: figures share runs. */
export function recordsOf(drawn: readonly Drawn[]): RunRecord[] {
  return [...new Map(drawn.flatMap(({ records }) => records).map((record) => [record.key, record])).values()];
}

/** The records that a source has, of the given keys. */
export async function recordsOfKeys(keys: readonly string[], source: Source): Promise<RunRecord[]> {
  return (await Promise.all(keys.map((key) => source.get(key)))).filter((record) => record !== null);
}
