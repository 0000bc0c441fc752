import assert from "node:assert/strict";
import { openGguf } from "../../lib/model/gguf.ts";
import { llamaConfigOf, llamaWeights } from "../../lib/model/llama_gguf.ts";
import { causalLogProbs, type LlamaConfig, type LlamaWeights } from "../../lib/model/llama.ts";
import type { StoredTensor } from "../../lib/model/safetensors.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { assertClose } from "../support/close.ts";
import { goldenLlama, tinyLlamaFile } from "../support/golden_llama.ts";
import { engineTest, leaksNothing, take } from "../support/tensorflow.ts";

const file = await openGguf(tinyLlamaFile), config = llamaConfigOf(file), golden = goldenLlama();
const stored = new Map<string, StoredTensor>(llamaWeights(file, config));

function withWeights<T>(use: (weights: LlamaWeights) => T): T {
  const tensors = new Map([...stored].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));
  const result = use((name) => tensors.get(name)!);
  tf.dispose([...tensors.values()]);
  return result;
}

/** Log-probabilities of rows given as columns of int32 rectangles. */
function answersOf(weights: LlamaWeights, columns: { [name: string]: number[][] }, of: LlamaConfig = config): number[] {
  const inputs = Object.fromEntries(Object.entries(columns).map(([name, rows]) => [name, tf.tensor2d(rows, undefined, "int32")]));
  const { ids, positions, ownStart, sharedStart, sharedEnd, asked, targets } = inputs;
  try {
    return take(causalLogProbs(of, weights, { ids, positions, ownStart, sharedStart, sharedEnd }, { asked, targets }));
  } finally {
    tf.dispose(Object.values(inputs));
  }
}

/** One sequence a row, every token but the first asked for; `pad` more tokens stand behind, and are asked for nothing that is looked at. */
function plain(ids: readonly number[], pad = 0): { [name: string]: number[][] } {
  const row = [...ids, ...Array<number>(pad).fill(63)], zeros = row.map(() => 0), asked = [...ids.slice(1).keys()];
  return {
    ids: [row],
    positions: [[...row.keys()]],
    ownStart: [zeros],
    sharedStart: [zeros],
    sharedEnd: [zeros],
    asked: [asked],
    targets: [ids.slice(1)],
  };
}

Deno.test("llamaConfigOf() reads the sizes", () => {
  assert.deepEqual(config, {
    layers: 2,
    width: 64,
    heads: 4,
    keyHeads: 2,
    innerWidth: 96,
    vocabularySize: 64,
    maxPositions: 32,
    ropeBase: 10000,
    normEpsilon: Math.fround(1e-5),
  });
});

Deno.test("llamaConfigOf() refuses what the functions do not compute", () => {
  const refuses = (change: Record<string, unknown>, message: string) =>
    assert.throws(() => llamaConfigOf({ ...file, metadata: { ...file.metadata, ...change } }), { name: "TypeError", message });
  refuses({ "general.architecture": "phi3" }, 'Cannot use the language model as general.architecture must be "llama": "phi3"');
  refuses({ "llama.block_count": undefined }, "Cannot use the language model as llama.block_count must be a positive number: undefined");
  refuses({ "llama.attention.head_count_kv": 3 }, "Cannot use the language model as heads must divide the width, and key heads the heads: [64,4,3]");
  refuses({ "llama.rope.dimension_count": 8 }, "Cannot use the language model as llama.rope.dimension_count must be the size of a head, 16: 8");
  refuses({ "llama.rope.scaling.type": "linear" }, 'Cannot use the language model as llama.rope.scaling.type must be "none": "linear"');
  assert.throws(() => llamaConfigOf({ ...file, names: [...file.names, "output.weight"] }), {
    name: "TypeError",
    message: 'Cannot use the language model as its output embedding must be its input embedding: "output.weight"',
  });
});

Deno.test("llamaWeights() gives the reference's weights, queries and keys in its order of rows", () => {
  assert.deepEqual([...stored.keys()].sort(), Object.keys(golden.weights).sort());
  for (const [name, { norm, values }] of Object.entries(golden.weights)) {
    const { data } = stored.get(name)!;
    assertClose(data.slice(-values.length), values, 1e-7, name);
    assertClose(Math.hypot(...data), norm, 1e-6 * norm, name);
  }
  assert.throws(() => [...llamaWeights(file, { ...config, innerWidth: 128 })], {
    name: "TypeError",
    message: 'Cannot use the language model as "blk.0.ffn_gate.weight" must have shape [128,64]: [96,64]',
  });
});

engineTest("causalLogProbs() agrees with the reference on a model of formulas", async (engine) => {
  await leaksNothing(engine, () =>
    withWeights((weights) => {
      for (const { ids, logProbs } of golden.cases) assertClose(answersOf(weights, plain(ids)), logProbs, 2e-5, `[${ids}]`);
    }));
});

engineTest("what stands behind a sequence changes nothing of it", () => {
  withWeights((weights) => {
    const { ids, logProbs } = golden.cases[2];
    assertClose(answersOf(weights, plain(ids, 9)), logProbs, 2e-5);
  });
});

engineTest("sequences that share their beginning in a row are read as each by itself", () => {
  withWeights((weights) => {
    // 5 9 2 7 4, and behind its first two tokens also 8 1 6: the row 5 9 2 7 | 8 1, where 8 stands at position 2 and sees 5 9.
    const row = { ids: [[5, 9, 2, 7, 8, 1]], positions: [[0, 1, 2, 3, 2, 3]], ownStart: [[0, 0, 0, 0, 4, 4]] };
    const shared = { sharedStart: [[0, 0, 0, 0, 0, 0]], sharedEnd: [[0, 0, 0, 0, 2, 2]] };
    const found = answersOf(weights, { ...row, ...shared, asked: [[0, 1, 2, 3, 1, 4, 5]], targets: [[9, 2, 7, 4, 8, 1, 6]] });
    const first = answersOf(weights, plain([5, 9, 2, 7, 4])), second = answersOf(weights, plain([5, 9, 8, 1, 6]));
    assertClose(found, [...first, ...second.slice(1)], 2e-6);
    assert(Math.abs(found[5] - answersOf(weights, plain([8, 1]))[0]) > 1e-3, "what is shared is looked at");
  });
});

engineTest("a row longer than the positions is an error", async (engine) => {
  await leaksNothing(engine, () =>
    withWeights((weights) =>
      assert.throws(() => answersOf(weights, plain(Array<number>(33).fill(1))), {
        name: "RangeError",
        message: "Cannot read the rows as they must have at most 32 tokens: 33",
      })
    ));
});
