/**
 * Attributes of TensorFlow ops, of every kind, as serialised AttrValue messages (tensorflow/core/framework/attr_value.proto): the one
 * form that eager ops and graph nodes both take.
 */
export type AttributeKind = "string" | "int" | "float" | "bool" | "type" | "shape" | "func";

export interface Attribute {
  readonly name: string;
  readonly kind: AttributeKind;
  /** A scalar of the kind, or a list of them. A shape is an array of dimensions (-1 unknown); a list of shapes an array of those. */
  readonly value: unknown;
}

const text = new TextEncoder();

/** Field numbers: the scalar's in AttrValue, and the list's in AttrValue.ListValue. */
const fields: Record<AttributeKind, readonly [scalar: number, list: number]> = {
  string: [2, 2],
  int: [3, 3],
  float: [4, 4],
  bool: [5, 5],
  type: [6, 6],
  shape: [7, 7],
  func: [10, 9],
};

/** The AttrValue message of an attribute. */
export function encodeAttribute({ name, kind, value }: Attribute): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const isList = Array.isArray(value) && (kind !== "shape" || Array.isArray(value[0]));
  if (!isList) {
    element(bytes, fields[kind][0], kind, value, name);
    return new Uint8Array(bytes);
  }
  const list: number[] = [];
  for (const item of value) element(list, fields[kind][1], kind, item, name);
  nested(bytes, 1, list);
  return new Uint8Array(bytes);
}

function element(out: number[], field: number, kind: AttributeKind, value: unknown, name: string): void {
  switch (kind) {
    case "string":
      return nested(out, field, text.encode(expect(value, "string", name)));
    case "int":
      return number(out, field, typeof value === "bigint" ? value : BigInt(expect(value, "number", name)));
    case "type":
      return number(out, field, BigInt(expect(value, "number", name)));
    case "bool":
      return number(out, field, value ? 1n : 0n);
    case "float": {
      varint(out, BigInt(field * 8 + 5));
      out.push(...new Uint8Array(new Float32Array([expect(value, "number", name)]).buffer));
      return;
    }
    case "shape": {
      const shape: number[] = [];
      for (const size of value as readonly number[]) {
        const dimension: number[] = [];
        number(dimension, 1, BigInt(size));
        nested(shape, 2, dimension);
      }
      return nested(out, field, shape);
    }
    case "func": {
      const message: number[] = [];
      nested(message, 1, text.encode(expect(value, "string", name)));
      return nested(out, field, message);
    }
  }
}

function expect(value: unknown, type: "string", name: string): string;
function expect(value: unknown, type: "number", name: string): number;
function expect(value: unknown, type: "string" | "number", name: string): string | number {
  const found: string = typeof value;
  if (found !== type) throw new TypeError(`Cannot set attribute "${name}" as its value must be a ${type}: ${String(value)}`);
  return value as string | number;
}

/** A length-delimited field. */
function nested(out: number[], field: number, bytes: ArrayLike<number>): void {
  varint(out, BigInt(field * 8 + 2));
  varint(out, BigInt(bytes.length));
  for (let i = 0; i < bytes.length; i++) out.push(bytes[i]);
}

/** A varint field. */
function number(out: number[], field: number, value: bigint): void {
  varint(out, BigInt(field * 8));
  varint(out, value);
}

/** Appends a base-128 varint. */
export function varint(out: number[], value: bigint): void {
  let rest = BigInt.asUintN(64, value);
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
}
