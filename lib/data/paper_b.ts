/** Paper B's data sets with the parts that its authors gave them, read from a folder of the reader's own. */
import type { Environment } from "../assets/manifest.ts";
import type { Dataset, Example } from "./dataset.ts";
import { digestFiles } from "./digest.ts";
import { findPaperB } from "./paper_b_files.ts";
import { type PaperBName, type PaperBTask, paperBTasks } from "./paper_b_tasks.ts";
import { readTable } from "./table.ts";

/** The files of the three parts, in the order of their digest. */
export const paperBParts = ["train.json", "dev.json", "test.json"] as const;

/** Loads a data set: train, dev and test are the authors', each numbered for itself in the order of its file. */
export async function loadPaperB(name: PaperBName, environment?: Environment): Promise<Dataset> {
  const task: PaperBTask = paperBTasks[name], paths = await findPaperB(task.folder, paperBParts, environment);
  const [examples, validation, heldOut] = paths.map((path) => readPaperB(path));
  return { name, classes: task.classes, examples, validation, heldOut, digest: await digestFiles(paths) };
}

/** The rows of one file in its order. CR's training part has four without a text, which stay: the published numbers are of all rows. */
export function readPaperB(path: string): Example[] {
  const { columns, rows } = readTable(path), text = columns.indexOf("sentence"), label = columns.indexOf("label");
  if (text < 0 || label < 0) {
    throw new TypeError(`Cannot read ${path} as it must have the columns sentence and label: ${columns.join(", ") || "nothing"}`);
  }
  return rows.map((cells, id) => {
    const said = cells[label];
    if (said !== "0" && said !== "1") throw new TypeError(`Cannot read ${path} as a label must be 0 or 1: ${said} in row ${id}`);
    return { id, text: cells[text] ?? "", label: Number(said) };
  });
}
