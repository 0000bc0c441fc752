/** Two translation models in a row: a text into another language and on into a third, or back. */
import { readFileSync } from "node:fs";
import { type Engine, startEngine, type TranslationModel } from "./back_translation_engine.ts";

/** Paths of a Marian model's files. */
export interface ModelPaths {
  readonly model: string;
  /** The words that a translation may choose from, by word of the source: Marian's lexical shortlist. */
  readonly shortlist: string;
  /** SentencePiece, one for both languages. */
  readonly vocabulary: string;
}

export interface Pivot {
  translate(text: string): string;
}

/** Greedy search, as the models' own files say; the sizes of buffers are those of the engine's own wrapper. */
const settings = `beam-size: 1
normalize: 1.0
word-penalty: 0
cpu-threads: 0
gemm-precision: int8shiftAlphaAll
skip-cost: true
alignment: soft
quiet: true
quiet-translation: true
max-length-break: 128
mini-batch-words: 1024
workspace: 128
max-length-factor: 2.0
`;

export async function loadPivot(first: ModelPaths, second: ModelPaths): Promise<Pivot> {
  const engine = await startEngine(), service = new engine.BlockingService({ cacheSize: 0 });
  const models = [loadModel(engine, first), loadModel(engine, second)] as const;
  return {
    /**
     * One text at a time: Marian looks only among the words that its shortlist has for any word of a batch, so in a larger batch a translation
     * would depend on the texts beside it.
     */
    translate(text) {
      const texts = new engine.VectorString(), options = new engine.VectorResponseOptions();
      texts.push_back(text);
      options.push_back({ alignment: false, html: false, qualityScores: false });
      const responses = service.translateViaPivoting(...models, texts, options), response = responses.get(0);
      const translated = response.getTranslatedText();
      for (const handle of [response, responses, options, texts]) handle.delete();
      return translated;
    },
  };
}

function loadModel(engine: Engine, paths: ModelPaths): TranslationModel {
  const vocabularies = new engine.AlignedMemoryList();
  vocabularies.push_back(copyIn(engine, paths.vocabulary, 64));
  return new engine.TranslationModel(settings, copyIn(engine, paths.model, 256), copyIn(engine, paths.shortlist, 64), vocabularies, null);
}

/** A file in the engine's memory, at an address that `alignment` (bytes) divides; the model takes it over. */
function copyIn(engine: Engine, path: string, alignment: number) {
  const bytes = readFileSync(path), memory = new engine.AlignedMemory(bytes.byteLength, alignment);
  memory.getByteArrayView().set(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return memory;
}
