import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import { type Attribute, type AttributeKind, encodeAttribute } from "../../lib/tensor/attributes.ts";
import { createGraph } from "../../lib/tensor/graph.ts";
import { cName } from "../../lib/tensor/engine.ts";
import { dtypeCodes } from "../../lib/tensor/dtypes.ts";
import { runOnValues } from "../../lib/tensor/native_tensor.ts";
import { engineTest, leaksNothing } from "../support/tensorflow.ts";

const hex = (kind: AttributeKind, value: unknown) => Buffer.from(encodeAttribute({ name: "a", kind, value })).toString("hex");
const attribute = (name: string, kind: AttributeKind, value: unknown): Attribute => ({ name, kind, value });
const f32 = (shape: number[], ...data: number[]) => ({ dtype: "float32" as const, shape, data: Float32Array.from(data) });

/** What protobuf's own serialisation of tensorflow.AttrValue gives, by hand from the field numbers; lists unpacked, as every parser must take them. */
const serialised: [AttributeKind, unknown, string][] = [
  ["string", "VALID", "120556414c4944"],
  ["string", "", "1200"],
  ["int", 3, "1803"],
  ["int", 0, "1800"],
  ["int", -1, "18ffffffffffffffffff01"],
  ["int", 300n, "18ac02"],
  ["float", 1, "250000803f"],
  ["float", -2.5, "25000020c0"],
  ["bool", true, "2801"],
  ["bool", false, "2800"],
  ["type", 1, "3001"],
  ["shape", [2, 3], "3a08120208021202" + "0803"],
  ["shape", [], "3a00"],
  ["shape", [-1], "3a0d120b08ffffffffffffffffff01"],
  ["func", "f", "52030a0166"],
  ["string", ["a", "bc"], "0a07120161" + "12026263"],
  ["int", [1, 2, 300], "0a0718011802" + "18ac02"],
  ["int", [], "0a00"],
  ["float", [1, 2], "0a0a250000803f" + "2500000040"],
  ["bool", [true, false], "0a0428012800"],
  ["type", [1, 3], "0a0430013003"],
  ["shape", [[2], []], "0a083a0412020802" + "3a00"],
  ["func", ["f", "g"], "0a0a4a030a0166" + "4a030a0167"],
];

Deno.test("encodeAttribute() writes the bytes of AttrValue for every kind and its lists", () => {
  for (const [kind, value, expected] of serialised) assert.equal(hex(kind, value), expected, `${kind} ${JSON.stringify(value, (_, x) => String(x))}`);
});

Deno.test("encodeAttribute() refuses a value of another kind", () => {
  assert.throws(() => hex("string", 1), { name: "TypeError", message: 'Cannot set attribute "a" as its value must be a string: 1' });
  assert.throws(() => hex("int", "1"), { name: "TypeError", message: 'Cannot set attribute "a" as its value must be a number: 1' });
  assert.throws(() => hex("float", [1, null]), { name: "TypeError", message: 'Cannot set attribute "a" as its value must be a number: null' });
});

engineTest("execute() passes string, int, bool and list(int) attributes: MaxPool", async (engine) => {
  const image = f32([1, 4, 4, 1], ...Array.from({ length: 16 }, (_, i) => i));
  const [pooled] = await leaksNothing(engine, () =>
    runOnValues("MaxPool", [
      attribute("T", "type", dtypeCodes.float32),
      attribute("ksize", "int", [1, 2, 2, 1]),
      attribute("strides", "int", [1, 2, 2, 1]),
      attribute("padding", "string", "VALID"),
      attribute("data_format", "string", "NHWC"),
    ], [image]));
  assert.deepEqual([pooled.shape, [...pooled.data]], [[1, 2, 2, 1], [5, 7, 13, 15]]);
});

engineTest("execute() passes int and int list attributes: Squeeze, Split, Pack", () => {
  const column = f32([2, 1], 1, 2);
  assert.deepEqual(runOnValues("Squeeze", [attribute("squeeze_dims", "int", [1])], [column])[0].shape, [2]);
  const axis = { dtype: "int32" as const, shape: [], data: Int32Array.of(0) };
  const halves = runOnValues("Split", [attribute("num_split", "int", 2), attribute("T", "type", dtypeCodes.float32)], [axis, column], 2);
  assert.deepEqual(halves.map(({ data }) => [...data]), [[1], [2]]);
  const [packed] = runOnValues("Pack", [attribute("N", "int", 2), attribute("T", "type", 1), attribute("axis", "int", -1)], [
    f32([2], 1, 2),
    f32([2], 3, 4),
  ]);
  assert.deepEqual([...packed.data], [1, 3, 2, 4]);
});

engineTest("execute() passes float attributes: LeakyRelu", () => {
  assert.deepEqual([...runOnValues("LeakyRelu", [attribute("alpha", "float", 0.5)], [f32([2], -2, 3)])[0].data], [-1, 3]);
});

engineTest("execute() passes shape and list(type), list(shape) attributes: PlaceholderWithDefault, FIFOQueueV2", async (engine) => {
  const shaped = [attribute("dtype", "type", dtypeCodes.float32), attribute("shape", "shape", [-1, 2])];
  assert.deepEqual([...runOnValues("PlaceholderWithDefault", shaped, [f32([1, 2], 5, 6)])[0].data], [5, 6]);
  await leaksNothing(engine, () => {
    const [queue] = engine.execute(
      "FIFOQueueV2",
      [
        attribute("component_types", "type", [dtypeCodes.float32, dtypeCodes.int32]),
        attribute("shapes", "shape", [[2], []]),
        attribute("capacity", "int", 3),
      ],
      [],
      1,
    );
    const types = [attribute("Tcomponents", "type", [dtypeCodes.float32, dtypeCodes.int32])];
    const row = engine.create([2], dtypeCodes.float32, Float32Array.of(1, 2)), label = engine.create([], dtypeCodes.int32, Int32Array.of(7));
    engine.execute("QueueEnqueueV2", types, [queue.id, row, label], 0);
    const taken = engine.execute("QueueDequeueV2", [attribute("component_types", "type", [dtypeCodes.float32, dtypeCodes.int32])], [queue.id], 2);
    assert.deepEqual(taken.map(({ id }) => [...engine.read(id)]), [[1, 2], [7]]);
    assert.throws(() => engine.execute("QueueEnqueueV2", types, [queue.id, label, label], 0), /^Error: Cannot run QueueEnqueueV2\(/);
    for (const id of [queue.id, row, label, ...taken.map(({ id }) => id)]) engine.release(id);
  });
});

engineTest("execute() passes func attributes: PartitionedCall and StatelessIf run functions of ours", async (engine) => {
  for (const [name, factor] of [["times2", 2], ["times3", 3]] as const) {
    const graph = createGraph(engine.library);
    const x = graph.placeholder(dtypeCodes.float32, [2]);
    let sum = x;
    for (let i = 1; i < factor; i++) [sum] = graph.add("AddV2", [attribute("T", "type", dtypeCodes.float32)], [sum, x], 1);
    graph.toFunction(name, [x], [sum]);
    graph.close();
  }
  const types = [attribute("Tin", "type", [dtypeCodes.float32]), attribute("Tout", "type", [dtypeCodes.float32])];
  await leaksNothing(engine, () => {
    const [called] = runOnValues("PartitionedCall", [...types, attribute("f", "func", "times2")], [f32([2], 1, 2)]);
    assert.deepEqual([...called.data], [2, 4]);
    for (const [condition, expected] of [[1, [2, 4]], [0, [3, 6]]] as const) {
      const [chosen] = runOnValues("StatelessIf", [
        ...types,
        attribute("Tcond", "type", dtypeCodes.bool),
        attribute("then_branch", "func", "times2"),
        attribute("else_branch", "func", "times3"),
      ], [{ dtype: "bool", shape: [], data: Uint8Array.of(condition) }, f32([2], 1, 2)]);
      assert.deepEqual([...chosen.data], expected);
    }
  });
  const { api, context } = engine.library, status = api.TF_NewStatus();
  for (const name of ["times2", "times3"]) api.TFE_ContextRemoveFunction(context, cName(name), status);
  api.TF_DeleteStatus(status);
});
