import assert from "node:assert/strict";
import { inputArguments } from "../../lib/tensor/op_def.ts";

const text = new TextEncoder();
/** A tag of two bytes, for fields above 15. */
const tag = (number: number, wire: number) => [(number * 8 + wire) % 128 + 128, Math.floor(number / 16)];
/** A length-delimited field. */
const field = (number: number, ...bytes: number[]) => [number * 8 + 2, bytes.length, ...bytes];
const named = (number: number, name: string) => field(number, ...text.encode(name));

Deno.test("inputArguments() finds single and list inputs and passes over everything else", () => {
  const opDef = Uint8Array.from([
    ...named(1, "Op"),
    ...field(2, ...named(1, "axis"), 3 * 8, 0x83, 0x01), // type, a varint of two bytes
    ...field(2, ...named(1, "values"), ...named(4, "T"), ...named(5, "N")),
    ...field(2, ...named(1, "rest"), ...named(6, "Tin")),
    ...field(3, ...named(1, "output"), ...named(5, "N")),
    ...tag(17, 0), // is_stateful
    1,
    ...tag(50, 1), // eight bytes
    ...new Array(8).fill(7),
    ...tag(50, 5), // four bytes
    ...new Array(4).fill(7),
  ]);
  assert.deepEqual(inputArguments(opDef), [
    { name: "axis", countAttribute: null },
    { name: "values", countAttribute: "N" },
    { name: "rest", countAttribute: "Tin" },
  ]);
});

Deno.test("inputArguments() refuses a wire type that no message has", () => {
  assert.throws(() => inputArguments(Uint8Array.of(8 + 3)), {
    name: "SyntaxError",
    message: "Cannot read the message as wire types must be 0, 1, 2 or 5: 3",
  });
});
