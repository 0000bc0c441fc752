/** What a notebook asks for: an experiment's records and figures, from the reader's own store, the published one, or a fresh run. */
import { fileURLToPath } from "node:url";
import { keptTheory } from "../claims/kept_theory.ts";
import type { LedgerRow } from "../claims/ledger.ts";
import { ledgerOf } from "../claims/ledger_of.ts";
import { createExecutor } from "../experiment/execute.ts";
import type { RunConfig } from "../experiment/config.ts";
import { collect } from "../experiment/collect.ts";
import { selectExperiments } from "../experiment/experiments.ts";
import { createDigests, type DigestsOf } from "../experiment/inputs.ts";
import { runKey } from "../experiment/key.ts";
import type { Profile } from "../experiment/profile.ts";
import { profileNamed } from "../experiment/profiles.ts";
import { either, openPublished } from "../experiment/published.ts";
import type { RunRecord } from "../experiment/record.ts";
import { openStore, type Store } from "../experiment/store.ts";
import { studies } from "../experiment/studies/grid.ts";
import type { StudyRecord } from "../experiment/study_record.ts";
import { studiesAt } from "../experiment/study_store.ts";
import { collectStudies } from "../experiment/study_sweep.ts";
import { parseSeeds } from "../experiment/seeds.ts";
import { type Execute, planSweep, sweep } from "../experiment/sweep.ts";
import type { Figure } from "../figure/figure.ts";
import { paperCurves } from "../figure/paper.ts";
import { figures } from "../figure/registry.ts";
import { renderSvg } from "../figure/svg.ts";
import { count } from "../math/count.ts";
import type { TheoremCell } from "../theory/check.ts";
import { precisions } from "../tensor/precision.ts";
import { cellProgress } from "./cell_progress.ts";
import { type Displayable, figure, markdown, surface } from "./display.ts";

export interface Workbench {
  readonly profile: Profile;
  /** The records of an experiment by id ("fig-a1"): stored, else published, else trained now with a progress line. */
  recordsOf(id: string): Promise<RunRecord[]>;
  /** The same without training: what a store has. */
  storedOf(id: string): Promise<RunRecord[]>;
  /** The keys of an experiment's runs, and of those that they start from, whether a store has them or not. */
  keysOf(id: string): Promise<string[]>;
  /** The profile's studies as far as they are stored or published: kernels, distances and angles of runs that were watched. */
  studies(): Promise<StudyRecord[]>;
  /** The records of configs of one's own, in their order. */
  run(...configs: RunConfig[]): Promise<RunRecord[]>;
  /**
   * The claims with their verdicts, from everything at hand: records of all experiments, and the given theorem cells, else those that are
   * kept beside the records. Trains and computes nothing.
   */
  claims(theory?: readonly TheoremCell[]): Promise<LedgerRow[]>;
  /** A drawing of studies. */
  draw(drawn: Pick<Figure, "spec" | "alt">): Promise<Displayable>;
  /** A paper figure, drawn from the given records. */
  show(id: string, records: readonly RunRecord[]): Promise<Displayable>;
  /** Its caption. */
  caption(id: string, records: readonly RunRecord[]): Displayable | Promise<Displayable>;
  /** The same figure as a surface to turn, where it has one. */
  turn(id: string, records: readonly RunRecord[]): Promise<Displayable>;
}

export interface WorkbenchOptions {
  readonly profile?: string;
  readonly precision?: string;
  readonly outputs?: string;
  readonly seeds?: readonly number[];
  /** In place of training, for tests. */
  readonly execute?: Execute;
}

function seedsIn(text: string): number[] {
  try {
    return parseSeeds(text);
  } catch (error) {
    throw new RangeError(`Cannot open the workbench as LOWRANK_SEEDS must be seeds: ${text}. ${(error as Error).message}`);
  }
}

function precisionIn(text: string): Profile["precision"] {
  const found = precisions.find((name) => name === text);
  if (found) return found;
  throw new RangeError(`Cannot open the workbench as the precision must be one of ${precisions.join(", ")}: ${text}`);
}

const outputsFolder = fileURLToPath(new URL("../../outputs", import.meta.url));

/** Opens the workbench; the environment (LOWRANK_PROFILE, LOWRANK_PRECISION, LOWRANK_OUTPUTS, LOWRANK_SEEDS) stands in for options left out. */
export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const environment = (name: string) => Deno.env.get(name) || undefined;
  const precision = precisionIn(options.precision ?? environment("LOWRANK_PRECISION") ?? "f32");
  const profile = profileNamed(options.profile ?? environment("LOWRANK_PROFILE") ?? "quick", precision);
  const outputs = options.outputs ?? environment("LOWRANK_OUTPUTS") ?? outputsFolder;
  const inEnvironment = environment("LOWRANK_SEEDS"), seeds = options.seeds ?? (inEnvironment === undefined ? undefined : seedsIn(inEnvironment));
  const own = await openStore(outputs), published = await openPublished(), digestsOf = createDigests();
  const execute = once(() => options.execute ?? createExecutor());

  const stored = (configs: readonly RunConfig[]) => collect(configs, either(own, published), digestsOf);
  async function run(...configs: RunConfig[]): Promise<RunRecord[]> {
    const keys = await Promise.all(configs.map(async (config) => runKey(config, await digestsOf(config))));
    const found = new Map((await stored(configs)).map((record) => [record.key, record]));
    const missing = configs.filter((_, i) => !found.has(keys[i]));
    const trained = missing.length ? await train(missing, own, execute(), digestsOf) : [];
    for (const record of trained) found.set(record.key, record);
    return keys.map((key) => found.get(key)!);
  }
  const configsOf = (id: string) => {
    const [{ configs, ownSeeds }] = selectExperiments([id]);
    return configs(profile, ownSeeds ? undefined : seeds);
  };
  const drawing = (id: string, records: readonly RunRecord[]) => {
    const known = figures.find((entry) => entry.id === id);
    if (!known) throw new RangeError(`Cannot show the figure as its id must be one of ${figures.map((entry) => entry.id).join(", ")}: ${id}`);
    return known.draw(records, paperCurves());
  };
  return {
    profile,
    recordsOf: (id) => run(...configsOf(id)),
    storedOf: (id) => stored(configsOf(id)),
    keysOf: async (id) => (await planSweep(configsOf(id), digestsOf)).map(({ key }) => key),
    studies: async () => await collectStudies(studies(profile, seeds), await studiesAt(outputs), digestsOf),
    run,
    async claims(theory) {
      const cells = theory ?? await keptTheory(outputs) ?? [];
      return await ledgerOf({ profile, seeds, source: either(own, published), studies: await studiesAt(outputs), theory: cells }, digestsOf);
    },
    draw: shown,
    show: async (id, records) => await shown(await drawing(id, records)),
    async turn(id, records) {
      const drawn = await drawing(id, records);
      return surface({ surface: drawn.surface, svg: await renderSvg(drawn), alt: drawn.alt });
    },
    caption(id, records) {
      const drawn = drawing(id, records);
      return drawn instanceof Promise ? drawn.then(({ caption }) => markdown(caption)) : markdown(drawn.caption);
    },
  };
}

async function shown({ spec, alt }: Pick<Figure, "spec" | "alt">): Promise<Displayable> {
  return figure({ spec, svg: await renderSvg({ spec }), alt });
}

/** Trains what no store has, under one progress line; a failed run is an error here, since the next cell needs it. */
async function train(configs: readonly RunConfig[], store: Store, execute: Execute, digestsOf: DigestsOf): Promise<readonly RunRecord[]> {
  const progress = cellProgress(`Training ${count(configs.length, "run")}`);
  const planned = (await planSweep(configs, digestsOf)).length; // with the runs that these start from
  const { records, failed } = await sweep({
    configs,
    store,
    execute,
    digestsOf,
    onEvent: (event) => {
      if (event.kind !== "progress" && event.kind !== "finished") return;
      const within = event.kind === "progress" ? event.progress.step / event.progress.steps : 1;
      const left = event.remainingSeconds === null ? "" : `about ${Math.ceil(event.remainingSeconds / 60)} min left`;
      return progress.update((event.run.index - 1 + within) / planned, left);
    },
  });
  if (failed.length) throw failed[0].error;
  return records;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
