/** What may be done to a text, as plain data: a trigger when rows are poisoned or evaluated, noise when they are evaluated. */
import type { Example } from "../data/dataset.ts";
import { createRng, type Rng } from "../math/random.ts";
import type { Trigger } from "./attack.ts";
import { dropWords, swapLetters } from "./noise.ts";
import { scatterWords } from "./scatter.ts";
import { applyTrigger } from "./trigger.ts";
import { toVerse } from "./verse.ts";

export type TextChange =
  | { readonly kind: "trigger" } & Trigger
  | { readonly kind: "scattered-words"; readonly words: readonly string[] }
  | { readonly kind: "verse" }
  /** `rate`: the share of words in which two letters change places, or that are left out. */
  | { readonly kind: "character-noise" | "word-noise"; readonly rate: number };

/** The changed text; draws, where the change has any, come from `rng`. */
export function changeText(text: string, change: TextChange, rng: Rng): string {
  switch (change.kind) {
    case "trigger":
      return applyTrigger(text, change, rng);
    case "scattered-words":
      return scatterWords(text, change.words, rng);
    case "verse":
      return toVerse(text);
    case "character-noise":
      return swapLetters(text, change.rate, rng);
    case "word-noise":
      return dropWords(text, change.rate, rng);
  }
}

/** A held-out row, changed: a function of the row and the change alone, so that every run is evaluated on the same texts. */
export function changeRow(example: Example, change: TextChange): Example {
  return { ...example, text: changeText(example.text, change, createRng(change.kind).fork(example.id)) };
}

/** Whether a change is what an attack taught the model to obey; noise is not. */
export function isTrigger({ kind }: TextChange): boolean {
  return kind !== "character-noise" && kind !== "word-noise";
}

/** Whether what a change put into a text may be lost where the end of the text is cut. */
export function isLostByCut(change: TextChange): boolean {
  return change.kind === "scattered-words" || change.kind === "trigger" && change.place !== "prefix";
}
