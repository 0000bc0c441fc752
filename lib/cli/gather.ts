/** What is at hand for a selection of experiments: records out of the reader's store and the published ones, and the figures they make. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { collect } from "../experiment/collect.ts";
import type { Experiment } from "../experiment/experiments.ts";
import { createDigests, type DigestsOf } from "../experiment/inputs.ts";
import type { RunRecord } from "../experiment/record.ts";
import { openStore, type Store } from "../experiment/store.ts";
import type { Figure } from "../figure/figure.ts";
import { drawFigure } from "./draw.ts";
import type { Selection } from "./options.ts";

export interface Drawn {
  readonly experiment: Experiment;
  readonly records: readonly RunRecord[];
  /** Null where the experiment is a table. */
  readonly figure: Figure | null;
}

const publishedFolder = join(fileURLToPath(new URL("../../", import.meta.url)), "outputs", "published");

/** The records that the project publishes: another edition of the same runs, to compare with. */
export async function publishedRecords(folder = publishedFolder): Promise<RunRecord[]> {
  return await (await openStore(folder)).list();
}

export async function gather(selection: Selection, store: Store, digestsOf: DigestsOf = createDigests()): Promise<Drawn[]> {
  const drawn: Drawn[] = [];
  for (const experiment of selection.experiments) {
    const records = await collect(experiment.configs(selection.profile, selection.seeds), store, digestsOf);
    drawn.push({ experiment, records, figure: drawFigure(experiment.id, records) });
  }
  return drawn;
}
