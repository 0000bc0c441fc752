/** What a run hands on to the runs that start from it: its trained encoder and classifier, in one safetensors file that is whole or absent. */
import { type BertConfig, type Encoder, weightShapes, wordEmbeddings } from "../model/encoder.ts";
import type { RestrictedEncoder } from "../model/vocabulary.ts";
import { digestTensors, parseSafetensors, type StoredTensor } from "../model/safetensors.ts";
import { writeTensors } from "../model/write_tensors.ts";

export interface HandedOn {
  readonly encoder: Encoder;
  /** `classifier.weight` [c, d] and `classifier.bias` [c]. */
  readonly head: ReadonlyMap<string, StoredTensor>;
  /** SHA-256 over all of it. */
  readonly digest: string;
}

/** The same without a file. `trained` and `widen` as below. */
export function handOn(trained: ReadonlyMap<string, StoredTensor>, widen: RestrictedEncoder["widen"], config: BertConfig): HandedOn {
  return handedOnFrom(whole(trained, widen), config);
}

/**
 * @param trained every weight of the encoder, with the task's rows of the word embeddings, and the classifier's
 * @param widen puts those rows back into the whole table
 */
export async function saveHandedOn(path: string, trained: ReadonlyMap<string, StoredTensor>, widen: RestrictedEncoder["widen"]): Promise<void> {
  await writeTensors(path, whole(trained, widen));
}

/** Throws an error that names the remedy where the file is not there. */
export async function loadHandedOn(path: string, config: BertConfig): Promise<HandedOn> {
  const bytes = await Deno.readFile(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(
      `Cannot start the run as the weights that it starts from must be in ${path}: they are not. They are made by the run before it, in one sweep`,
      { cause: error },
    );
  });
  const { tensors } = parseSafetensors(bytes, path);
  const missing = [...weightShapes(config).keys(), "classifier.weight", "classifier.bias"].filter((name) => !tensors.has(name));
  if (missing.length) {
    throw new TypeError(`Cannot start the run as ${path} must hold ${missing[0]}: it does not. Delete it and run the command again`);
  }
  return handedOnFrom(tensors, config);
}

/** With every row of the word embeddings. */
const whole = (trained: ReadonlyMap<string, StoredTensor>, widen: RestrictedEncoder["widen"]) =>
  new Map(trained).set(wordEmbeddings, widen(trained.get(wordEmbeddings)!));

function handedOnFrom(tensors: ReadonlyMap<string, StoredTensor>, config: BertConfig): HandedOn {
  const shapes = weightShapes(config);
  const [weights, head] = [true, false].map((isEncoders) => new Map([...tensors].filter(([name]) => shapes.has(name) === isEncoders)));
  return { encoder: { config, weights }, head, digest: digestTensors(tensors) };
}
