/** Trained tensors that TensorFlow updates in place (resource variables). */
import { tf } from "./tf.ts";
import { adopt, currentEngine, nativeId } from "./native.ts";
import { dtypeCodes } from "./dtypes.ts";

export interface Variable {
  readonly name: string;
  readonly shape: readonly number[];
  /** The native number of the resource. */
  readonly id: number;
  /** The value as a tensor: of this moment outside a trace, of each call inside one. The caller owns it. */
  read(): tf.Tensor;
  /** Replaces the value. */
  assign(value: tf.Tensor): void;
  dispose(): void;
}

const float = { name: "dtype", kind: "type", value: dtypeCodes.float32 } as const;

/** A float32 variable that starts as a copy of `value`. */
export function createVariable(name: string, value: tf.Tensor): Variable {
  const engine = currentEngine(), shape = [...value.shape];
  const [{ id }] = engine.execute(
    "VarHandleOp",
    [float, { name: "shape", kind: "shape", value: shape }, {
      name: "shared_name",
      kind: "string",
      value: `${name}_${crypto.randomUUID()}`,
    }],
    [],
    1,
  );
  const assign = (tensor: tf.Tensor) => {
    if (tensor.shape.join() !== shape.join()) {
      throw new TypeError(`Cannot assign to ${name} as the shape must be [${shape}]: [${tensor.shape}]`);
    }
    engine.execute("AssignVariableOp", [float], [id, nativeId(tensor)], 0);
  };
  assign(value);
  return {
    name,
    shape,
    id,
    read: () => adopt(engine.execute("ReadVariableOp", [float], [id], 1, [shape])[0]),
    assign,
    dispose() {
      engine.execute("DestroyResourceOp", [], [id], 0);
      engine.release(id);
    },
  };
}
