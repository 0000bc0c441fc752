/** Matrix products of two-dimensional tensors; not differentiable by themselves. */
import type { tf } from "./tf.ts";
import { adopt, currentEngine, nativeId } from "./native.ts";
import { dtypeCodes } from "./dtypes.ts";
import { cast, type Precision, roundedId } from "./precision.ts";

/** a [m, k], b [k, n] -> [m, n], either transposed before; float32 whatever the precision inside. */
export function product(a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean, precision: Precision = "f32"): tf.Tensor {
  const engine = currentEngine();
  const multiply = (type: number, inputs: number[]) =>
    engine.execute(
      "MatMul",
      [
        { name: "T", kind: "type", value: type },
        { name: "transpose_a", kind: "bool", value: transposeA },
        { name: "transpose_b", kind: "bool", value: transposeB },
      ],
      inputs,
      1,
    )[0];
  if (precision === "f32") return adopt(multiply(dtypeCodes.float32, [nativeId(a), nativeId(b)]));

  const factors = [roundedId(a), roundedId(b)];
  const { id, shape } = multiply(dtypeCodes.bfloat16, factors.map(({ id }) => id));
  const result = adopt({ id: cast(id, dtypeCodes.bfloat16, dtypeCodes.float32), shape, dtype: dtypeCodes.float32 });
  for (const owned of [id, ...factors.filter(({ owned }) => owned).map(({ id }) => id)]) engine.release(owned);
  return result;
}
