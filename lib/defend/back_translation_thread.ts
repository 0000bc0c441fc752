/**
 * Back-translation in a thread of its own. The engine's memory grows to 300 MB and is given back only when the garbage collector finds that nobody
 * refers to it, which may be a sweep later; with its thread it goes at once.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { ModelPaths } from "./back_translation_pivot.ts";

/** What the thread says of a text. */
export type Answer = { readonly text: string } | { readonly error: string };

export interface Translator {
  /** One text at a time. */
  translate(text: string): Promise<string>;
  dispose(): void;
}

/** Once both models are loaded; an error where they cannot be. */
export async function startTranslator(there: ModelPaths, back: ModelPaths): Promise<Translator> {
  const worker = new Worker(new URL("./back_translation_worker.ts", import.meta.url), { workerData: { there, back } });
  const answer = async (): Promise<string> => {
    const [found] = await once(worker, "message") as [Answer];
    if ("text" in found) return found.text;
    worker.terminate();
    throw new Error(`Cannot translate as the models must load and run: ${found.error}`);
  };
  await answer();
  return {
    async translate(text) {
      worker.postMessage(text);
      return await answer();
    },
    dispose: () => void worker.terminate(),
  };
}
