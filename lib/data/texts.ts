/** Rows that say the same. */
import type { Example } from "./dataset.ts";

/** Without the rows whose text occurs before. */
export function firstOfEachText(examples: readonly Example[]): Example[] {
  const seen = new Set<string>();
  return examples.filter(({ text }) => !seen.has(text) && seen.add(text));
}
