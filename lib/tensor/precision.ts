/**
 * In which precision the linear layers' matrix products are computed. bf16: both factors are rounded to bfloat16, their product is
 * rounded once more, and everything else (weights, optimiser, norms, softmax, attention scores, loss) stays in float32.
 */
import type { tf } from "./tf.ts";
import { currentEngine, nativeId } from "./native.ts";
import { dtypeCodes } from "./dtypes.ts";
import { hasBfloat16 } from "./processor.ts";

export const precisions = ["f32", "bf16"] as const;
export type Precision = typeof precisions[number];

let current: Precision = "f32";

/** Runs `fn`, which builds a computation, with its products in this precision. */
export function withPrecision<T>(precision: Precision, fn: () => T): T {
  const before = current;
  current = precision;
  try {
    return fn();
  } finally {
    current = before;
  }
}

export function productPrecision(): Precision {
  return current;
}

/** An error where this machine lacks what the precision needs. */
export function checkPrecision(precision: Precision, able: boolean = canRound()): void {
  if (precision === "f32" || able) return;
  throw new Error(
    'Cannot train in bf16 as the processor must have AMX or AVX-512 bf16 instructions: it has neither, or the system does not say; use precision "f32"',
  );
}

/** A GPU multiplies bfloat16 whatever the processor can. */
function canRound(): boolean {
  return currentEngine().library.devices.includes("GPU") || hasBfloat16();
}

/** Native tensors in bfloat16 beside the float32 tensors that they were rounded from, by the latter's number. */
const rounded = new Map<number, number>();

/** Rounds a tensor that will not change to bfloat16 once, for every later product with it. Free it with `forgetRounded`. */
export function keepRounded(tensor: tf.Tensor): void {
  rounded.set(nativeId(tensor), toBfloat16(nativeId(tensor)));
}

export function forgetRounded(tensor: tf.Tensor): void {
  const id = nativeId(tensor), copy = rounded.get(id);
  if (copy !== undefined) currentEngine().release(copy);
  rounded.delete(id);
}

/** The number of a tensor's values in bfloat16, and whether the caller has to release it. */
export function roundedId(tensor: tf.Tensor): { id: number; owned: boolean } {
  const kept = rounded.get(nativeId(tensor));
  return kept === undefined ? { id: toBfloat16(nativeId(tensor)), owned: true } : { id: kept, owned: false };
}

function toBfloat16(id: number): number {
  return cast(id, dtypeCodes.float32, dtypeCodes.bfloat16);
}

/** Another number for the values in another type. */
export function cast(id: number, from: number, to: number): number {
  const attributes = [{ name: "SrcT", kind: "type", value: from }, { name: "DstT", kind: "type", value: to }, {
    name: "Truncate",
    kind: "bool",
    value: false,
  }] as const;
  return currentEngine().execute("Cast", attributes, [id], 1)[0].id;
}
