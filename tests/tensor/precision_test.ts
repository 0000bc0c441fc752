import assert from "node:assert/strict";
import { compile } from "../../lib/tensor/compile.ts";
import { toBfloat16 } from "../../lib/tensor/dtypes.ts";
import { linear, lowRankLinear } from "../../lib/tensor/ops.ts";
import { checkPrecision, forgetRounded, keepRounded, productPrecision, withPrecision } from "../../lib/tensor/precision.ts";
import { hasBfloat16, processorFeatures } from "../../lib/tensor/processor.ts";
import { product } from "../../lib/tensor/product.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { fromBfloat16 } from "../support/bfloat16.ts";
import { assertClose } from "../support/close.ts";
import { engineTest, leaksNothing, take } from "../support/tensorflow.ts";

const waves = (rows: number, columns: number, start: number) =>
  tf.tensor2d(Array.from({ length: rows * columns }, (_, k) => Math.sin(start + k)), [rows, columns]);
const rounded = (x: tf.Tensor) => tf.tensor(fromBfloat16(toBfloat16(x.dataSync() as Float32Array)), x.shape);

engineTest("product() in bf16 multiplies rounded factors and rounds the product", async (engine) => {
  await leaksNothing(engine, async () => {
    const a = waves(5, 16, 1), b = waves(16, 7, 2);
    const exact = tf.tidy(() => [...tf.matMul(rounded(a) as tf.Tensor2D, rounded(b) as tf.Tensor2D).dataSync()]);
    const found = take(product(a, b, false, false, "bf16")), traced = compile((a, b) => [product(a, b, false, false, "bf16")]);
    for (const [i, value] of found.entries()) assert(Math.abs(value - exact[i]) <= 2 ** -8 * Math.abs(exact[i]) + 1e-6, `${value} for ${exact[i]}`);
    assert.deepEqual(found, [...fromBfloat16(toBfloat16(Float32Array.from(found)))]);
    assert.deepEqual(take((await traced(a, b))[0]), found);
    traced.dispose();
    tf.dispose([a, b]);
  });
});

engineTest("withPrecision() holds while its function builds, gradients included, and ends with an error", () => {
  const x = waves(4, 8, 1), w = waves(3, 8, 5), exact = tf.grads((x: tf.Tensor, w: tf.Tensor) => tf.sum(tf.square(linear(x, w))))([x, w]);
  const found = withPrecision("bf16", () => tf.grads((x: tf.Tensor, w: tf.Tensor) => tf.sum(tf.square(linear(x, w))))([x, w]));
  for (const [i, gradient] of found.entries()) {
    const want = [...exact[i].dataSync()], got = [...gradient.dataSync()], largest = Math.max(...want.map(Math.abs));
    assertClose(got, want, 0.02 * largest, `gradient ${i}`);
    assert.notDeepEqual(got, want);
  }
  tf.dispose([x, w, ...exact, ...found]);
  assert.throws(() =>
    withPrecision("bf16", () => {
      throw new Error("a stop");
    }), { message: "a stop" });
  assert.equal(productPrecision(), "f32");
});

engineTest("a weight that is kept rounded is not rounded again, and gives the same numbers", async (engine) => {
  await leaksNothing(engine, async () => {
    const x = waves(4, 8, 1), w = waves(6, 8, 2), a = waves(2, 8, 3), b = waves(6, 2, 4);
    const run = () => withPrecision("bf16", () => take(lowRankLinear(x, w, a, b, 0.5))), before = run();
    keepRounded(w);
    assert.deepEqual(run(), before);
    const captured = compile((x) => [withPrecision("bf16", () => product(x, w, false, true, "bf16"))]);
    tf.dispose(await captured(x));
    captured.dispose();
    forgetRounded(w);
    const exact = take(lowRankLinear(x, w, a, b, 0.5));
    assertClose(before, exact, 0.05, "low-rank map");
    tf.dispose([x, w, a, b]);
  });
});

Deno.test("processorFeatures() reads /proc/cpuinfo; elsewhere nothing is known", () => {
  const flags = (text: string) => processorFeatures(`processor\t: 0\nflags\t\t: fpu ${text} sse\nbugs\t\t:\n`);
  assert.deepEqual(flags("avx2 avx512f avx512_bf16 amx_bf16"), ["AVX2", "AVX-512", "AVX-512 bf16", "AMX bf16"]);
  assert.deepEqual(flags("avx avx512cd"), []);
  assert.deepEqual([processorFeatures("Features\t: fp asimd\n"), processorFeatures(null)], [null, null]);
});

Deno.test("bf16 needs AMX or AVX-512 bf16", () => {
  assert.deepEqual([["AMX bf16"], ["AVX-512 bf16"], ["AVX-512"], null].map((features) => hasBfloat16(features as never)), [true, true, false, false]);
  checkPrecision("f32", false);
  checkPrecision("bf16", true);
  assert.throws(() => checkPrecision("bf16", false), {
    message: "Cannot train in bf16 as the processor must have AMX or AVX-512 bf16 instructions: it has neither, or the system does not say; " +
      'use precision "f32"',
  });
});
