import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadTokenizer } from "../../lib/tokens/tokenizer.ts";

const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "film", "##s", "fine", "[", "]", ".", "οσ"];
const special = (id: number) => ({ id, content: vocabulary[id], special: true, single_word: false, lstrip: false, rstrip: false, normalized: false });
const definition = {
  truncation: { max_length: 4, strategy: "LongestFirst", stride: 0 },
  padding: { strategy: { Fixed: 4 }, direction: "Right", pad_id: 0, pad_type_id: 0, pad_token: "[PAD]" },
  added_tokens: [0, 1, 2, 3].map(special),
  normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: "[CLS]", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "[SEP]", type_id: 0 } }],
    pair: [],
    special_tokens: {},
  },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
  },
};

/** Calls `use` with a folder that holds the given tokenizer.json (none for null). */
async function withFolder(content: string | null, use: (folder: string) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), "tokenizer-"));
  try {
    if (content !== null) await writeFile(join(folder, "tokenizer.json"), content);
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

Deno.test("encode() frames a text with [CLS] and [SEP]", () =>
  withFolder(JSON.stringify(definition), async (folder) => {
    const { encode, vocabularySize } = await loadTokenizer(folder);
    assert.equal(vocabularySize, vocabulary.length);
    assert.deepEqual(encode("A fine film.", 512), Int32Array.of(2, 4, 7, 5, 10, 3));
    assert.deepEqual(encode("films [.] xyz", 512), Int32Array.of(2, 5, 6, 8, 10, 9, 1, 3));
    assert.deepEqual(encode("", 512), Int32Array.of(2, 3));
  }));

Deno.test("encode() normalises as BERT's reference does, where the library does not", () =>
  withFolder(JSON.stringify(definition), async (folder) => {
    const { encode } = await loadTokenizer(folder);
    assert.deepEqual(encode("ΟΣ", 512), Int32Array.of(2, 11, 3)); // not the word with a final sigma
    assert.deepEqual(encode("a𠀀a", 512), Int32Array.of(2, 4, 1, 4, 3)); // an ideograph parts its neighbours
  }));

Deno.test("encode() is not held to the truncation and padding of tokenizer.json", () =>
  withFolder(JSON.stringify(definition), async (folder) => {
    const { encode } = await loadTokenizer(folder);
    assert.equal(encode("a a a a a a a a", 512).length, 10);
    assert.equal(encode("a", 512).length, 3);
  }));

Deno.test("encode() cuts the end of a long text and keeps [SEP]", () =>
  withFolder(JSON.stringify(definition), async (folder) => {
    const { encode } = await loadTokenizer(folder);
    assert.deepEqual(encode("a fine film", 5), Int32Array.of(2, 4, 7, 5, 3));
    assert.deepEqual(encode("a fine film", 4), Int32Array.of(2, 4, 7, 3));
    assert.deepEqual(encode("a fine film", 2), Int32Array.of(2, 3));
    for (const maxLength of [1, 0, NaN, 2.5]) {
      assert.throws(() => encode("a", maxLength), {
        name: "RangeError",
        message: `Cannot encode text as maxLength must be a whole number, at least 2: ${maxLength}`,
      });
    }
  }));

Deno.test("loadTokenizer() says which file is missing or broken", async () => {
  await withFolder(null, (folder) =>
    assert.rejects(loadTokenizer(folder), {
      name: "TypeError",
      message: `Cannot load tokenizer as the model's folder must hold tokenizer.json or vocab.txt: ${folder}`,
    }));
  await withFolder("{", (folder) => assert.rejects(loadTokenizer(folder), /^TypeError: Cannot load tokenizer as tokenizer.json must be JSON: /));
  await withFolder(JSON.stringify({ ...definition, post_processor: null }), (folder) =>
    assert.rejects(loadTokenizer(folder), {
      name: "TypeError",
      message: `Cannot load tokenizer as it must put one token before a text and one after: [] in ${folder}`,
    }));
});
