/** What every defence is: a component that is asked about texts, which takes time, and what its answers make of them, which takes none. */
import type { AssetOptions } from "../assets/manifest.ts";

export interface DefenderOptions {
  /** How the component's files are found or downloaded. */
  readonly assets?: AssetOptions;
}

export type DefenceProgress = (progress: { readonly done: number; readonly total: number }) => void;

/** What a component says of a text, as JSON can hold it: the text written anew, or numbers (null: not defined). */
export type Answer = string | readonly (number | null)[];

export interface Defender {
  /** Name and version of the real model or tool behind it. */
  readonly component: string;
  /** What its answers depend on beside the component. */
  readonly settings: { readonly name: string };
  /** Loads the component; TensorFlow must have been started where it is a model of ours. The caller disposes of it. */
  load(): Promise<Component>;
  /** The text as a model shall read it, by the component's answer. */
  purified(text: string, answer: Answer): string;
}

export interface Component {
  /** Its answers, in the texts' order. Nothing is drawn: the same text always gets the same one. */
  ask(texts: readonly string[], onProgress?: DefenceProgress): Promise<readonly Answer[]>;
  dispose(): void;
}

/** A component that is code: it is there at once, and what it writes is the text to read. */
export function writer(write: (text: string) => string): Pick<Defender, "load" | "purified"> {
  return {
    load: () =>
      Promise.resolve({
        // deno-lint-ignore require-await -- what `write` throws is a rejection, as everywhere
        async ask(texts, onProgress) {
          const written = texts.map(write);
          onProgress?.({ done: texts.length, total: texts.length });
          return written;
        },
        dispose() {},
      }),
    purified: asWritten,
  };
}

/** Where the answer is the text. */
export const asWritten = (_: string, answer: Answer): string => answer as string;
