/**
 * The transformed test sets of paper B's authors (files of Zhao et al. 2024b), where a reader has them: SCPD's paraphrases, and the back-translations
 * of their translator. Nothing is computed here: a test row is answered with its published version.
 */
import type { Environment } from "../assets/manifest.ts";
import type { Example } from "../data/dataset.ts";
import { digestFiles } from "../data/digest.ts";
import { readPaperB } from "../data/paper_b.ts";
import { findPaperB } from "../data/paper_b_files.ts";
import { paperBTasks } from "../data/paper_b_tasks.ts";
import { type Defender, type DefenderOptions, writer } from "./defender.ts";

/** Plain data: what a configuration says of it. */
export interface PublishedDefence {
  readonly name: "published";
  readonly transformation: PublishedTransformation;
  /** The data set whose test part was transformed. */
  readonly dataset: PublishedDataset;
}

export const publishedTransformations = ["scpd", "back-translation"] as const;
export type PublishedTransformation = typeof publishedTransformations[number];
export const publishedDatasets = ["paper-b-sst-2", "paper-b-cr", "paper-b-cola"] as const;
export type PublishedDataset = typeof publishedDatasets[number];

/** The test rows as they are, and the rows of class 1 with the trigger in them. */
const fileNames: Readonly<Record<PublishedTransformation, readonly [string, string]>> = {
  "scpd": ["test_spcn.json", "test_char_spcn.json"],
  "back-translation": ["test_back.json", "test_char_back.json"],
};

/** BadNet's word. Where it stood in a row before the transformation is not told, so it is answered wherever it stands now. */
const trigger = "mn";

/** Paths of the files that it answers from: test rows, their versions, and those of the rows with the trigger; an error that says what must be where. */
export function publishedFiles({ transformation, dataset }: Omit<PublishedDefence, "name">, environment?: Environment): Promise<string[]> {
  return findPaperB(paperBTasks[dataset].folder, ["test.json", ...fileNames[transformation]], environment);
}

export async function publishedDefender(settings: PublishedDefence, { assets }: DefenderOptions = {}): Promise<Defender> {
  const { transformation, dataset } = settings, names = fileNames[transformation];
  const paths = await publishedFiles(settings, assets?.environment), [rows, plain, planted] = paths.map(readPaperB);
  const clean = versionsOf(rows, plain, paths[1]), triggered = versionsOf(rows.filter(({ label }) => label === 1), planted, paths[2]);
  const without = (words: readonly string[]) => words.flatMap((word, row) => word === trigger ? [words.toSpliced(row, 1).join(" ")] : []);
  const answer = (text: string): string => {
    const words = wordsOf(text), plainly = without(words);
    const found = clean.get(words.join(" ")) ?? plainly.flatMap((own) => triggered.get(own) ?? [])[0];
    if (found !== undefined) return found;
    if (plainly.some((own) => clean.has(own))) return text; // of class 0, the target: nobody published it, and no attack success rate counts it
    throw new RangeError(
      `Cannot answer with a published version as a text must be a test row of ${dataset}, as it is or with the word ${trigger} in it: ` +
        `"${text.length > 60 ? `${text.slice(0, 60)}...` : text}"`,
    );
  };
  return {
    component: `${names[0]} and ${names[1]} of ${dataset}, as published (${(await digestFiles(paths)).slice(0, 8)})`,
    settings,
    ...writer(answer),
  };
}

/** Published version by the words of the row; of rows with the same words, the first one's. */
function versionsOf(rows: readonly Example[], versions: readonly Example[], path: string): ReadonlyMap<string, string> {
  const same = rows.length === versions.length && rows.every(({ label }, row) => label === versions[row].label);
  if (!same) {
    throw new TypeError(`Cannot read ${path} as it must have the ${rows.length} rows that it transforms, in their order: ${versions.length}`);
  }
  return new Map(rows.map(({ text }, row) => [wordsOf(text).join(" "), versions[row].text] as const).toReversed());
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
