/** Options that several commands share, read once and checked with one sentence. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { InvalidArgumentError, Option } from "commander";
import type { RunConfig } from "../experiment/config.ts";
import { type Experiment, experiments, type Paper, selectExperiments } from "../experiment/experiments.ts";
import { parseSeeds } from "../experiment/seeds.ts";
import type { Profile } from "../experiment/profile.ts";
import { profileNamed, profileNames } from "../experiment/profiles.ts";
import { precisions } from "../tensor/precision.ts";

export const profileOption = (usual: Profile["name"] = "quick", description = "how much to compute") =>
  new Option("--profile <name>", description).choices([...profileNames]).default(usual);

export const precisionOption = () =>
  new Option("--precision <name>", "of the linear layers' products: bf16 needs a processor with AMX or AVX-512 bf16; published runs are all f32")
    .choices(precisions).default("f32");

export const onlyOption = () =>
  new Option("--only <ids>", `only these, separated by commas: ${experiments.map(({ id }) => id).join(", ")}`).argParser((text: string) =>
    orInvalid(() => selectExperiments(list(text)).map(({ id }) => id))
  );

export const paperOption = () => new Option("--paper <letter>", "of this paper only").choices(["a", "b"]);

export const seedsOption = () =>
  new Option("--seeds <numbers>", "these seeds instead of the profile's, separated by commas").argParser((text: string) =>
    orInvalid(() => parseSeeds(text))
  );

export const outputsOption = () =>
  new Option("--outputs <folder>", "where records, figures, notebooks and the report go").argParser(callersPath).default(
    fileURLToPath(new URL("../../outputs", import.meta.url)),
    "outputs",
  );

/** A path as the caller means it: a task runs in the project's folder, whatever folder it was called from. */
export function callersPath(text: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? ".", text);
}

/** What `--profile`, `--precision`, `--only`, `--paper`, `--seeds` and `--outputs` come to. */
export interface SelectionOptions {
  readonly profile: string;
  readonly precision?: Profile["precision"];
  readonly only?: readonly string[];
  /** Left out: both. */
  readonly paper?: Paper;
  readonly seeds?: readonly number[];
  readonly outputs: string;
}

export interface Selection {
  readonly profile: Profile;
  readonly paper?: Paper;
  readonly experiments: readonly Experiment[];
  readonly seeds?: readonly number[];
  readonly outputs: string;
}

export function selectionOf({ profile, precision, only, paper, seeds, outputs }: SelectionOptions): Selection {
  const settings = profileNamed(profile, precision);
  return { profile: settings, paper, experiments: selectExperiments(only, settings.name, paper), seeds, outputs };
}

/** All runs of a selection; figures that share runs name them more than once. */
export function configsOf({ profile, experiments, seeds }: Selection): RunConfig[] {
  return experiments.flatMap((experiment) => experiment.configs(profile, seeds));
}

/** The parts of `a,b,c`, without blanks. */
export function list(text: string): string[] {
  const parts = text.split(",").map((part) => part.trim()).filter(Boolean);
  if (parts.length > 0) return parts;
  throw new InvalidArgumentError(`There must be at least one, separated by commas: ${JSON.stringify(text)}`);
}

export function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 0: ${text}`);
}

/** An option that a function refuses is refused in the function's words. */
function orInvalid<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
