import assert from "node:assert/strict";
import { compile } from "../../lib/tensor/compile.ts";
import { runOnValues, type Values } from "../../lib/tensor/native_tensor.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { engineTest, leaksNothing } from "../support/tensorflow.ts";

const one: Values = { dtype: "float64", shape: [1], data: Float64Array.of(1) };

engineTest("runOnValues() gives values, and leaves nothing behind when an input or the op fails", async (engine) => {
  await leaksNothing(engine, () => {
    assert.deepEqual(runOnValues("Neg", [], [one]), [{ dtype: "float64", shape: [1], data: Float64Array.of(-1) }]);
    assert.throws(() => runOnValues("AddV2", [], [one, { ...one, shape: [2] }]), {
      message: "Cannot make a tensor as shape [2] must hold 2 values: got 1",
    });
    assert.throws(() => runOnValues("NoSuchOp", [], [one, one]), /^Error: Cannot run NoSuchOp\(float64\[1\], float64\[1\]\): /);
  });
});

engineTest("runOnValues() inside a trace is an error that says so, and leaves nothing behind", async (engine) => {
  await leaksNothing(engine, async () => {
    const x = tf.ones([1]);
    const compiled = compile((x) => {
      runOnValues("Neg", [{ name: "T", kind: "type", value: 2 }], [one]);
      return [x];
    });
    await assert.rejects(compiled(x), { message: "Cannot read a tensor's values while its function is traced: it has a shape but no values yet" });
    x.dispose();
  });
});
