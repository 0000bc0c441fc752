/** An encoder with an adapter as a point in weight space, and what differentiates its class scores there, example by example. */
import type { Adapter, Lookup } from "../adapter/adapter.ts";
import { type Method, scaleOf } from "../adapter/method.ts";
import type { BertConfig } from "../model/encoder.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import { tf } from "../tensor/tf.ts";
import { type Block, blocksOf } from "./encoder_blocks.ts";
import { tapModules, type Taps } from "./encoder_taps.ts";

export interface TangentModel {
  readonly config: BertConfig;
  readonly adapter: Adapter;
  /** The adapter's: it tells s = alpha / r. */
  readonly method: Method;
  /** Trained tensors that are no longer at the adapter's initial values: a trainer's `weights()`, say. */
  readonly weights?: ReadonlyMap<string, StoredTensor>;
}

export interface Tangents {
  readonly classes: number;
  /** s = alpha / r; 1 for full fine-tuning. */
  readonly scale: number;
  /** Names of the trained tensors. */
  readonly trained: readonly string[];
  /** The network's tensors, which functions of batches take as inputs: other values need no other trace. */
  weights(): readonly tf.Tensor[];
  /** Within a trace: what goes in and comes back at every module, and the tensors by name. */
  tap(ids: tf.Tensor, mask: tf.Tensor, weights: readonly tf.Tensor[]): { taps: Taps; get: Lookup };
  /** Within a trace: class scores [n, c] and the blocks of the trained tensors. */
  differentiate(ids: tf.Tensor, mask: tf.Tensor, weights: readonly tf.Tensor[]): { logits: tf.Tensor; blocks: Map<string, Block> };
  /** Moves to another point: an adapter of the same kind, with tensors of the same names and shapes. */
  move(model: Pick<TangentModel, "adapter" | "weights">): void;
  dispose(): void;
}

export function createTangents({ config, adapter, method, weights }: TangentModel): Tangents {
  const kind = adapter.kind, scale = method.name === "lora" ? scaleOf(method) : 1;
  let values = valuesOf(adapter, weights), tensors = tensorsOf(values);
  const names = [...values.keys()], trained = [...adapter.trained.keys()];
  const [classes] = values.get("classifier.weight")!.shape;
  const tap: Tangents["tap"] = (ids, mask, inputs) => {
    const byName = new Map(names.map((name, i) => [name, inputs[i]])), get = (name: string) => byName.get(name)!;
    return { taps: tapModules(config, get, adapter.linear, classes, { ids, mask }), get };
  };
  return {
    classes,
    scale,
    trained,
    weights: () => tensors,
    tap,
    differentiate(ids, mask, inputs) {
      const { taps, get } = tap(ids, mask, inputs);
      return { logits: taps.logits, blocks: blocksOf(taps, ids, { trained, get, scale, epsilon: config.layerNormEpsilon }) };
    },
    move({ adapter, weights }) {
      if (adapter.kind !== kind) throw new TypeError(`Cannot move to the adapter as its kind must be "${kind}": "${adapter.kind}"`);
      const next = valuesOf(adapter, weights);
      for (const name of names) {
        const [expected, found] = [values, next].map((all) => all.get(name)?.shape.join());
        if (expected !== found) {
          throw new TypeError(`Cannot move to the adapter as the shape of "${name}" must be [${expected}]: [${found ?? "none"}]`);
        }
      }
      // The encoder itself is usually the same object: what has not changed is not copied again.
      const previous = new Map(names.map((name, i) => [name, { data: values.get(name)!.data, tensor: tensors[i] }]));
      tensors = names.map((name) => {
        const { data, tensor } = previous.get(name)!, value = next.get(name)!;
        if (value.data === data) return tensor;
        tensor.dispose();
        return toTensor(value);
      });
      values = next;
    },
    dispose: () => tf.dispose([...tensors]),
  };
}

function valuesOf({ frozen, fixed, trained }: Adapter, weights: ReadonlyMap<string, StoredTensor> = new Map()): Map<string, StoredTensor> {
  const odd = [...weights.keys()].find((name) => !trained.has(name));
  if (odd !== undefined) throw new TypeError(`Cannot use the weights as each must be a trained tensor of the adapter: ${odd}`);
  return new Map([...frozen, ...fixed, ...trained, ...weights]);
}

const toTensor = ({ data, shape }: StoredTensor) => tf.tensor(data, [...shape], "float32");
const tensorsOf = (values: ReadonlyMap<string, StoredTensor>) => [...values.values()].map(toTensor);
