/** What was published, as files of `data/papers`: each is read once. */
import { readFileSync } from "node:fs";

const cache = new Map<string, unknown>();

export function publishedFile<T>(name: string): T {
  if (!cache.has(name)) cache.set(name, JSON.parse(readFileSync(new URL(`../../data/papers/${name}`, import.meta.url), "utf8")));
  return cache.get(name) as T;
}
