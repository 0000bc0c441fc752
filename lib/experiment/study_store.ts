/** Where studies are kept: `studies/<aa>/<key>.json`, the reader's own and the published ones. */
import { type KeyedFiles, type KeyedFilesOptions, openKeyedFiles } from "./keyed_files.ts";
import { either, publishedFolder } from "./published.ts";
import { StudyRecord } from "./study_record.ts";

export type StudyStore = KeyedFiles<StudyRecord>;

/** Opens the studies of a folder; it is made at the first `put`. */
export async function openStudies(folder: string, options?: KeyedFilesOptions): Promise<StudyStore> {
  return await openKeyedFiles(folder, { name: "studies", noun: "study", schema: StudyRecord }, options);
}

/** Those in the repository: never written to. */
async function openPublishedStudies(folder = publishedFolder): Promise<StudyStore> {
  return await openStudies(folder, { readOnly: true });
}

/** Where studies are looked up by key. */
export type StudySource = Pick<StudyStore, "get">;

/** The reader's own, else the published ones; only read. */
export async function studiesAt(outputs: string, published?: string): Promise<StudySource> {
  return either(await openStudies(outputs, { readOnly: true }), await openPublishedStudies(published));
}
