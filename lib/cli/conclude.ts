/** The end of `reproduce` and all of `report`: figures, report and the closing table from everything that is in the store. */
import type { Store } from "../experiment/store.ts";
import { writeReport } from "./book.ts";
import { writeFigure } from "./draw.ts";
import { findingsTable } from "./findings.ts";
import { type Drawn, gather, publishedRecords } from "./gather.ts";
import type { Selection } from "./options.ts";

const seedsForVerdict = 5;

/** `took`: how long the command has run, in words. */
export async function conclude(selection: Selection, store: Store, took?: string): Promise<void> {
  const { outputs, profile } = selection, drawn = await gather(selection, store);
  for (const { figure } of drawn) if (figure) await writeFigure(figure, outputs);
  const report = await writeReport({ outputs, profile, drawn, published: await publishedRecords() });
  for (const { experiment, records } of distinct(drawn)) console.log(`\n${findingsTable(experiment, records)}`);
  const seeds = new Set(drawn.flatMap(({ records }) => records.map(({ config }) => config.seed))).size;
  const standing = seeds < seedsForVerdict ? `trends, no verdicts (a verdict needs ${seedsForVerdict})` : "enough for verdicts";
  console.log(`\n${seeds === 1 ? "1 seed" : `${seeds} seeds`}: ${standing}${took ? `; took ${took}` : ""}\nReport: ${report}`);
}

/** Experiments with records; of those with the same runs only the first, since they have the same table. */
function distinct(drawn: readonly Drawn[]): Drawn[] {
  const byRuns = new Map<string, Drawn>();
  for (const entry of drawn) {
    const runs = entry.records.map(({ key }) => key).join();
    if (runs && !byRuns.has(runs)) byRuns.set(runs, entry);
  }
  return [...byRuns.values()];
}
