/** A trainer's tensors by name: those that training moves, with their moments, and those that it only reads. */
import type { Adapter } from "../adapter/adapter.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import { forgetRounded, keepRounded } from "../tensor/precision.ts";
import { tf } from "../tensor/tf.ts";
import { createVariable, type Variable } from "../tensor/variable.ts";
import { createSlot, forgetMoments, type Slot } from "./adamw.ts";

/** Everything that training moves: weights and moments, by name. */
export type TrainerState = Map<string, StoredTensor>;

export interface TrainerTensors {
  /** The trained tensors with their moments, in the adapter's order. */
  readonly slots: ReadonlyMap<string, Slot>;
  /** The trained tensors' values: of this moment outside a trace, of each call inside one. */
  trained(): Map<string, tf.Tensor>;
  /** The same of what is not trained. */
  untrained(): Map<string, tf.Tensor>;
  /** Starts over from an adapter of the same names and shapes. */
  reset(adapter: Adapter): void;
  weights(): Map<string, StoredTensor>;
  state(): TrainerState;
  /** Throws a TypeError, and changes nothing, where names or shapes are others. */
  restore(state: TrainerState): void;
  dispose(): void;
}

/** @param rounded which frozen tensors are rounded to bfloat16 once for all products with them */
export function createTensors(adapter: Adapter, rounded: readonly string[]): TrainerTensors {
  const slots = mapValues(adapter.trained, (value, name) => withTensor(value, (tensor) => createSlot(name, tensor)));
  const fixed = mapValues(adapter.fixed, (value, name) => withTensor(value, (tensor) => createVariable(name, tensor)));
  const frozen = mapValues(adapter.frozen, (value) => tf.keep(toTensor(value)));
  const factors = rounded.flatMap((name) => frozen.get(name) ?? []);
  factors.forEach(keepRounded);
  const weights = mapValues(slots, ({ weight }) => weight);
  const moving = new Map([...slots].flatMap(([name, { weight, m, v }]) => [[name, weight], [`${name}/m`, m], [`${name}/v`, v]] as const));

  return {
    slots,
    trained: () => mapValues(weights, (variable) => variable.read()),
    untrained: () => new Map([...frozen, ...mapValues(fixed, (variable) => variable.read())]),
    reset(next) {
      assign(weights, next.trained, "reset the trainer");
      [...slots.values()].forEach(forgetMoments);
      assign(fixed, next.fixed, "reset the trainer");
    },
    weights: () => mapValues(weights, valueOf),
    state: () => mapValues(moving, valueOf),
    restore: (state) => assign(moving, state, "restore the checkpoint"),
    dispose() {
      for (const variable of [...moving.values(), ...fixed.values()]) variable.dispose();
      factors.forEach(forgetRounded);
      for (const tensor of frozen.values()) tensor.dispose();
    },
  };
}

/** Gives the variables these values, all of which must fit before one of them is given. */
function assign(variables: ReadonlyMap<string, Variable>, values: ReadonlyMap<string, StoredTensor>, what: string): void {
  if (variables.size !== values.size) throw new TypeError(`Cannot ${what} as there must be ${variables.size} tensors: ${values.size}`);
  for (const [name, { shape }] of variables) {
    const value = values.get(name);
    if (!value) throw new TypeError(`Cannot ${what} as tensor "${name}" must be there: it is missing`);
    if (value.shape.join() !== shape.join()) throw new TypeError(`Cannot ${what} as the shape of "${name}" must be [${shape}]: [${value.shape}]`);
  }
  for (const [name, variable] of variables) withTensor(values.get(name)!, (tensor) => variable.assign(tensor));
}

function withTensor<T>(value: StoredTensor, use: (tensor: tf.Tensor) => T): T {
  const tensor = toTensor(value), result = use(tensor);
  tensor.dispose();
  return result;
}

function toTensor({ data, shape }: StoredTensor): tf.Tensor {
  return tf.tensor(data, [...shape], "float32");
}

function valueOf(variable: Variable): StoredTensor {
  const tensor = variable.read(), data = tensor.dataSync() as Float32Array;
  tensor.dispose();
  return { shape: [...variable.shape], data };
}

function mapValues<In, Out>(map: ReadonlyMap<string, In>, fn: (value: In, name: string) => Out): Map<string, Out> {
  return new Map([...map].map(([name, value]) => [name, fn(value, name)]));
}
