import assert from "node:assert/strict";
import { returnFreeMemory } from "../../lib/tensor/free_memory.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { engineTest, leaksNothing, take } from "../support/tensorflow.ts";

engineTest("returnFreeMemory() leaves what is alive as it is", async (engine) => {
  await leaksNothing(engine, () => {
    const sizes = [1, 100, 10_000], alive = sizes.map((size) => tf.range(0, size)), gone = sizes.map((size) => tf.zeros([size]));
    tf.dispose(gone);
    returnFreeMemory();
    for (const [i, tensor] of alive.entries()) assert.deepEqual(take(tensor), [...new Array(sizes[i]).keys()]);
  });
});

Deno.test("returnFreeMemory() keeps no library open", () => assert.equal(returnFreeMemory(), undefined)); // an open one would fail the test

Deno.test("returnFreeMemory() lets go of what nobody refers to, at once", () => {
  let arrays: Float32Array[] | null = Array.from({ length: 8 }, () => new Float32Array(1e6).fill(1));
  const held = Deno.memoryUsage().external;
  assert.equal(arrays.length, 8);
  arrays = null;
  returnFreeMemory();
  assert(held - Deno.memoryUsage().external > 30e6, "32 MB of arrays");
});
