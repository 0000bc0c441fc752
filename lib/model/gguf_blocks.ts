/**
 * The ways in which GGUF keeps numbers, and how they become float32. A quantised tensor is a row of blocks of 32 values that share a float16
 * scale d: Q8_0 keeps whole numbers q in a byte each, x = d q; Q4_1 also a float16 minimum m and q from 0 to 15, x = d q + m.
 */

/** By ggml's type numbers: how many values a block has in how many bytes. */
export const blockTypes = {
  0: { name: "F32", values: 1, bytes: 4 },
  1: { name: "F16", values: 1, bytes: 2 },
  3: { name: "Q4_1", values: 32, bytes: 20 },
  8: { name: "Q8_0", values: 32, bytes: 34 },
} as const;
export type BlockType = keyof typeof blockTypes;

/** The values of whole blocks, in order. The sum d q + m is rounded once, as float32 arithmetic rounds it: d q is exact there. */
export function dequantise(type: BlockType, bytes: Uint8Array<ArrayBuffer>): Float32Array {
  const { values, bytes: stride } = blockTypes[type], blocks = bytes.length / stride;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), data = new Float32Array(blocks * values);
  for (let block = 0, from = 0, to = 0; block < blocks; block++, from += stride, to += values) {
    if (type === 0) data[to] = view.getFloat32(from, true);
    else if (type === 1) data[to] = view.getFloat16(from, true);
    else if (type === 8) {
      const d = view.getFloat16(from, true);
      for (let i = 0; i < 32; i++) data[to + i] = d * view.getInt8(from + 2 + i);
    } else {
      const d = view.getFloat16(from, true), m = view.getFloat16(from + 2, true);
      for (let i = 0; i < 16; i++) { // a byte's low half is value i, its high half value i + 16
        const pair = bytes[from + 4 + i];
        data[to + i] = d * (pair & 15) + m;
        data[to + i + 16] = d * (pair >> 4) + m;
      }
    }
  }
  return data;
}
