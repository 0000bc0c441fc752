/** What runs of one process share: the started engine, loaded data and encoders, tokenised texts, traced trainers. */
import { join } from "node:path";
import process from "node:process";
import type { Adapter } from "../adapter/adapter.ts";
import type { AssetOptions } from "../assets/manifest.ts";
import { obtainAsset } from "../assets/obtain.ts";
import { cacheFolder } from "../assets/place.ts";
import type { Example, Split } from "../data/dataset.ts";
import { loadDataset } from "../data/load.ts";
import { splitDataset } from "../data/split.ts";
import { createDefender, type Defence } from "../defend/defence.ts";
import type { DefenceProgress } from "../defend/defender.ts";
import { type Purified, purify } from "../defend/kept.ts";
import { createRng } from "../math/random.ts";
import { type Encoder, loadEncoder } from "../model/encoder.ts";
import { startTensorFlow } from "../tensor/backend.ts";
import { returnFreeMemory } from "../tensor/free_memory.ts";
import type { LibraryOptions } from "../tensor/library.ts";
import type { Trainer } from "../train/trainer.ts";
import { loadTokenizer, type Tokenizer } from "../tokens/tokenizer.ts";
import type { RunConfig } from "./config.ts";
import { models, obtainModel } from "./inputs.ts";
import { createTrainerPool } from "./trainer_pool.ts";

export interface SessionOptions extends LibraryOptions, AssetOptions {}

export interface Session {
  /** The rows of a task: fixed by the data set and the sizes, the same for every seed. */
  split(task: RunConfig["task"]): Promise<Split>;
  /** One row of a task's data set, by its number there. */
  row(task: RunConfig["task"], id: number): Promise<Example>;
  model(name: RunConfig["model"]): Promise<{ encoder: Encoder; encode: Tokenizer["encode"] }>;
  /** A trainer at the adapter's initial values; traced steps of an earlier run with the same shapes are used again. */
  trainer(encoder: Encoder, adapter: Adapter, config: RunConfig): Promise<Trainer>;
  /** The texts behind a defence; each is looked at once, and the answer kept in the user's cache folder. */
  purify(defence: Defence, texts: readonly string[], onProgress?: DefenceProgress): Promise<Purified>;
  /** Frees the trainers. */
  dispose(): void;
  readonly versions: Promise<{ tensorflow: string; threads: number }>;
}

export function createSession(options: SessionOptions = {}): Session {
  const once = <T>(make: (key: string) => Promise<T>) => {
    const made = new Map<string, Promise<T>>();
    return (key: string) => {
      const found = made.get(key) ?? make(key);
      made.set(key, found);
      found.catch(() => made.delete(key)); // a download that failed may be tried again
      return found;
    };
  };
  const engine = once(async () => (await startTensorFlow(await obtainAsset("tensorflow", options), { threads: options.threads })).library);
  const dataset = once((key) => {
    const [name, pairSeparator] = JSON.parse(key);
    return loadDataset(name, { ...options, pairSeparator });
  });
  const datasetOf = ({ dataset: name, pairSeparator }: RunConfig["task"]) => dataset(JSON.stringify([name, pairSeparator]));
  const model = once(async (name) => {
    const folder = await obtainModel(name as RunConfig["model"], options);
    const [encoder, tokenizer] = [await loadEncoder(folder), await loadTokenizer(folder)], { width } = models[name as RunConfig["model"]];
    if (encoder.config.width !== width) {
      throw new TypeError(`Cannot use the encoder in ${folder} as ${name} as hidden_size must be ${width}: ${encoder.config.width}`);
    }
    return { encoder, encode: rememberEncodings(tokenizer) };
  });
  const trainers = createTrainerPool();

  return {
    // The rows are the same for every seed, as in paper A, whose seeds share one shuffle of the data.
    split: async (task) => splitDataset(await datasetOf(task), task, createRng("split").fork(task.dataset)),
    async row(task, id) {
      const found = (await datasetOf(task)).examples.find((example) => example.id === id);
      if (!found) throw new RangeError(`Cannot read the row as its number must be one of ${task.dataset}'s: ${id}`);
      return found;
    },
    model,
    async trainer(encoder, adapter, config) {
      await engine("");
      return trainers.trainer(encoder, adapter, config);
    },
    async purify(defence, texts, onProgress) {
      const defender = await createDefender(defence, { assets: options });
      const load = async () => {
        await engine(""); // some are models of ours
        trainers.dispose(); // and as large as a trainer: what is traced again costs seconds, a few times a sweep
        const component = await defender.load();
        returnFreeMemory(); // what its weights were read from
        return {
          ...component,
          dispose() {
            component.dispose();
            returnFreeMemory();
          },
        };
      };
      return await purify({ ...defender, load }, join(cacheFolder(options.environment ?? process.env), "purified"), texts, onProgress);
    },
    dispose: trainers.dispose,
    get versions() {
      return engine("").then(({ version, threads }) => ({ tensorflow: version, threads }));
    },
  };
}

/** Texts recur: every run of a task reads the same rows, all but the poisoned ones unchanged. */
function rememberEncodings(tokenizer: Tokenizer): Tokenizer["encode"] {
  const known = new Map<string, Int32Array>();
  return (text, maxLength) => {
    const key = `${maxLength} ${text}`;
    let ids = known.get(key);
    if (!ids) known.set(key, ids = tokenizer.encode(text, maxLength));
    return ids;
  };
}
