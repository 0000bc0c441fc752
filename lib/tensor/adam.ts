/** Adam in place: one TensorFlow op per variable that reads and writes parameter and moments in a single pass. */
import type { tf } from "./tf.ts";
import { currentEngine, nativeId } from "./native.ts";
import { dtypeCodes } from "./dtypes.ts";
import type { Variable } from "./variable.ts";

const T = { name: "T", kind: "type", value: dtypeCodes.float32 } as const;

/** Scalars, float32 []. */
export interface AdamScalars {
  /** Learning rate with the bias corrections already in it: lr sqrt(1 - beta2^t) / (1 - beta1^t). */
  readonly stepSize: tf.Tensor;
  readonly beta1: tf.Tensor;
  readonly beta2: tf.Tensor;
  /** eps sqrt(1 - beta2^t): what stands beside sqrt(v) once the correction has moved into the step size. */
  readonly epsilon: tf.Tensor;
  /** Zero, float32 []: the op's own bias correction is switched off by beta powers of 0. */
  readonly zero: tf.Tensor;
}

/** m <- m + (1 - beta1)(g - m); v <- v + (1 - beta2)(g^2 - v); w <- w - stepSize m / (sqrt(v) + epsilon). */
export function adamInPlace(weight: Variable, m: Variable, v: Variable, gradient: tf.Tensor, s: AdamScalars): void {
  const scalars = [s.zero, s.zero, s.stepSize, s.beta1, s.beta2, s.epsilon].map(nativeId);
  currentEngine().execute(
    "ResourceApplyAdam",
    [T, { name: "use_locking", kind: "bool", value: false }, {
      name: "use_nesterov",
      kind: "bool",
      value: false,
    }],
    [weight.id, m.id, v.id, ...scalars, nativeId(gradient)],
    0,
  );
}

/** w <- w - amount, in place. */
export function subtractInPlace(weight: Variable, amount: tf.Tensor): void {
  currentEngine().execute("AssignSubVariableOp", [{ name: "dtype", kind: "type", value: dtypeCodes.float32 }], [weight.id, nativeId(amount)], 0);
}
