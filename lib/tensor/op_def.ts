/**
 * Which inputs of an op are lists, from its OpDef message (tensorflow/core/framework/op_def.proto): a graph node takes list inputs by
 * another call than single ones.
 */

/** How many tensors each input argument takes: 1, or the attribute that gives the number of a list. */
export type InputArgument = { readonly name: string; readonly countAttribute: string | null };

/** Reads the input arguments out of a serialised OpDef. */
export function inputArguments(opDef: Uint8Array): InputArgument[] {
  const found: InputArgument[] = [];
  for (const [field, value] of messageFields(opDef)) {
    if (field !== 2 || !(value instanceof Uint8Array)) continue; // input_arg = 2
    let name = "", countAttribute: string | null = null;
    for (const [sub, bytes] of messageFields(value)) {
      if (!(bytes instanceof Uint8Array)) continue;
      if (sub === 1) name = new TextDecoder().decode(bytes);
      if (sub === 5 || sub === 6) countAttribute = new TextDecoder().decode(bytes); // number_attr, type_list_attr
    }
    found.push({ name, countAttribute });
  }
  return found;
}

/** The fields of a protobuf message: varints as numbers, length-delimited ones as bytes. */
export function* messageFields(bytes: Uint8Array): Generator<[number, number | Uint8Array]> {
  let at = 0;
  const varint = () => {
    let value = 0, factor = 1, byte;
    do {
      byte = bytes[at++];
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte & 128);
    return value;
  };
  while (at < bytes.length) {
    const tag = varint(), field = tag >>> 3, wire = tag & 7;
    if (wire === 0) yield [field, varint()];
    else if (wire === 2) {
      const size = varint();
      yield [field, bytes.subarray(at, at += size)];
    } else if (wire === 1 || wire === 5) at += wire === 1 ? 8 : 4;
    else throw new SyntaxError(`Cannot read the message as wire types must be 0, 1, 2 or 5: ${wire}`);
  }
}
