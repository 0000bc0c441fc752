/** Which data sets are read out of a folder of the reader's own, and their files there. */
import type { Environment } from "../assets/manifest.ts";
import { findGlue, glueVariable } from "./glue_files.ts";
import { glueNames } from "./glue_tasks.ts";
import type { DatasetName } from "./names.ts";
import { paperBParts } from "./paper_b.ts";
import { findPaperB, paperBVariable } from "./paper_b_files.ts";
import { paperBNames, paperBTasks } from "./paper_b_tasks.ts";

export interface OwnFiles {
  /** The environment variable that names the folder. */
  readonly variable: string;
  /** Paths of the files in the order of the data set's digest, or an error that says what must be where. */
  find(environment?: Environment): Promise<readonly string[]>;
}

/** Null for a data set that is downloaded. */
export function ownFilesOf(name: DatasetName): OwnFiles | null {
  const glue = glueNames.find((known) => known === name), paperB = paperBNames.find((known) => known === name);
  if (paperB) return { variable: paperBVariable, find: (environment) => findPaperB(paperBTasks[paperB].folder, paperBParts, environment) };
  if (!glue) return null;
  return {
    variable: glueVariable,
    async find(environment) {
      const { train, heldOut } = await findGlue(glue, environment);
      return [...train, ...heldOut];
    },
  };
}
