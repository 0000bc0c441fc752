import assert from "node:assert/strict";
import { tf } from "../../lib/tensor/tf.ts";
import { engineTest, leaksNothing, take } from "../support/tensorflow.ts";

engineTest("gather takes rows and columns, within batches, of every type, and leaks nothing", async (engine) => {
  await leaksNothing(engine, () => {
    const x = tf.tensor2d([[1, 2, 3], [4, 5, 6]]), ids = tf.tensor1d([1, 0, 1], "int32"), pairs = tf.tensor2d([[2, 0], [1, 1]], [2, 2], "int32");
    assert.deepEqual(take(tf.gather(x, ids)), [4, 5, 6, 1, 2, 3, 4, 5, 6]);
    assert.deepEqual(take(tf.gather(x, ids, 1)), [2, 1, 2, 5, 4, 5]);
    assert.deepEqual(take(tf.gather(x, pairs, 1, 1)), [3, 1, 5, 5]);
    const whole = tf.cast(x, "int32"), flags = tf.greater(x, 3);
    assert.deepEqual(take(tf.gather(whole, ids, 1)), [2, 1, 2, 5, 4, 5]);
    assert.deepEqual(take(tf.gather(flags, ids)).map(Number), [1, 1, 1, 0, 0, 0, 1, 1, 1]);
    tf.dispose([x, ids, pairs, whole, flags]);
  });
});

engineTest("the gradient of gather adds up the rows and columns that are taken more than once", () => {
  const x = tf.tensor2d([[1, 2, 3], [4, 5, 6]]), ids = tf.tensor1d([1, 0, 1], "int32");
  for (const [axis, expected] of [[0, [1, 1, 1, 2, 2, 2]], [1, [1, 2, 0, 1, 2, 0]]] as const) {
    assert.deepEqual(take(tf.grad((x: tf.Tensor) => tf.sum(tf.gather(x, ids, axis)))(x)), expected);
  }
  tf.dispose([x, ids]);
});
