import assert from "node:assert/strict";
import { join } from "node:path";
import { obtainAsset } from "../../lib/assets/obtain.ts";
import { loadTokenizer } from "../../lib/tokens/tokenizer.ts";
import { wordPieces } from "../../lib/tokens/word_pieces.ts";

const texts = [
  "A tale, well told: it's 2 hours long!",
  "[.*?]Naïve CAFÉ façades",
  "Is it? <SEP> Was it?",
  "unbelievably antidisestablishmentarian",
  "",
  "電影 is film; ΣΑΣ",
  "[MASK] stays whole",
];

Deno.test("a vocab.txt encodes as the tokenizer.json with the same tokens", async () => {
  const reference = await obtainAsset("minilm-l6"), folder = await Deno.makeTempDir();
  try {
    const { model: { vocab } } = JSON.parse(await Deno.readTextFile(join(reference, "tokenizer.json")));
    const tokens = Object.entries(vocab as Record<string, number>).sort(([, a], [, b]) => a - b).map(([token]) => token);
    await Deno.writeTextFile(join(folder, "vocab.txt"), tokens.join("\n") + "\n");
    const [own, other] = [await loadTokenizer(folder), await loadTokenizer(reference)];
    assert.equal(own.vocabularySize, 30522);
    for (const text of texts) assert.deepEqual(own.encode(text, 16), other.encode(text, 16), text);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("wordPieces() wants BERT's special tokens", () => {
  assert.throws(() => wordPieces("[PAD]\n[UNK]\n[CLS]\nthe\n"), {
    name: "TypeError",
    message: "Cannot read vocab.txt as it must have the tokens [PAD], [UNK], [CLS], [SEP], [MASK]: [SEP], [MASK] missing",
  });
});
