import assert from "node:assert/strict";
import { numpyPermutation } from "../../lib/data/numpy_permutation.ts";

/** Expected: numpy 2.4, `np.random.default_rng(seed).permutation(n)`. */
Deno.test("numpyPermutation() is numpy's", () => {
  assert.deepEqual([...numpyPermutation(20240723, 10)], [9, 1, 2, 7, 6, 3, 8, 4, 5, 0]);
  assert.deepEqual([...numpyPermutation(20240723, 100_000).slice(0, 8)], [14527, 61039, 97584, 82619, 36928, 80125, 41744, 22002]);
  assert.deepEqual([...numpyPermutation(0, 12)], [9, 2, 7, 4, 5, 11, 0, 3, 6, 10, 8, 1]);
  assert.deepEqual([...numpyPermutation(2 ** 32 - 1, 12)], [1, 4, 0, 6, 8, 7, 10, 3, 11, 5, 2, 9]);
  const large = numpyPermutation(20240723, 363_846);
  assert.deepEqual([...large.slice(0, 4), ...large.slice(-4)], [197579, 333203, 221116, 254250, 274053, 338847, 294319, 196891]);
});

Deno.test("numpyPermutation() of nothing and of one", () => {
  assert.deepEqual([[...numpyPermutation(1, 0)], [...numpyPermutation(1, 1)]], [[], [0]]);
});
