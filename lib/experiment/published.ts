/** The records that the project publishes, in the repository: another edition of the same runs, never written to. */
import { fileURLToPath } from "node:url";
import type { KeyedFiles } from "./keyed_files.ts";
import { openStore, type Store } from "./store.ts";

/** Where records are looked up by key. */
export type Source = Pick<Store, "get">;

/** In the repository, beside the code. */
export const publishedFolder = fileURLToPath(new URL("../../outputs/published", import.meta.url));

/** The published records, only read. */
export async function openPublished(folder = publishedFolder): Promise<Source> {
  return await openStore(folder, { readOnly: true });
}

/** What stands under a key in the first source, else in the second. */
export function either<T>(first: Pick<KeyedFiles<T>, "get">, second: Pick<KeyedFiles<T>, "get">): Pick<KeyedFiles<T>, "get"> {
  return { get: async (key) => await first.get(key) ?? await second.get(key) };
}
