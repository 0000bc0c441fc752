import assert from "node:assert/strict";
import { compile } from "../../lib/tensor/compile.ts";
import { adopt, nativeId, runOp } from "../../lib/tensor/native.ts";
import * as ops from "../../lib/tensor/ops.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { assertClose } from "../support/close.ts";
import { engineTest, leaksNothing, take } from "../support/tensorflow.ts";

type Fn = (x: tf.Tensor2D, y: tf.Tensor2D) => tf.Tensor[];
const indices = () => tf.tensor1d([2, 0, 2], "int32");

/** Functions of x [3, 4] and y [4, 3]: what a traced function may be made of. */
const functions: Record<string, Fn> = {
  "an input as it is, twice": (x) => [x, x],
  "no result": () => [],
  "a literal": () => [tf.tensor2d([[1, 2]]), tf.scalar(3, "int32")],
  elementwise: (x, y) => [tf.exp(x), tf.sub(tf.mul(x, tf.transpose(y)), 0.5), tf.relu(x), tf.sqrt(tf.abs(y)), tf.erf(x), tf.sigmoid(x)],
  broadcasting: (x) => [tf.add(x, tf.tensor1d([1, 2, 3, 4])), tf.maximum(x, tf.scalar(0))],
  "matrix products": (x, y) => [tf.matMul(x, y), tf.matMul(x, x, false, true), tf.matMul(tf.reshape(x, [1, 3, 4]), tf.reshape(y, [1, 4, 3]))],
  "list inputs": (x, y) => [
    tf.concat([x, tf.transpose(y) as tf.Tensor2D, x], 0),
    tf.stack([x, x], 1),
    ...tf.split(x, 2, 1),
    ...tf.unstack(y),
    tf.addN([x, x, x]),
  ],
  reductions: (x) => [tf.sum(x), tf.mean(x, 1), tf.max(x, 0, true), tf.argMax(x, 1), tf.logSumExp(x, 1), tf.all(tf.greater(x, -9))],
  shapes: (
    x,
  ) => [tf.transpose(x), tf.slice(x, [1, 0], [2, 2]), tf.pad(x, [[1, 0], [0, 1]]), tf.tile(x, [2, 1]), tf.expandDims(x, 0), tf.reverse(x, 1)],
  softmax: (x) => [tf.softmax(x), tf.logSoftmax(x), ops.softmax(x)],
  comparisons: (x) => [tf.where(tf.greater(x, 0), x, tf.zerosLike(x)), tf.cast(tf.less(x, 0), "int32"), tf.oneHot(indices(), 4)],
  gather: (x) => [tf.gather(x, indices()), tf.gather(x, indices(), 1)],
  gradients: (x, y) => [
    ...tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.square(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D))))([x, y]),
    tf.grad((a: tf.Tensor) => tf.sum(tf.softmax(a as tf.Tensor2D).mul(x)))(x),
  ],
  "gradient of gather": (x) => [tf.grad((a: tf.Tensor) => tf.sum(tf.square(tf.gather(a, indices()))))(x)],
  "own operations": (x, y) => [
    ops.linear(x, x),
    ops.gelu(x),
    ops.layerNorm(x, tf.tensor1d([1, 2, 3, 4]), tf.zeros([4]), 1e-6),
    ops.embeddingLookup(x, indices()),
    ops.crossEntropy(x, tf.tensor1d([0, 3, 1], "int32")),
    ops.dropout(y, 0.5, tf.tensor1d([1, 2], "int32")),
    ...tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.sum(ops.gelu(ops.linear(a, b))))([x, x]),
  ],
};

const inputs = (): [tf.Tensor2D, tf.Tensor2D] => [
  tf.tensor2d(Array.from({ length: 12 }, (_, k) => Math.sin(1 + k)), [3, 4]),
  tf.tensor2d(Array.from({ length: 12 }, (_, k) => Math.cos(2 * k)), [4, 3]),
];

for (const [name, fn] of Object.entries(functions)) {
  engineTest(`compile() computes what fn computes: ${name}`, async (engine) => {
    await leaksNothing(engine, async () => {
      const [x, y] = inputs();
      const eager = tf.tidy(() => fn(x, y)), compiled = compile((...args) => fn(...args as [tf.Tensor2D, tf.Tensor2D]));
      const results = await compiled(x, y);
      const form = (tensors: tf.Tensor[]) => tensors.map(({ shape, dtype }) => `${dtype}[${shape}]`);
      assert.deepEqual(form(results), form(eager));
      for (const [i, result] of results.entries()) assertClose(result.dataSync(), eager[i].dataSync(), 1e-6, `${name} ${i}`);
      for (const tensor of [...eager, ...results, x, y]) if (!tensor.isDisposed) tensor.dispose();
      compiled.dispose();
    });
  });
}

engineTest("compile() traces once per signature of types and shapes", async () => {
  let runs = 0;
  const compiled = compile((x) => {
    runs++;
    return [tf.add(x, x)];
  });
  for (
    const [input, traces] of [[tf.ones([2]), 1], [tf.zeros([2]), 1], [tf.ones([3]), 2], [tf.ones([2], "int32"), 3], [tf.ones([2, 1]), 4]] as const
  ) {
    take((await compiled(input))[0]);
    input.dispose();
    assert.deepEqual([compiled.traces, runs], [traces, traces]);
  }
  compiled.dispose();
  assert.equal(compiled.traces, 0);
});

engineTest("compile() captures tensors: they may be disposed, and live as long as the function", async (engine) => {
  await leaksNothing(engine, async () => {
    for (const size of [4, 5000]) { // beyond the size of a literal as well
      const weight = tf.fill([size], 3), table = tf.fill([size], 2), x = tf.ones([size]);
      const compiled = compile((x) => [tf.mul(tf.mul(x, weight), table)]);
      take((await compiled(x))[0]);
      tf.dispose([weight, table]);
      assert.deepEqual(new Set(take((await compiled(x))[0])), new Set([6]));
      compiled.dispose();
      x.dispose();
    }
  });
});

engineTest("compile() keeps tensors made from values inside fn, small and large", async (engine) => {
  await leaksNothing(engine, async () => {
    const values = Float32Array.from({ length: 3000 }, (_, k) => k), x = tf.ones([3000]);
    const compiled = compile((x) => [tf.add(x, tf.tensor1d(values)), tf.add(x, tf.scalar(2))]);
    for (let call = 0; call < 2; call++) {
      const [sum, two] = (await compiled(x)).map(take);
      assert.deepEqual([sum[0], sum[2999], two[7]], [1, 3000, 3]);
    }
    compiled.dispose();
    x.dispose();
  });
});

engineTest("reading a value inside a trace is an error that says so, and leaves nothing behind", async (engine) => {
  await leaksNothing(engine, async () => {
    const x = tf.ones([2]);
    const reading = compile((x) => [tf.scalar(x.dataSync()[0])]);
    await assert.rejects(reading(x), { message: "Cannot read a tensor's values while its function is traced: it has a shape but no values yet" });
    assert.equal(engine.tracing, false);
    assert.equal(reading.traces, 0);
    reading.dispose();
    x.dispose();
  });
});

engineTest("an error in fn passes through, and leaves nothing behind", async (engine) => {
  await leaksNothing(engine, async () => {
    const x = tf.ones([2, 3]), captured = tf.ones([3]);
    const own = compile((x) => {
      const y = tf.add(x, captured);
      if (y.rank === 2) throw new RangeError("own error");
      return [y];
    });
    await assert.rejects(own(x), { name: "RangeError", message: "own error" });
    const wrong = compile((x) => [runOp("MatMul", [{ name: "T", kind: "type", value: 1 }], [x, x])[0]]);
    await assert.rejects(wrong(x), { message: /^Cannot trace MatMul\(float32\[2,3\], float32\[2,3\]\): Dimensions must be equal, but are 3 and 2/ });
    assert.deepEqual(take(tf.add(x, captured)), [2, 2, 2, 2, 2, 2]);
    tf.dispose([x, captured]);
  });
});

engineTest("an error while the function runs names the function, and leaves nothing behind", async (engine) => {
  await leaksNothing(engine, async () => {
    const table = tf.ones([3, 2]), ids = tf.tensor1d([0, 7], "int32");
    const compiled = compile((table, ids) => [tf.gather(table, ids as tf.Tensor1D)]);
    await assert.rejects(compiled(table, ids), {
      message: /^Cannot run lowrank_\d+\(float32\[3,2\], int32\[2\]\): .*indices\[1\] = 7 is not in \[0, 3\)/,
    });
    const good = tf.tensor1d([1, 2], "int32");
    assert.deepEqual(take((await compiled(table, good))[0]), [1, 1, 1, 1]);
    compiled.dispose();
    tf.dispose([table, ids, good]);
  });
});

engineTest("a compiled function cannot be called inside a trace", async (engine) => {
  const x = tf.ones([2]), inner = compile((x) => [tf.neg(x)]);
  let refused: Promise<unknown> | undefined;
  const outer = compile((x) => {
    refused = inner(x);
    refused.catch(() => {});
    return [x];
  });
  tf.dispose(await outer(x));
  const message = "Cannot call a compiled function as no other may be under construction: it was called inside a trace";
  await assert.rejects(refused!, { message });
  assert.equal(engine.tracing, false);
  tf.dispose(x);
  outer.dispose();
  inner.dispose();
});

engineTest("the event loop goes on while a compiled function runs", async () => {
  const x = tf.ones([800, 800]);
  const slow = compile((x) => {
    let y = x;
    for (let i = 0; i < 12; i++) y = tf.mul(tf.matMul(y as tf.Tensor2D, x as tf.Tensor2D), 1e-3);
    return [y];
  });
  tf.dispose(await slow(x)); // traced
  const events: string[] = [];
  const call = slow(x).then((results) => {
    events.push("result");
    tf.dispose(results);
  });
  const timer = new Promise<void>((done) =>
    setTimeout(() => {
      events.push("timer");
      done();
    }, 0)
  );
  await Promise.all([call, timer]);
  assert.deepEqual(events, ["timer", "result"]);
  slow.dispose();
  x.dispose();
});

engineTest("calls that overlap each get their own results", async (engine) => {
  await leaksNothing(engine, async () => {
    const compiled = compile((x) => [tf.mul(x, 2)]), xs = [1, 2, 3, 4].map((value) => tf.fill([1000], value));
    const results = await Promise.all(xs.map((x) => compiled(x)));
    assert.deepEqual(results.map(([y]) => take(y)[999]), [2, 4, 6, 8]);
    compiled.dispose();
    tf.dispose(xs);
  });
});

engineTest("runOp() takes inputs and gives results as tfjs tensors that own native ones", async (engine) => {
  await leaksNothing(engine, () => {
    const x = tf.tensor1d([1, -2]);
    const [y] = runOp("Neg", [{ name: "T", kind: "type", value: 1 }], [x]);
    assert.deepEqual([engine.describe(nativeId(y)).shape, take(y)], [[2], [-1, 2]]);
    const copy = adopt({ ...engine.describe(nativeId(x)), id: engine.share(nativeId(x)) });
    x.dispose();
    assert.deepEqual(take(copy), [1, -2]);
  });
});
