import assert from "node:assert/strict";
import { stepFlops } from "../../bench/flops.ts";

const miniLM = { layers: 6, width: 384, heads: 12, innerWidth: 1536, vocabularySize: 30522, maxPositions: 512, layerNormEpsilon: 1e-12 };

Deno.test("stepFlops() counts what torch.utils.flop_counter counts for transformers and PEFT", () => {
  const count = (t: number, rank: number | null) => stepFlops(miniLM, { n: 32, t, classes: 2, rank }, "pytorch");
  assert.equal(count(44, 8), 63058775040);
  assert.equal(count(14, 8), 19706711040);
  assert.equal(count(44, null), 91432304640);
  assert.equal(count(14, null), 28739911680);
});

Deno.test("stepFlops() counts the products of our traced step", () => {
  const count = (rank: number | null) => stepFlops(miniLM, { n: 32, t: 48, classes: 2, rank }, "ours");
  assert.equal(count(null), 86272524288);
  const belowFirstAdapters = 3 * 2 * (32 * 48) * 384 * 384; // traced, but nothing reads them: TensorFlow drops them
  assert.equal(count(8), 60036724736 - belowFirstAdapters);
});
