import assert from "node:assert/strict";
import { compile } from "../../lib/tensor/compile.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { createVariable } from "../../lib/tensor/variable.ts";
import { engineTest, leaksNothing, take } from "../support/tensorflow.ts";

engineTest("createVariable() copies its value; read() gives the value of this moment, assign() replaces it", async (engine) => {
  await leaksNothing(engine, () => {
    const start = tf.tensor1d([1, 2]), variable = createVariable("v", start);
    start.dispose();
    const before = variable.read(), next = tf.tensor1d([3, 4]);
    variable.assign(next);
    next.dispose();
    assert.deepEqual([take(before), take(variable.read())], [[1, 2], [3, 4]]);
    assert.deepEqual([variable.name, variable.shape], ["v", [2]]);
    variable.dispose();
  });
});

engineTest("createVariable() makes variables of one name that are not one variable", () => {
  const one = tf.scalar(1), two = tf.scalar(2);
  const a = createVariable("same", one), b = createVariable("same", two);
  assert.deepEqual([take(a.read()), take(b.read())], [[1], [2]]);
  a.dispose();
  assert.deepEqual(take(b.read()), [2]);
  b.dispose();
  tf.dispose([one, two]);
});

engineTest("assign() refuses another shape", () => {
  const value = tf.zeros([2, 3]), other = tf.zeros([3, 2]), variable = createVariable("w", value);
  assert.throws(() => variable.assign(other), { name: "TypeError", message: "Cannot assign to w as the shape must be [2,3]: [3,2]" });
  variable.dispose();
  tf.dispose([value, other]);
});

engineTest("a compiled function reads a variable's value of each call and changes it in place", async (engine) => {
  await leaksNothing(engine, async () => {
    const zero = tf.zeros([2]), one = tf.ones([2]), variable = createVariable("counter", zero);
    const step = compile((x) => {
      const value = variable.read();
      variable.assign(tf.add(value, x));
      return [value];
    });
    const seen: number[][] = [];
    for (let i = 0; i < 3; i++) seen.push(take((await step(one))[0]));
    assert.deepEqual(seen, [[0, 0], [1, 1], [2, 2]]);
    variable.assign(zero);
    assert.deepEqual(take((await step(one))[0]), [0, 0]);
    assert.deepEqual(take(variable.read()), [1, 1]);
    step.dispose();
    variable.dispose();
    tf.dispose([zero, one]);
  });
});

engineTest("ordered() runs a function's effects in the order of the program", async (engine) => {
  const start = tf.scalar(1), variable = createVariable("order", start);
  const step = compile((x) =>
    engine.ordered(() => {
      variable.assign(tf.mul(variable.read(), x));
      variable.assign(tf.add(variable.read(), x));
      variable.assign(tf.mul(variable.read(), x));
      return [variable.read()];
    })
  );
  const ten = tf.scalar(10);
  assert.deepEqual(take((await step(ten))[0]), [200]);
  step.dispose();
  variable.dispose();
  tf.dispose([start, ten]);
});
