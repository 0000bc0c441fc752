/** The record store: `runs/<aa>/<key>.json`, with the checkpoints of unfinished runs and the weights that runs still to come start from. */
import { join } from "node:path";
import { type KeyedFiles, type KeyedFilesOptions, nothingIfAbsent, openKeyedFiles } from "./keyed_files.ts";
import type { RunRecord } from "./record.ts";
import { RunRecordSchema } from "./record_schema.ts";

/** `put` removes the checkpoints of the record's run as well. */
export interface Store extends KeyedFiles<RunRecord> {
  /** Where the checkpoints of an unfinished run lie. */
  checkpointPath(key: string): string;
  /** Where the weights lie that a run hands on. */
  weightsPath(key: string): string;
  hasWeights(key: string): Promise<boolean>;
  /** Removes them, where they are. */
  dropWeights(key: string): Promise<void>;
}

export type StoreOptions = KeyedFilesOptions;

/** Opens a store; the folder is made at the first `put`. A record file that cannot be read is moved aside, and its run counts as not done. */
export async function openStore(folder: string, options: StoreOptions = {}): Promise<Store> {
  const files = await openKeyedFiles(folder, { name: "runs", noun: "run", schema: RunRecordSchema }, options);
  const checkpointPath = (key: string) => join(folder, "checkpoints", key);
  const weightsPath = (key: string) => join(folder, "weights", key.slice(0, 2), `${key}.safetensors`);
  return {
    ...files,
    async put(record) {
      const won = await files.put(record);
      await Deno.remove(checkpointPath(record.key), { recursive: true }).catch(nothingIfAbsent);
      return won;
    },
    checkpointPath,
    weightsPath,
    hasWeights: async (key) => await Deno.stat(weightsPath(key)).catch(nothingIfAbsent) !== null,
    async dropWeights(key) {
      await Deno.remove(weightsPath(key)).catch(nothingIfAbsent);
    },
  };
}
