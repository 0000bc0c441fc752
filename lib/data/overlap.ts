/** Whether two data sets share texts: rows that one stage has trained on are no test for the next. */
import type { Example } from "./dataset.ts";

export interface SharedTexts {
  /** Texts of both, letter for letter; a text that recurs counts once. */
  readonly exact: number;
  /** Texts of both once letters are lower case and all but letters and digits is left out; a text with none of them is not compared. */
  readonly normalised: number;
}

export function sharedTexts(a: readonly Example[], b: readonly Example[]): SharedTexts {
  return { exact: sharedBy(a, b, (text) => text), normalised: sharedBy(a, b, normalise) };
}

function sharedBy(a: readonly Example[], b: readonly Example[], form: (text: string) => string): number {
  const formsOf = (examples: readonly Example[]) => new Set(examples.map(({ text }) => form(text)).filter(Boolean));
  return formsOf(a).intersection(formsOf(b)).size;
}

/** Lower case, letters and digits only, of any script. */
function normalise(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}
