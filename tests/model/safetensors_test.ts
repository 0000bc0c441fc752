import assert from "node:assert/strict";
import { createRng } from "../../lib/math/random.ts";
import { digestTensors, formatSafetensors, freeTensors, parseSafetensors, type StoredTensor } from "../../lib/model/safetensors.ts";

/** A file out of a header (an object, or text as it is) and the tensors' bytes. */
function fileOf(header: unknown, body: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(body, 8 + text.length);
  return bytes;
}

const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
const one = (dtype: string, shape: number[], data: ArrayBufferView) => {
  const body = bytesOf(data);
  return parseSafetensors(fileOf({ x: { dtype, shape, data_offsets: [0, body.length] } }, body), "x").tensors.get("x");
};
const fails = (bytes: Uint8Array<ArrayBuffer>, what: string) =>
  assert.throws(() => parseSafetensors(bytes, "m.safetensors"), {
    name: "SyntaxError",
    message: `Cannot read m.safetensors as ${what}. Is the file damaged? Delete it and run the command again`,
  });

const tensors = new Map<string, StoredTensor>([
  ["b.weight", { shape: [2, 3], data: Float32Array.of(1, -0, NaN, Infinity, 2 ** -149, 1e38) }],
  ["a", { shape: [], data: Float32Array.of(0.1) }],
  ["empty", { shape: [0, 4], data: new Float32Array() }],
  ["ünïcode", { shape: [1], data: Float32Array.of(3) }],
]);

Deno.test("formatSafetensors() and parseSafetensors() give back every bit, name, shape and the metadata", () => {
  const metadata = { step: "3", text: 'quotes " and ünïcode' };
  const bytes = formatSafetensors(tensors, metadata), { tensors: read, metadata: readMetadata } = parseSafetensors(bytes, "own");
  assert.deepEqual(read, new Map([...tensors].sort(([a], [b]) => a < b ? -1 : 1)));
  assert.deepEqual([...read.keys()], ["a", "b.weight", "empty", "ünïcode"]);
  assert.deepEqual(readMetadata, metadata);
  assert.equal(new DataView(bytes.buffer).getBigUint64(0, true) % 8n, 0n);
  assert.deepEqual(formatSafetensors(read, metadata), bytes);
  assert.equal(digestTensors(read), digestTensors(tensors));
});

Deno.test("parseSafetensors() reads a file that lies inside a larger buffer, unaligned", () => {
  const bytes = formatSafetensors(tensors), larger = new Uint8Array(bytes.length + 13);
  larger.set(bytes, 3);
  assert.deepEqual(parseSafetensors(larger.subarray(3, 3 + bytes.length), "part").tensors.get("a")!.data, Float32Array.of(0.1));
});

Deno.test("parseSafetensors() widens F16 and BF16, narrows F64, and leaves integers out", () => {
  assert.deepEqual([...one("F64", [2], Float64Array.of(0.1, 1e300))!.data], [Math.fround(0.1), Infinity]);
  assert.deepEqual([...one("F16", [4], Uint16Array.of(0x3c00, 0xc000, 0x7c00, 0x0001))!.data], [1, -2, Infinity, 2 ** -24]);
  assert.deepEqual([...one("BF16", [3], Uint16Array.of(0x3f80, 0xc020, 0xff80))!.data], [1, -2.5, -Infinity]);
  assert.equal(one("I64", [2], BigInt64Array.of(1n, 2n)), undefined);
  assert.equal(one("BOOL", [2], Uint8Array.of(1, 0)), undefined);
});

Deno.test("parseSafetensors() checks the header before use", () => {
  fails(new Uint8Array(3), "a safetensors file has at least 8 bytes: 3");
  const long = fileOf({});
  new DataView(long.buffer).setBigUint64(0, 11n, true);
  fails(long, "its header must fit in 10 bytes: 11");
  new DataView(long.buffer).setBigUint64(0, 2n ** 63n, true);
  fails(long, "its header must fit in 10 bytes: 9223372036854776000");
  assert.throws(() => parseSafetensors(fileOf("{"), "x"), { name: "SyntaxError", message: /^Cannot read x as its header must be JSON: / });
  for (const text of ["null", "[]", "3", '"x"']) fails(fileOf(text), `its header must be an object: ${text}`);
  fails(fileOf({ __metadata__: { a: 1 } }), 'its metadata must be strings by name: {"a":1}');
  fails(fileOf({ __metadata__: "a" }), 'its metadata must be strings by name: "a"');
});

Deno.test("parseSafetensors() checks every tensor's type, shape and place before use", () => {
  const withX = (entry: unknown, size = 8) => fileOf({ x: entry }, new Uint8Array(size));
  for (const entry of [null, 3, [], { dtype: "F32", shape: [2] }, { dtype: "F32", shape: 2, data_offsets: [0, 8] }]) {
    fails(withX(entry), `tensor "x" must have dtype, shape and data_offsets: ${JSON.stringify(entry)}`);
  }
  const known = "F64, F32, F16, BF16, I64, I32, U8, BOOL";
  for (const dtype of ["F8", "toString"]) {
    fails(withX({ dtype, shape: [2], data_offsets: [0, 8] }), `tensor "x" must have a known dtype (${known}): ${dtype}`);
  }
  for (const shape of [[-2], [1.5], ["2"], [null]]) {
    fails(withX({ dtype: "F32", shape, data_offsets: [0, 8] }), `tensor "x" must have whole sizes: [${shape}]`);
  }
  for (const [from, to] of [[-8, 0], [0, 9], [8, 0], [0.5, 8.5], ["0", "8"], [0, 2 ** 60]]) {
    fails(withX({ dtype: "F32", shape: [2], data_offsets: [from, to] }), `tensor "x" must lie inside the file: bytes ${from} to ${to}`);
  }
  fails(withX({ dtype: "F32", shape: [3], data_offsets: [0, 8] }), 'tensor "x" of shape [3] must take 12 bytes: 8');
});

Deno.test("parseSafetensors() refuses gaps, overlaps and bytes that belong to nothing", () => {
  const pair = (first: number[], second: number[], size: number) =>
    fileOf(
      {
        a: { dtype: "U8", shape: [first[1] - first[0]], data_offsets: first },
        b: { dtype: "U8", shape: [second[1] - second[0]], data_offsets: second },
      },
      new Uint8Array(size),
    );
  assert.equal(parseSafetensors(pair([4, 8], [0, 4], 8), "x").tensors.size, 0);
  for (const [first, second] of [[[0, 4], [2, 8]], [[0, 4], [5, 8]], [[0, 4], [4, 7]], [[1, 4], [4, 8]]]) {
    fails(pair(first, second, 8), "its tensors must fill the 8 bytes behind the header without gap or overlap");
  }
});

Deno.test("parseSafetensors() answers any damage with a SyntaxError or with tensors, never otherwise", () => {
  const whole = formatSafetensors(tensors, { step: "1" }), rng = createRng("damage");
  let refused = 0;
  for (let round = 0; round < 3000; round++) {
    let bytes = whole.slice();
    for (let change = rng.integer(4); change >= 0; change--) bytes[rng.integer(round % 2 ? bytes.length : 200)] = rng.integer(256);
    if (rng.integer(4) === 0) bytes = bytes.slice(0, rng.integer(bytes.length));
    try {
      for (const { shape, data } of parseSafetensors(bytes, "x").tensors.values()) assert.equal(shape.reduce((a, b) => a * b, 1), data.length);
    } catch (error) {
      assert(error instanceof SyntaxError, String(error));
      refused++;
    }
  }
  assert(refused > 1000 && refused < 3000, String(refused));
});

Deno.test("every proper beginning of a safetensors file is refused", () => {
  const whole = formatSafetensors(tensors);
  for (let length = 0; length < whole.length; length++) assert.throws(() => parseSafetensors(whole.slice(0, length), "x"), SyntaxError);
});

Deno.test("digestTensors() hangs on names, shapes and values, not on order", () => {
  const data = () => Float32Array.of(1, 2);
  const base = digestTensors(new Map([["a", { shape: [2], data: data() }], ["b", { shape: [2], data: data() }]]));
  assert.equal(digestTensors(new Map([["b", { shape: [2], data: data() }], ["a", { shape: [2], data: data() }]])), base);
  for (
    const other of [
      [["a", { shape: [2], data: data() }], ["c", { shape: [2], data: data() }]],
      [["a", { shape: [1, 2], data: data() }], ["b", { shape: [2], data: data() }]],
      [["a", { shape: [2], data: Float32Array.of(1, -2) }], ["b", { shape: [2], data: data() }]],
    ] as [string, StoredTensor][][]
  ) assert.notEqual(digestTensors(new Map(other)), base);
});

Deno.test("freeTensors() empties the arrays", () => {
  const tensors = new Map([["a", { shape: [2, 3], data: new Float32Array(6) }], ["b", { shape: [0], data: new Float32Array() }]]);
  freeTensors(tensors);
  assert.deepEqual([...tensors.values()].map(({ data }) => [data.length, data.buffer.byteLength]), [[0, 0], [0, 0]]);
});
