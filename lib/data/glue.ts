/** GLUE's tasks as data sets: one text per row, labels as paper A counts them, GLUE's own held-out part as test rows. */
import type { Environment } from "../assets/manifest.ts";
import type { Dataset, Example } from "./dataset.ts";
import { digestFiles } from "./digest.ts";
import { findGlue } from "./glue_files.ts";
import { type GlueName, type GlueTask, glueTasks } from "./glue_tasks.ts";
import { readTable, type Table } from "./table.ts";

/** Loads a task; the two texts of a pair become one, `separator` between them (paper A's released code: literal characters, no segment ids). */
export async function loadGlue(name: GlueName, separator: string, environment?: Environment): Promise<Dataset> {
  const task: GlueTask = glueTasks[name], files = await findGlue(name, environment);
  const read = (paths: readonly string[]) => paths.flatMap((path) => readGlue(task, path, separator)).map((row, id) => ({ id, ...row }));
  return {
    name,
    classes: task.classes,
    examples: read(files.train),
    heldOut: read(files.heldOut),
    digest: await digestFiles([...files.train, ...files.heldOut]),
  };
}

/**
 * The rows of one file. A row that ends before its label or its text is left out, as public loaders do (QQP's training file has three), so
 * that row numbers are theirs.
 */
function readGlue(task: GlueTask, path: string, separator: string): Omit<Example, "id">[] {
  const table = readTable(path, task.header), { texts, label } = columnsOf(task, table, path);
  return table.rows.flatMap((cells, row) => {
    const parts = texts.map((column) => cells[column]), name = cells[label];
    if (name === null || parts.includes(null)) return [];
    return [{ text: parts.join(separator), label: labelOf(task, name, row, path) }];
  });
}

/** Where the columns of the file's layout stand. */
function columnsOf({ title, layouts }: GlueTask, { columns }: Table, path: string): { texts: number[]; label: number } {
  const layout = layouts.find(({ texts, label }) => [...texts, label].every((column) => columns.includes(column)));
  if (layout) return { texts: layout.texts.map((column) => columns.indexOf(column)), label: columns.indexOf(layout.label) };
  const expected = layouts.map(({ texts, label }) => [...texts, label].join(", ")).join(" or ");
  throw new TypeError(`Cannot load ${title} as ${path} must have the columns ${expected}: ${columns.join(", ") || "nothing"}`);
}

/** A label by its number or its class's name. */
function labelOf({ title, classes }: GlueTask, name: string, row: number, path: string): number {
  const label = classes.findIndex((known, index) => name === known || name === String(index));
  if (label >= 0) return label;
  throw new TypeError(
    `Cannot load ${title} as a label must be 0, 1, ${
      classes.join(" or ")
    }: ${name} in row ${row} of ${path}. GLUE's test part has no labels: use dev`,
  );
}
