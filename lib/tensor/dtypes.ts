/** TensorFlow's type numbers (tensorflow/core/framework/types.proto) and the typed arrays that hold them. */
export const dtypeCodes = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  resource: 20,
} as const;

export type NativeDtype = keyof typeof dtypeCodes;

/** Data of a native tensor as it is laid out in memory; bfloat16 as its 16 bits. */
export type NativeData = Float32Array | Float64Array | Int32Array | Uint8Array | BigInt64Array | Uint16Array;

const names = new Map<number, NativeDtype>(Object.entries(dtypeCodes).map(([name, code]) => [code, name as NativeDtype]));

/** The name of a type number; an unknown number is an error. */
export function dtypeName(code: number): NativeDtype {
  const name = names.get(code);
  if (!name) throw new TypeError(`Cannot use the tensor as its type must be one of ${[...names.values()].join(", ")}: TensorFlow type ${code}`);
  return name;
}

/** A typed array over `buffer` for a type number. */
export function viewOf(code: number, buffer: ArrayBuffer): NativeData {
  switch (dtypeName(code)) {
    case "float32":
    case "complex64":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    case "bfloat16":
      return new Uint16Array(buffer);
    case "bool":
    case "uint8":
      return new Uint8Array(buffer);
    default:
      throw new TypeError(`Cannot read the tensor as its type must be numeric or bool: ${dtypeName(code)}`);
  }
}

/** float32 -> bfloat16 bits, rounded to nearest even. */
export function toBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (x) => (x & 0x7fffffff) > 0x7f800000 ? (x >>> 16) | 0x40 : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16);
}
