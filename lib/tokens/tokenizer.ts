/** From text to token ids, by the tokenizer.json or vocab.txt that belongs to a model. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { checkCount } from "../math/check.ts";
import { wordPieces } from "./word_pieces.ts";

export interface Tokenizer {
  /** Number of token ids, special tokens included. */
  readonly vocabularySize: number;
  /**
   * [CLS] text [SEP] as ids, at most `maxLength` of them: of a longer text the end is cut, [SEP] stays. Never padded. The truncation
   * and padding settings inside tokenizer.json play no part: the library does not read them.
   */
  encode(text: string, maxLength: number): Int32Array; // [t]
}

/** The part of tokenizer.json that this file looks at. */
interface Definition {
  readonly normalizer?: { readonly type: string; readonly handle_chinese_chars?: boolean; readonly lowercase?: boolean } | null;
}

/** Reads `tokenizer.json`, and `tokenizer_config.json` if it is there, from a model's folder; `vocab.txt` where the first is not there. */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const definition = await readJson(folder, "tokenizer.json") ?? await readVocabulary(folder);
  const tokenizer = new HuggingFaceTokenizer(definition, await readJson(folder, "tokenizer_config.json") ?? {});
  const repair = repairOf(definition);
  // The first and the last id frame every text; encode() cuts between them.
  const frame = tokenizer.encode("").tokens;
  if (frame.length !== 2) {
    throw new TypeError(`Cannot load tokenizer as it must put one token before a text and one after: [${frame.join(", ")}] in ${folder}`);
  }
  return {
    vocabularySize: tokenizer.get_vocab().size,
    encode(text, maxLength) {
      checkCount("encode text", "maxLength", maxLength, 2);
      const { ids } = tokenizer.encode(repair(text));
      return Int32Array.from(ids.length <= maxLength ? ids : [...ids.slice(0, maxLength - 1), ids[ids.length - 1]]);
    },
  };
}

/**
 * Two steps of BERT's normalisation that the library does otherwise than the reference (found by the golden test), done before it:
 * an ideograph beyond U+FFFF is a word of its own; a capital sigma becomes a small one, not a final one, also at the end of a word.
 */
function repairOf({ normalizer }: Definition): (text: string) => string {
  if (normalizer?.type !== "BertNormalizer") return (text) => text;
  return (text) => {
    if (normalizer.handle_chinese_chars) {
      text = text.replace(/[\u{20000}-\u{2A6DF}\u{2A700}-\u{2B81F}\u{2B920}-\u{2CEAF}\u{2F800}-\u{2FA1F}]/gu, " $& ");
    }
    return normalizer.lowercase ? text.replaceAll("Σ", "σ") : text;
  };
}

async function readVocabulary(folder: string): Promise<object> {
  const text = await readText(folder, "vocab.txt");
  if (text === null) throw new TypeError(`Cannot load tokenizer as the model's folder must hold tokenizer.json or vocab.txt: ${folder}`);
  return wordPieces(text);
}

/** The parsed file, or null where there is none. */
async function readJson(folder: string, name: string): Promise<object | null> {
  const text = await readText(folder, name);
  try {
    return text === null ? null : JSON.parse(text);
  } catch (error) {
    throw new TypeError(`Cannot load tokenizer as ${name} must be JSON: ${(error as Error).message} in ${folder}`);
  }
}

/** The file's text, or null where there is none. */
async function readText(folder: string, name: string): Promise<string | null> {
  return await readFile(join(folder, name), "utf8").catch((error) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
}
