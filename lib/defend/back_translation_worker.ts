/** The thread of `back_translation_thread.ts`: loads both models, says so with an empty text, and answers each text with its translation. */
import { parentPort, workerData } from "node:worker_threads";
import { loadPivot } from "./back_translation_pivot.ts";
import type { Answer } from "./back_translation_thread.ts";

const post = (message: Answer) => parentPort!.postMessage(message);
const refuse = (error: Error) => post({ error: error.message });

await loadPivot(workerData.there, workerData.back).then(({ translate }) => {
  parentPort!.on("message", (text: string) => {
    try {
      post({ text: translate(text) });
    } catch (error) {
      refuse(error as Error);
    }
  });
  post({ text: "" });
}, refuse);
