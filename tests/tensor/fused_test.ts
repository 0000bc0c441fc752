import assert from "node:assert/strict";
import { compile } from "../../lib/tensor/compile.ts";
import { fused } from "../../lib/tensor/fused.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { assertClose } from "../support/close.ts";
import { engineTest, leaksNothing, take } from "../support/tensorflow.ts";

const waves = (shape: number[], start = 0) =>
  tf.tensor(Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.sin(start + k)), shape);

engineTest("fused() computes what its function computes, in a trace and outside", async (engine) => {
  await leaksNothing(engine, async () => {
    const fn = (x: tf.Tensor, y: tf.Tensor) => [tf.mul(tf.exp(x), tf.add(y, 0.5)), tf.sum(tf.mul(x, y), -1, true)];
    const kernel = fused(fn), x = waves([3, 40]), y = waves([40], 2), compiled = compile((x, y) => kernel(tf.neg(x), y).map((z) => tf.square(z)));
    const expected = tf.tidy(() => fn(tf.neg(x), y).map((z) => tf.square(z))),
      outside = tf.tidy(() => kernel(x, y)),
      direct = tf.tidy(() => fn(x, y));
    for (const [i, result] of (await compiled(x, y)).entries()) assertClose(take(result), take(expected[i]), 1e-5, `result ${i}`);
    for (const [i, result] of outside.entries()) assert.deepEqual(take(result), take(direct[i]));
    compiled.dispose();
    tf.dispose([x, y]);
  });
});

engineTest("a fused kernel is traced once per signature, and serves every place and every compiled function", async () => {
  let traces = 0;
  const kernel = fused((x) => {
    traces++;
    return [tf.add(tf.square(x), 1)];
  });
  const twice = compile((x) => kernel(kernel(x)[0])), once = compile((x) => kernel(x)), x = tf.tensor1d([1, 2]), longer = tf.ones([3]);
  assert.deepEqual([take((await twice(x))[0]), take((await once(x))[0]), traces], [[5, 26], [2, 5], 1]);
  twice.dispose(); // the kernel outlives it
  assert.deepEqual([take((await once(x))[0]), take((await once(longer))[0]), traces], [[2, 5], [2, 2, 2], 2]);
  once.dispose();
  tf.dispose([x, longer]);
});

engineTest("fused() is differentiated by the operation that it is part of", async () => {
  const forward = fused((x) => [tf.mul(x, tf.square(x))]), backward = fused((dy, x) => [tf.mul(dy, tf.mul(tf.square(x), 3))]);
  const cube = tf.customGrad((x, save) => {
    (save as (tensors: tf.Tensor[]) => void)([x as tf.Tensor]);
    return { value: forward(x as tf.Tensor)[0], gradFunc: (dy: tf.Tensor, [x]: tf.Tensor[]) => backward(dy, x) };
  });
  const gradient = compile((x) => [tf.grad((x: tf.Tensor) => tf.sum(cube(x)))(x)]), x = tf.tensor1d([1, -2, 0.5]);
  assertClose(take((await gradient(x))[0]), [3, 12, 0.75], 1e-6, "gradient");
  gradient.dispose();
  x.dispose();
});

engineTest("fused() refuses a function that uses more than its inputs", async (engine) => {
  await leaksNothing(engine, async () => {
    const other = tf.ones([2000]), x = tf.ones([2000]);
    const captures = fused((x) => [tf.add(x, other)]), outer = compile((x) => captures(x));
    await assert.rejects(outer(x), { message: "Cannot fuse the function as it must use nothing but its inputs: it captured a tensor" });
    const foreign = compile((x) => {
      const doubled = tf.add(x, x);
      return fused((y) => [tf.mul(y, doubled)])(x);
    });
    await assert.rejects(foreign(x), { message: "Cannot trace the function as it must use its own inputs: it uses a tensor of another trace" });
    for (const compiled of [outer, foreign]) compiled.dispose();
    tf.dispose([other, x]);
  });
});
