/** The end of `reproduce` and all of `report`: figures, report and the closing table from the records at hand. */
import { ledgerOf } from "../claims/ledger_of.ts";
import { seedsForVerdict } from "../claims/verdict.ts";
import { collect } from "../experiment/collect.ts";
import { inPrecision } from "../experiment/in_precision.ts";
import { createDigests } from "../experiment/inputs.ts";
import { either, openPublished } from "../experiment/published.ts";
import type { Store } from "../experiment/store.ts";
import { studiesAt } from "../experiment/study_store.ts";
import { count } from "../math/count.ts";
import { writeReport } from "./book.ts";
import { summary } from "./claims.ts";
import { undrawn, writeFigure } from "./draw.ts";
import { findingsTable } from "./findings.ts";
import { distinctRuns, gather, recordsOf, recordsOfKeys } from "./gather.ts";
import type { Selection } from "./options.ts";
import { theoryAt } from "./theory.ts";

export interface ConcludeOptions {
  /** How long the command has run, in words. */
  readonly took?: string;
  /** Whether published records stand in for those that the store lacks. */
  readonly borrow?: boolean;
  /** Where the published records lie. */
  readonly published?: string;
  /** Looked at between figures, and before the ledger and the report. */
  readonly signal?: AbortSignal;
}

/** Returns a sentence for each figure that could not be drawn: the rest is there all the same. */
export async function conclude(selection: Selection, store: Store, options: ConcludeOptions = {}): Promise<string[]> {
  const { outputs, profile, seeds } = selection, { took, borrow = false, signal } = options;
  const published = await openPublished(options.published);
  const drawn = await gather(selection, borrow ? either(store, published) : store, signal), keys = recordsOf(drawn).map(({ key }) => key);
  const own = await recordsOfKeys(keys, store), borrowed = keys.length - own.length;
  const problems: string[] = [];
  for (const { experiment: { id }, figure, problem } of drawn) {
    signal?.throwIfAborted();
    try {
      if (problem) throw problem;
      if (figure) await writeFigure(figure, outputs);
    } catch (error) {
      problems.push(undrawn(id, error as Error));
    }
  }
  const theory = await theoryAt({ outputs, compute: false, published: options.published });
  signal?.throwIfAborted();
  const claims = await ledgerOf({ profile, seeds, source: either(store, published), studies: await studiesAt(outputs, options.published), theory });
  signal?.throwIfAborted();
  const compared = await collect(own.map(({ config }) => inPrecision(config, "f32")), published, createDigests()); // that is what is published
  const report = await writeReport({ outputs, profile, seeds, drawn, claims, borrowed, published: compared });
  for (const { experiment, records } of distinctRuns(drawn)) console.log(`\n${findingsTable(experiment, records)}`);
  const seen = new Set(recordsOf(drawn).map(({ config }) => config.seed)).size;
  const standing = seen < seedsForVerdict ? `trends, no verdicts (a verdict needs ${seedsForVerdict})` : "enough for verdicts";
  console.log(`\n${count(seen, "seed")}: ${standing}${took ? `; took ${took}` : ""}`);
  if (borrowed) console.log(`Published runs, not your own: ${borrowed} of ${keys.length}; deno task reproduce computes yours`);
  console.log(
    `${summary(claims)}. deno task claims --profile ${profile.name}${
      profile.precision === "f32" ? "" : ` --precision ${profile.precision}`
    } shows them`,
  );
  console.log(`Report: ${report}`);
  return problems;
}
