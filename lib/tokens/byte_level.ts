/**
 * GPT-2's tokenizer (Radford et al. 2019): a text's bytes, merged pair by pair as a list of merges says, within words that keep their leading
 * space. Built from vocabulary and merges, as GGUF files hold them.
 */
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";

export interface ByteLevelVocabulary {
  /** By id. */
  readonly tokens: readonly string[];
  /** Ids of the tokens that stand for no text of theirs. */
  readonly special: readonly number[];
  /** In the order in which they are tried: "Ġ t". */
  readonly merges: readonly string[];
  /** Whether every digit is a token of its own. */
  readonly splitDigits: boolean;
}

/** From a text to its ids [t]: nothing is put before or after, nothing is cut. A special token's name in a text is its id. */
export function byteLevelTokenizer({ tokens, special, merges, splitDigits }: ByteLevelVocabulary): (text: string) => Int32Array {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  // Not the library's own `Digits`: the reference's takes every number character of Unicode for a digit, the library's only 0 to 9.
  const digits = { type: "Split", pattern: { Regex: "\\p{N}" }, behavior: "Isolated", invert: false };
  const tokenizer = new HuggingFaceTokenizer({
    version: "1.0",
    added_tokens: special.map((id) => ({
      id,
      content: tokens[id],
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: splitDigits ? { type: "Sequence", pretokenizers: [digits, byteLevel] } : byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map((merge) => merge.split(" ")),
    },
  }, {});
  return (text) => Int32Array.from(tokenizer.encode(text).ids);
}

/** What a GGUF file's metadata says of a byte-level tokenizer; a TypeError where it is of another kind. */
export function ggufVocabulary(metadata: Readonly<Record<string, unknown>>): ByteLevelVocabulary {
  const model = metadata["tokenizer.ggml.model"], pre = metadata["tokenizer.ggml.pre"] as string;
  if (model !== "gpt2") throw new TypeError(`Cannot load tokenizer as tokenizer.ggml.model must be "gpt2": ${JSON.stringify(model)}`);
  if (!["smollm", "gpt-2"].includes(pre)) throw new TypeError(`Cannot load tokenizer as tokenizer.ggml.pre must be "smollm" or "gpt-2": "${pre}"`);
  const types = metadata["tokenizer.ggml.token_type"] as number[], control = 3; // llama.cpp's number of a token without a text
  return {
    tokens: metadata["tokenizer.ggml.tokens"] as string[],
    special: types.flatMap((type, id) => type === control ? [id] : []),
    merges: metadata["tokenizer.ggml.merges"] as string[],
    splitDigits: pre === "smollm",
  };
}
