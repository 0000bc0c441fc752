/** A tiny chain: an encoder poisoned with a word, and LoRA from there on clean rows, run as a sweep would. */
import type { RunConfigInput } from "../../lib/experiment/config.ts";
import { executeRun } from "../../lib/experiment/execute.ts";
import type { RunRecord } from "../../lib/experiment/record.ts";
import { resolveConfig } from "../../lib/experiment/resolve.ts";
import type { Session } from "../../lib/experiment/session.ts";
import { tinyRun } from "./tiny_session.ts";

const plain = { ...tinyRun(), attack: { name: "none" as const } };
export const attack = { name: "clean-label", poisonRate: 0.9, targetLabel: 0, trigger: { text: "mn", place: "inner" } } as const;
export const proxy: RunConfigInput = { ...plain, attack, method: { name: "full" }, evaluate: { targetLabel: 0 } };
export const tuned: RunConfigInput = {
  ...plain,
  method: { name: "lora", rank: 2, alpha: 4, targets: "qv" },
  head: "trained",
  start: { run: proxy },
  evaluate: { targetLabel: 0 },
};

/** Runs into one folder: `start` is the name of the run before. */
export function chainRunner(session: Session, folder: string) {
  return async (config: RunConfigInput, name: string, start?: string): Promise<RunRecord["result"]> =>
    (await executeRun(session, resolveConfig(config), {
      key: name,
      digests: { data: "data", weights: "weights", start },
      checkpointFolder: `${folder}/checkpoints-${name}`,
      weights: { pathOf: (key) => `${folder}/${key}`, handsOn: config.method.name === "full" },
      onProgress: () => {},
      signal: new AbortController().signal,
    })).result;
}
