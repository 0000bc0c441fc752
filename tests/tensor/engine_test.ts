import assert from "node:assert/strict";
import { dtypeCodes, dtypeName, type NativeData, type NativeDtype, toBfloat16 } from "../../lib/tensor/dtypes.ts";
import { runOnValues, type Values } from "../../lib/tensor/native_tensor.ts";
import { tf } from "../../lib/tensor/tf.ts";
import { fromBfloat16 } from "../support/bfloat16.ts";
import { engineTest, leaksNothing } from "../support/tensorflow.ts";

const examples: [NativeDtype, NativeData][] = [
  ["float32", Float32Array.of(0, -0, 1.5, -Infinity, NaN, 2 ** -149)],
  ["float64", Float64Array.of(0, Math.PI, 1e300, -Infinity, NaN, Number.MIN_VALUE)],
  ["int32", Int32Array.of(0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 7)],
  ["int64", BigInt64Array.of(0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 7n)],
  ["bool", Uint8Array.of(0, 1, 1, 0, 0, 1)],
  ["uint8", Uint8Array.of(0, 1, 127, 128, 254, 255)],
  ["bfloat16", toBfloat16(Float32Array.of(0, 1, -2.5, Infinity, 1e30, 3e-30))],
];

engineTest("create() and read() give back every bit of every type and shape", async (engine) => {
  await leaksNothing(engine, () => {
    for (const [dtype, data] of examples) {
      for (const shape of [[6], [2, 3], [1, 6, 1]]) {
        const id = engine.create(shape, dtypeCodes[dtype], data);
        assert.deepEqual(engine.describe(id), { id, shape, dtype: dtypeCodes[dtype] });
        assert.deepEqual(engine.read(id), data);
        engine.release(id);
      }
      const empty = engine.create([0, 3], dtypeCodes[dtype], data.subarray(0, 0));
      assert.equal(engine.read(empty).length, 0);
      engine.release(empty);
    }
  });
});

engineTest("execute() computes in float64, int64 and bfloat16", () => {
  const sum = (dtype: NativeDtype, a: NativeData, b: NativeData) => {
    const values = (data: NativeData): Values => ({ dtype, shape: [data.length], data });
    return [...runOnValues("AddV2", [{ name: "T", kind: "type", value: dtypeCodes[dtype] }], [values(a), values(b)])[0].data];
  };
  assert.deepEqual(sum("float64", Float64Array.of(1, 0.1), Float64Array.of(2 ** -52, 0.2)), [1 + 2 ** -52, 0.1 + 0.2]);
  assert.deepEqual(sum("int64", BigInt64Array.of(2n ** 53n), BigInt64Array.of(1n)), [2n ** 53n + 1n]);
  const bits = sum("bfloat16", toBfloat16(Float32Array.of(1, 2)), toBfloat16(Float32Array.of(2 ** -9, 0.5)));
  assert.deepEqual([...fromBfloat16(Uint16Array.from(bits as number[]))], [1, 2.5]); // 2^-9 is half of bfloat16's last place at 1: to even
});

Deno.test("toBfloat16() rounds to nearest even, keeps infinities, and keeps NaN a NaN", () => {
  const round = (x: number) => fromBfloat16(toBfloat16(Float32Array.of(x)))[0];
  assert.deepEqual([1, -2.5, 0, Infinity, -Infinity, NaN].map(round), [1, -2.5, 0, Infinity, -Infinity, NaN]);
  assert.deepEqual([1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20].map(round), [1, 1 + 2 ** -6, 1 + 2 ** -7]);
  assert.equal(round(3.4028234663852886e38), Infinity);
  const quiet = new Float32Array(Uint32Array.of(0x7f800001).buffer)[0];
  assert(Number.isNaN(round(quiet)));
});

Deno.test("dtypeName() names every known type and refuses the others", () => {
  for (const [name, code] of Object.entries(dtypeCodes)) assert.equal(dtypeName(code), name);
  assert.throws(() => dtypeName(99), {
    name: "TypeError",
    message: /^Cannot use the tensor as its type must be one of float32, float64, .*: TensorFlow type 99$/,
  });
});

engineTest("create() refuses values that do not fill the shape", (engine) => {
  assert.throws(() => engine.create([2, 3], dtypeCodes.float32, new Float32Array(5)), {
    name: "TypeError",
    message: "Cannot make a tensor as shape [2,3] must hold 6 values: got 5",
  });
});

engineTest("an op's failure names the op, the input shapes and TensorFlow's reason, and frees what it took", async (engine) => {
  await leaksNothing(engine, () => {
    const a = tf.zeros([2, 3]), b = tf.zeros([4, 5]);
    const ids = [a, b].map((tensor) => (tf.backend() as unknown as { getInputTensorIds(t: tf.Tensor[]): number[] }).getInputTensorIds([tensor])[0]);
    assert.throws(() => engine.execute("MatMul", [{ name: "T", kind: "type", value: 1 }], ids, 1), {
      message: /^Cannot run MatMul\(float32\[2,3\], float32\[4,5\]\): .*Matrix size-incompatible: In\[0\]: \[2,3\], In\[1\]: \[4,5\]/,
    });
    assert.throws(() => engine.execute("NoSuchOp", [], ids, 1), /^Error: Cannot run NoSuchOp\(float32\[2,3\], float32\[4,5\]\): .*NoSuchOp/);
    assert.throws(() => engine.execute("MatMul", [{ name: "T", kind: "type", value: "float" }], ids, 1), {
      message: 'Cannot set attribute "T" as its value must be a number: float',
    });
    tf.dispose([a, b]);
  });
  assert.throws(() => runOnValues("Neg", [], [{ dtype: "bool", shape: [1], data: Uint8Array.of(1) }]), /^Error: Cannot run Neg\(bool\[1\]\): /);
});

engineTest("a failed op leaves no error behind for the next call", async (engine) => {
  await leaksNothing(engine, () => {
    const id = engine.create([1], dtypeCodes.float32, Float32Array.of(1));
    const fail = () => assert.throws(() => engine.execute("NoSuchOp", [], [], 1));
    fail();
    engine.release(engine.share(id));
    fail();
    assert.deepEqual([...engine.read(id)], [1]);
    fail();
    assert.deepEqual(engine.describe(id).shape, [1]);
    fail();
    engine.release(engine.create([], dtypeCodes.float32, Float32Array.of(1)));
    engine.release(id);
  });
});

engineTest("share() keeps the memory alive under a number of its own", (engine) => {
  const id = engine.create([2], dtypeCodes.float32, Float32Array.of(1, 2)), other = engine.share(id);
  engine.release(id);
  assert.deepEqual([...engine.read(other)], [1, 2]);
  engine.release(other);
  const message = `Cannot use native tensor ${other} as it must be alive: it was released or never made`;
  for (const use of [() => engine.read(other), () => engine.release(other), () => engine.describe(other)]) assert.throws(use, { message });
});
