import assert from "node:assert/strict";
import { hasUsualVariance, isPlain, isUsual, scaleOf, usualSize, usualStart } from "../../lib/adapter/method.ts";

Deno.test("scaleOf() is alpha / r", () => assert.deepEqual([scaleOf({ rank: 8, alpha: 16 }), scaleOf({ rank: 64, alpha: 16 })], [2, 0.25]));

Deno.test("hasUsualVariance() takes 1/3 as it is written", () => {
  assert.deepEqual([1 / 3, 0.3333, 0.33, 1, 0.001].map((initVariance) => hasUsualVariance({ initVariance })), [true, true, false, false, false]);
});

Deno.test("isPlain() is false as soon as one thing differs, but for rank, alpha and k", () => {
  const plain = { ...usualStart, targets: "all" } as const;
  assert.ok(isPlain(plain) && isPlain({ ...plain, ...{ rank: 64, initVariance: 2 } }));
  const others = [{ targets: "qv" }, { init: "gaussian" }, { zero: "A" }, { trainA: false }] as const;
  for (const other of others) assert.ok(!isPlain({ ...plain, ...other }), JSON.stringify(other));
});

Deno.test("isUsual() is false as soon as rank, alpha, k or anything of the start differs", () => {
  const usual = { ...usualSize, ...usualStart, targets: "all" } as const;
  assert.ok(isUsual(usual));
  const others = [{ rank: 4 }, { alpha: 8 }, { rank: 4, alpha: 8 }, { initVariance: 1 }, { targets: "qv" }, { trainA: false }] as const;
  for (const other of others) assert.ok(!isUsual({ ...usual, ...other }), JSON.stringify(other));
});
