import assert from "node:assert/strict";
import { byteLevelTokenizer, ggufVocabulary } from "../../lib/tokens/byte_level.ts";

const tokens = ["<end>", "a", "b", "1", "2", "Ġ", "ab", "Ġab", "12"];
const vocabulary = { tokens, special: [0], merges: ["a b", "Ġ ab", "1 2"], splitDigits: true };

Deno.test("byteLevelTokenizer() merges within words, which keep the space before them", () => {
  const encode = byteLevelTokenizer(vocabulary);
  assert.deepEqual(encode("ab ab"), Int32Array.of(6, 7));
  assert.deepEqual(encode("ba  ab"), Int32Array.of(2, 1, 5, 7));
  assert.deepEqual(encode(""), new Int32Array(0));
});

Deno.test("byteLevelTokenizer() splits digits where it is told to", () => {
  assert.deepEqual(byteLevelTokenizer(vocabulary)("a12"), Int32Array.of(1, 3, 4));
  assert.deepEqual(byteLevelTokenizer({ ...vocabulary, splitDigits: false })("a12"), Int32Array.of(1, 8));
});

Deno.test("byteLevelTokenizer() reads the name of a special token as that token", () => {
  assert.deepEqual(byteLevelTokenizer(vocabulary)("ab<end>b"), Int32Array.of(6, 0, 2));
});

Deno.test("ggufVocabulary() takes control tokens for special, and refuses tokenizers of another kind", () => {
  const metadata = {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "smollm",
    "tokenizer.ggml.tokens": tokens,
    "tokenizer.ggml.token_type": tokens.map((_, id) => id === 0 ? 3 : 1),
    "tokenizer.ggml.merges": vocabulary.merges,
  };
  assert.deepEqual(ggufVocabulary(metadata), vocabulary);
  assert.equal(ggufVocabulary({ ...metadata, "tokenizer.ggml.pre": "gpt-2" }).splitDigits, false);
  assert.throws(() => ggufVocabulary({ ...metadata, "tokenizer.ggml.model": "llama" }), {
    name: "TypeError",
    message: 'Cannot load tokenizer as tokenizer.ggml.model must be "gpt2": "llama"',
  });
  assert.throws(() => ggufVocabulary({ ...metadata, "tokenizer.ggml.pre": "tekken" }), {
    name: "TypeError",
    message: 'Cannot load tokenizer as tokenizer.ggml.pre must be "smollm" or "gpt-2": "tekken"',
  });
});
