/**
 * `publish`: hands finished runs, studies and theorem cells over to the records in the repository, takes out those that no profile plans any more,
 * writes what they say, and tells what a profile still lacks there.
 */
import Table from "cli-table3";
import { writeWhole } from "../assets/write_whole.ts";
import { readTheory, theoryPath, theoryStamp, theoryText } from "../claims/kept_theory.ts";
import { experiments } from "../experiment/experiments.ts";
import { createDigests, isPinned } from "../experiment/inputs.ts";
import type { KeyedFiles } from "../experiment/keyed_files.ts";
import type { Profile } from "../experiment/profile.ts";
import { profileNamed, profileNames } from "../experiment/profiles.ts";
import { publishedFolder } from "../experiment/published.ts";
import { openStore, type Store } from "../experiment/store.ts";
import { studies } from "../experiment/studies/grid.ts";
import { openStudies, type StudyStore } from "../experiment/study_store.ts";
import { planStudies } from "../experiment/study_sweep.ts";
import { planSweep } from "../experiment/sweep.ts";
import { writePublishedBook } from "./published_book.ts";

export interface PublishOptions {
  readonly profile: string;
  /** Where the finished ones lie. */
  readonly outputs: string;
}

/** What a profile has, by the keys of its runs or studies. */
interface Part {
  readonly name: string;
  readonly keys: readonly string[];
}

/** @param published where the published records lie, if not in the repository */
export async function publish({ profile, outputs }: PublishOptions, published = publishedFolder): Promise<void> {
  const { runs, studied } = await partsOf(profileNamed(profile));
  const publishedRuns = await openStore(published), publishedStudies = await openStudies(published);
  const ofRuns = await handOver(keysOf(runs), await openStore(outputs, { readOnly: true }), publishedRuns);
  const ofStudies = await handOver(keysOf(studied), await openStudies(outputs, { readOnly: true }), publishedStudies);
  const removed = await removeUnplanned(new Set(keysOf([...runs, ...studied])), publishedRuns, publishedStudies);
  const there = new Set([...ofRuns.there, ...ofStudies.there]),
    parts = [...runs, ...studied],
    all = keysOf(parts).length,
    added = ofRuns.added + ofStudies.added;
  console.log(standingTable(parts, there));
  console.log(`\nTheorem cells: ${await handTheoryOver(outputs, published)}`);
  console.log(`To be read there: ${await writePublishedBook(published)}`);
  if (removed) console.log(`Taken out, as no profile plans them any more: ${removed}`);
  console.log(`\n${added} published now; of the profile ${profile} ${there.size} of ${all}, ${all - there.size} are missing`);
}

/** Its experiments, standing or not, and its studies by kind. */
async function partsOf(profile: Profile, digestsOf = createDigests()): Promise<{ runs: Part[]; studied: Part[] }> {
  const runs: Part[] = [];
  for (const { id, configs } of experiments) runs.push({ name: id, keys: (await planSweep(configs(profile), digestsOf)).map(({ key }) => key) });
  const byKind = Map.groupBy(await planStudies(studies(profile), digestsOf), ({ study }) => study.study);
  const studied = [...byKind].map(([kind, planned]) => ({ name: `studies: ${kind}`, keys: planned.map(({ key }) => key) }));
  return { runs: runs.filter(({ keys }) => keys.length > 0), studied };
}

/** Each once: experiments share runs. */
const keysOf = (parts: readonly Part[]): string[] => [...new Set(parts.flatMap(({ keys }) => keys))];

/** Copies what `to` lacks; what is published already stays as it is. Returns how many came, and which keys are there now. */
async function handOver<T>(keys: readonly string[], from: Pick<KeyedFiles<T>, "get">, to: Pick<KeyedFiles<T>, "get" | "put">) {
  const there = new Set<string>();
  let added = 0;
  for (const key of keys) {
    if (!await to.get(key)) {
      const value = await from.get(key);
      if (!value) continue;
      if (await to.put(value)) added++;
    }
    there.add(key);
  }
  return { added, there };
}

/**
 * Takes out what no profile plans, of what this code would give the same key on any machine: a result of another recipe, of other data or of a reader's
 * own files stays, since plans say nothing of it. Returns how many there were.
 * @param known keys that are planned, as is known already
 */
async function removeUnplanned(known: ReadonlySet<string>, runs: Store, studied: StudyStore): Promise<number> {
  const digestsOf = createDigests({ environment: {} });
  const others = [
    ...(await runs.list()).map(({ key, config }) => ({ key, config, files: runs, replan: () => planSweep([config], digestsOf) })),
    ...(await studied.list()).map(({ key, study }) => ({ key, config: study.run, files: studied, replan: () => planStudies([study], digestsOf) })),
  ].filter(({ key, config }) => !known.has(key) && isPinned(config));
  if (others.length === 0) return 0; // plans take a second each
  const planned = new Set<string>();
  for (const name of profileNames) {
    for (const key of keysOf(Object.values(await partsOf(profileNamed(name), digestsOf)).flat())) planned.add(key);
  }
  let removed = 0;
  for (const { key, files, replan } of others) {
    if (planned.has(key) || !(await replan()).some((one) => one.key === key)) continue;
    await files.remove(key);
    removed++;
  }
  return removed;
}

/** The cells that this code has computed, where the published ones are another state's. Returns how it stands, in words. */
async function handTheoryOver(outputs: string, published: string): Promise<string> {
  const stamp = await theoryStamp();
  if (await readTheory(theoryPath(published), stamp)) return "published are those of this code";
  const own = await readTheory(theoryPath(outputs), stamp);
  if (!own) return "published are none of this code; deno task claims computes them";
  await writeWhole(theoryPath(published), theoryText(stamp, own));
  return "published now";
}

function standingTable(parts: readonly Part[], there: ReadonlySet<string>): string {
  const table = new Table({
    head: ["experiment", "published", "of", "missing"],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "right", "right", "right"],
  });
  for (const { name, keys } of parts) {
    const missing = keys.filter((key) => !there.has(key)).length;
    table.push([name, keys.length - missing, keys.length, missing || ""]);
  }
  return table.toString();
}
