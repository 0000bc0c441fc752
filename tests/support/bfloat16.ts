/** bfloat16 bits -> float32, exact. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (x) => x << 16).buffer);
}
