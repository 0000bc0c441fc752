/** Tensors of any type as plain values: what tfjs has no type for (float64, int64, bfloat16) goes through TensorFlow this way. */
import type { Attribute } from "./attributes.ts";
import { dtypeCodes, dtypeName, type NativeData, type NativeDtype } from "./dtypes.ts";
import { currentEngine } from "./native.ts";

export interface Values {
  readonly dtype: NativeDtype;
  readonly shape: readonly number[];
  /** Row-major, in the type's own layout: bfloat16 as its 16 bits. */
  readonly data: NativeData;
}

/** Runs one TensorFlow op on values; no native tensor stays behind, also not when the op fails. */
export function runOnValues(op: string, attributes: readonly Attribute[], inputs: readonly Values[], outputs = 1): Values[] {
  const engine = currentEngine(), ids: number[] = [];
  try {
    for (const { shape, dtype, data } of inputs) ids.push(engine.create(shape, dtypeCodes[dtype], data));
    const results = engine.execute(op, attributes, ids, outputs);
    ids.push(...results.map(({ id }) => id));
    return results.map(({ id, shape, dtype }) => ({ dtype: dtypeName(dtype), shape, data: engine.read(id) }));
  } finally {
    for (const id of ids) engine.release(id);
  }
}
