import assert from "node:assert/strict";
import { compile } from "../../lib/tensor/compile.ts";
import { fused } from "../../lib/tensor/fused.ts";
import { currentEngine, nativeId as idOf } from "../../lib/tensor/native.ts";
import { product } from "../../lib/tensor/product.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { createVariable } from "../../lib/tensor/variable.ts";
import { engineTest, leaksNothing, take } from "../support/tensorflow.ts";

engineTest("profile() counts a compiled function's ops and their times, fused kernels as one, and moves no variable", async (engine) => {
  await leaksNothing(engine, () => {
    const x = tf.fill([40, 40], 0.5), start = tf.ones([40, 40]), variable = createVariable("weight", start);
    const kernel = fused((y) => [tf.exp(tf.mul(y, tf.square(y)))]);
    const compiled = compile((x) => {
      const sum = kernel(product(x, variable.read(), false, false))[0];
      currentEngine().execute("AssignAddVariableOp", [{ name: "dtype", kind: "type", value: 1 }], [variable.id, idOf(sum)], 0);
      return [tf.sum(sum)];
    });
    const ops = compiled.profile([x], 4), of = (pattern: RegExp) => ops.filter(({ op }) => pattern.test(op));
    assert.deepEqual(of(/MatMul|^lowrank_fused|^AssignAdd|^Sum$/).map(({ calls }) => calls), [1, 1, 1, 1]);
    assert.deepEqual(of(/Exp|Square/), []);
    assert(ops.every(({ milliseconds }) => milliseconds >= 0) && of(/MatMul/)[0].milliseconds > 0);
    assert.deepEqual(ops.map(({ milliseconds }) => milliseconds), ops.map(({ milliseconds }) => milliseconds).sort((a, b) => b - a));
    assert.deepEqual([compiled.traces, take(variable.read())[0]], [1, 1]);
    compiled.dispose();
    variable.dispose();
    tf.dispose([x, start]);
  });
});
