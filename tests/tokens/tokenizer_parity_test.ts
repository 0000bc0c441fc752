import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { obtainAsset } from "../../lib/assets/obtain.ts";
import { loadTokenizer } from "../../lib/tokens/tokenizer.ts";

const golden: { versions: Record<string, string>; cases: { text: string; ids: number[] }[] } = JSON.parse(
  await readFile(new URL("../golden/tokens.json", import.meta.url), "utf8"),
);

Deno.test("encode() gives the ids that transformers gives, on the real vocabulary", async () => {
  const { encode, vocabularySize } = await loadTokenizer(await obtainAsset("minilm-l6"));
  assert.equal(vocabularySize, 30522);
  const longest = Math.max(...golden.cases.map(({ ids }) => ids.length));
  assert.ok(longest > 128, "a case beyond the truncation that tokenizer.json asks for");
  for (const { text, ids } of golden.cases) {
    assert.deepEqual([...encode(text, longest)], ids, text);
    const cut = Math.max(2, Math.min(ids.length - 1, 96));
    assert.deepEqual([...encode(text, cut)], [...ids.slice(0, cut - 1), 102], text);
  }
});
