/** The data sets' names, and what a config can say about one. */
import { glueNames } from "./glue_tasks.ts";
import { paperBNames } from "./paper_b_tasks.ts";

export const datasetNames = ["mr", "imdb", "mr-order", "mr-halves", "imdb-excerpt", "product-reviews", ...glueNames, ...paperBNames] as const;
export type DatasetName = typeof datasetNames[number];

/** What paper A's released code puts between the two texts of a pair: literal characters, no segment ids. */
export const pairSeparator = " <SEP> ";
