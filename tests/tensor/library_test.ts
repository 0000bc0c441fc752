import assert from "node:assert/strict";
import { obtainAsset } from "../../lib/assets/obtain.ts";
import { startTensorFlow } from "../../lib/tensor/backend.ts";
import { chainsOf, openLibrary, poolThreads, sessionConfig } from "../../lib/tensor/library.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { run } from "../support/command.ts";
import { engineTest } from "../support/tensorflow.ts";

Deno.test("chains and pool: one thread a chain up to four threads; beyond, the chains share a pool of all threads", () => {
  assert.deepEqual([1, 2, 3, 4, 8, 64].map((threads) => [chainsOf(threads), poolThreads(threads)]), [[1, 1], [2, 1], [3, 1], [4, 1], [4, 8], [
    4,
    64,
  ]]);
});

Deno.test("sessionConfig() encodes any number of threads", () => {
  assert.deepEqual([...sessionConfig(2, 2)], [0x10, 2, 0x28, 2]);
  assert.deepEqual([...sessionConfig(192, 2)], [0x10, 0xc0, 1, 0x28, 2]);
});

Deno.test("openLibrary() says what is wrong with its arguments", async () => {
  for (const threads of [0, 1.5, NaN, -1]) {
    assert.throws(() => openLibrary("nowhere", { threads }), {
      name: "RangeError",
      message: `Cannot open TensorFlow as threads must be a positive integer: ${threads}`,
    });
  }
  const folder = await Deno.makeTempDir();
  const message = /^Cannot open TensorFlow as libtensorflow_cc\S+ does not load: .*\. Run "deno task doctor" to see what is installed$/s;
  assert.throws(() => openLibrary(folder), { message });
  await assert.rejects(startTensorFlow(folder), { message });
  await Deno.remove(folder);
});

engineTest("startTensorFlow() starts after a failed start, once, and is tfjs's backend", async (engine) => {
  assert.equal(await startTensorFlow("anything: it is started"), engine);
  assert.equal(tf.getBackend(), "tensorflow");
  assert.match(engine.library.version, /^2\.\d+\.\d+/);
  assert(engine.library.devices.includes("CPU"));
});

Deno.test("a process that starts, trains and ends says nothing of TensorFlow's", async () => {
  const { code, stdout, stderr } = await run("tests/support/train_tiny.ts", [await obtainAsset("tensorflow")]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.match(stdout, /^loss 0\.\d+\n$/);
});
