import assert from "node:assert/strict";
import { openGguf } from "../../lib/model/gguf.ts";
import { type BlockType, dequantise } from "../../lib/model/gguf_blocks.ts";
import { tinyLlamaFile as tiny } from "../support/golden_llama.ts";

/** Bytes of two float16 numbers. */
const halves = (...values: number[]) => [...new Uint8Array(Float16Array.from(values).buffer)];

Deno.test("dequantise() reads Q4_1: d q + m, the low halves of the bytes first", () => {
  const bytes = Uint8Array.from([...halves(0.5, -3), ...Array.from({ length: 16 }, (_, i) => i | (15 - i) << 4)]);
  const low = Array.from({ length: 16 }, (_, i) => 0.5 * i - 3);
  assert.deepEqual([...dequantise(3, bytes)], [...low, ...low.toReversed()]);
});

Deno.test("dequantise() reads Q8_0: d q with signed q", () => {
  const bytes = Uint8Array.from([...halves(0.25), ...Array.from({ length: 32 }, (_, i) => i < 16 ? i : 256 - i)]);
  assert.deepEqual([...dequantise(8, bytes)], Array.from({ length: 32 }, (_, i) => i < 16 ? i / 4 : -i / 4));
});

Deno.test("dequantise() reads float16 and float32 as they are, wherever the bytes begin", () => {
  const shifted = (bytes: number[]) => Uint8Array.from([7, ...bytes]).subarray(1); // not aligned
  assert.deepEqual([...dequantise(1, shifted(halves(1.5, -65504)))], [1.5, -65504]);
  assert.deepEqual([...dequantise(0, shifted([...new Uint8Array(Float32Array.of(0.1, -1e30).buffer)]))], [...Float32Array.of(0.1, -1e30)]);
});

Deno.test("openGguf() reads metadata and gives tensors PyTorch's shapes", async () => {
  const file = await openGguf(tiny);
  assert.equal(file.metadata["general.name"], "tiny llama of formulas");
  assert.equal(file.metadata["llama.rope.freq_base"], 10000);
  assert.deepEqual((file.metadata["tokenizer.ggml.tokens"] as string[]).slice(-2), ["ab", "Ġab"]);
  assert.equal(file.names.length, 20);
  assert.deepEqual(file.tensor("blk.0.ffn_up.weight").shape, [96, 64]);
  assert.equal(file.tensor("blk.0.ffn_up.weight").data.length, 96 * 64);
  assert.throws(() => file.tensor("blk.9.ffn_up.weight"), {
    name: "TypeError",
    message: `Cannot read ${tiny} as it must have the tensor "blk.9.ffn_up.weight": it is missing`,
  });
});

Deno.test("a tensor is read when it is asked for: a file that has lost its end by then is an error", async () => {
  const path = await Deno.makeTempFile({ suffix: ".gguf" });
  try {
    await Deno.copyFile(tiny, path);
    const file = await openGguf(path), last = file.names.at(-1)!, { data } = file.tensor(last);
    assert.deepEqual(file.tensor(last).data, data);
    await Deno.truncate(path, (await Deno.stat(path)).size - 1);
    assert.throws(() => file.tensor(last), {
      name: "SyntaxError",
      message: `Cannot read ${path} as it must be as long as when it was opened: it has become shorter`,
    });
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("openGguf() refuses a file that is cut or no GGUF", async () => {
  const path = await Deno.makeTempFile({ suffix: ".gguf" }), bytes = await Deno.readFile(tiny);
  try {
    await Deno.writeFile(path, bytes.subarray(0, bytes.length - 1));
    await assert.rejects(openGguf(path), {
      name: "SyntaxError",
      message: /^Cannot read .+ as tensor "output_norm.weight" must lie inside the file's 95711 bytes: \d+ to 95712\. Is the file damaged\?/,
    });
    await Deno.writeFile(path, new TextEncoder().encode("not a model, but long enough to begin like one"));
    await assert.rejects(openGguf(path), { name: "SyntaxError", message: /^Cannot read .+ as it must begin as a GGUF file does: / });
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("dequantise() knows the types that openGguf() lets pass", () => {
  for (const [type, bytes, values] of [[0, 4, 1], [1, 2, 1], [3, 20, 32], [8, 34, 32]] as [BlockType, number, number][]) {
    assert.deepEqual(dequantise(type, new Uint8Array(2 * bytes)), new Float32Array(2 * values));
  }
});
