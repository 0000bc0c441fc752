/** BERT's vocab.txt as the tokenizer.json that says the same: the format that checkpoints had before. */

/**
 * @param vocabulary the file: one token a line, ids from 0
 * @param lowercase whether texts are made lower case and lose their accents, as for every uncased model
 */
export function wordPieces(vocabulary: string, lowercase = true): object {
  const tokens = vocabulary.replace(/\r?\n$/, "").split(/\r?\n/), vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], missing = special.filter((token) => !Object.hasOwn(vocab, token));
  if (missing.length) throw new TypeError(`Cannot read vocab.txt as it must have the tokens ${special.join(", ")}: ${missing.join(", ")} missing`);
  const frame = (token: string) => ({ SpecialToken: { id: token, type_id: 0 } });
  const text = (id: "A" | "B", type_id: number) => ({ Sequence: { id, type_id } });
  const framed = (token: string) => [token, { id: token, ids: [vocab[token]], tokens: [token] }];
  return {
    version: "1.0",
    added_tokens: special.map((content) => ({
      id: vocab[content],
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [frame("[CLS]"), text("A", 0), frame("[SEP]")],
      pair: [frame("[CLS]"), text("A", 0), frame("[SEP]"), text("B", 1), frame("[SEP]")],
      special_tokens: Object.fromEntries(["[CLS]", "[SEP]"].map(framed)),
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: { type: "WordPiece", unk_token: "[UNK]", continuing_subword_prefix: "##", max_input_chars_per_word: 100, vocab },
  };
}
