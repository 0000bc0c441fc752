/** `publish`: hands finished runs and studies over to the records in the repository, and says what a profile still lacks there. */
import Table from "cli-table3";
import { experiments } from "../experiment/experiments.ts";
import { createDigests } from "../experiment/inputs.ts";
import type { KeyedFiles } from "../experiment/keyed_files.ts";
import { type Profile, profileNamed } from "../experiment/profiles.ts";
import { publishedFolder } from "../experiment/published.ts";
import { openStore } from "../experiment/store.ts";
import { studies } from "../experiment/studies/grid.ts";
import { openStudies } from "../experiment/study_store.ts";
import { planStudies } from "../experiment/study_sweep.ts";
import { planSweep } from "../experiment/sweep.ts";

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
  const to = { runs: await openStore(published), studies: await openStudies(published) };
  const added = await handOver(keysOf(runs), await openStore(outputs, { readOnly: true }), to.runs) +
    await handOver(keysOf(studied), await openStudies(outputs, { readOnly: true }), to.studies);
  const standing = [...await standingOf(runs, to.runs), ...await standingOf(studied, to.studies)];
  console.log(standingTable(standing));
  const keys = keysOf([...runs, ...studied]), missing = keysOf(standing.map(({ name, missing }) => ({ name, keys: missing })));
  console.log(`\n${added} published now; of the profile ${profile} ${keys.length - missing.length} of ${keys.length}, ${missing.length} are missing`);
}

/** Its experiments, standing or not, and its studies by kind. */
async function partsOf(profile: Profile): Promise<{ runs: Part[]; studied: Part[] }> {
  const digestsOf = createDigests(), runs: Part[] = [];
  for (const { id, configs } of experiments) runs.push({ name: id, keys: (await planSweep(configs(profile), digestsOf)).map(({ key }) => key) });
  const byKind = Map.groupBy(await planStudies(studies(profile), digestsOf), ({ study }) => study.study);
  const studied = [...byKind].map(([kind, planned]) => ({ name: `studies: ${kind}`, keys: planned.map(({ key }) => key) }));
  return { runs: runs.filter(({ keys }) => keys.length > 0), studied };
}

/** Each once: experiments share runs. */
const keysOf = (parts: readonly Part[]): string[] => [...new Set(parts.flatMap(({ keys }) => keys))];

/** Copies what `to` lacks; what is published already stays as it is. Returns how many came. */
async function handOver<T>(keys: readonly string[], from: Pick<KeyedFiles<T>, "get">, to: Pick<KeyedFiles<T>, "get" | "put">): Promise<number> {
  let count = 0;
  for (const key of keys) {
    const value = await to.get(key) ? null : await from.get(key);
    if (value && await to.put(value)) count++;
  }
  return count;
}

async function standingOf(parts: readonly Part[], published: Pick<KeyedFiles<unknown>, "get">) {
  return await Promise.all(parts.map(async ({ name, keys }) => {
    const there = await Promise.all(keys.map(async (key) => await published.get(key) !== null));
    return { name, keys, missing: keys.filter((_, i) => !there[i]) };
  }));
}

function standingTable(standing: Awaited<ReturnType<typeof standingOf>>): string {
  const table = new Table({
    head: ["experiment", "published", "of", "missing"],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "right", "right", "right"],
  });
  for (const { name, keys, missing } of standing) table.push([name, keys.length - missing.length, keys.length, missing.length || ""]);
  return table.toString();
}
