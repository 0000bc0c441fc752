/** One run of a tfjs function against a graph under construction (no values, shapes only), and the graph as a TensorFlow function. */
import { sizeOf } from "../math/size.ts";
import { tf } from "./tf.ts";
import { adopt, nativeId } from "./native.ts";
import { cName, type Engine, type NativeTensor, type Tracer } from "./engine.ts";
import { createGraph, type Node } from "./graph.ts";
import { dtypeCodes } from "./dtypes.ts";

/** Type and shape of a tensor, without its values. */
export type TensorSpec = Omit<NativeTensor, "id">;

export interface TracedFunction {
  readonly name: string;
  /** TF_Function, registered with the context; freed by `removeTraced`. */
  readonly native: Deno.PointerValue;
  /** The functions (TF_Function) that it calls. */
  readonly calls: readonly Deno.PointerValue[];
  /** Native tensors beyond the inputs, which a call passes after them; held by numbers of our own. */
  readonly captured: readonly number[];
  readonly outputs: readonly TensorSpec[];
}

/** Numbers of nodes start here, far above those of native tensors; no two traces share one. */
const firstNodeId = 2 ** 40;
let nextNodeId = firstNodeId;
/** A tensor made from values during the trace is a literal of `fn` up to this size. */
const literalBytes = 4096;

export function traceFunction(
  engine: Engine,
  name: string,
  fn: (...inputs: tf.Tensor[]) => tf.Tensor[],
  inputs: readonly TensorSpec[],
): TracedFunction {
  const graph = createGraph(engine.library), { api } = engine.library;
  const status = api.TF_NewStatus();
  const nodes = new Map<number, Node>(), calls = new Set<Deno.PointerValue>();
  // Literals are kept until the trace ends (a later op may use one whose tfjs tensor is gone); those still owned by a tensor stay.
  const literals = new Set<number>(), orphans = new Set<number>(), captured: number[] = [], capturedNodes: Node[] = [];
  const number = (node: Node): NativeTensor => {
    nodes.set(nextNodeId, node);
    return { id: nextNodeId++, shape: node.shape, dtype: node.dtype };
  };

  const resolve = (id: number): Node => {
    let node = nodes.get(id);
    if (node) return node;
    if (id >= firstNodeId) throw new Error("Cannot trace the function as it must use its own inputs: it uses a tensor of another trace");
    const { shape, dtype } = engine.describe(id);
    if (dtype !== dtypeCodes.resource && literals.has(id) && 4 * sizeOf(shape) <= literalBytes) {
      const tensor = api.TFE_TensorHandleResolve(engine.handle(id), status);
      node = graph.constant(tensor, dtype);
      api.TF_DeleteTensor(tensor);
    } else {
      node = graph.placeholder(dtype, shape);
      captured.push(engine.share(id));
      capturedNodes.push(node);
    }
    nodes.set(id, node);
    return node;
  };
  const tracer: Tracer = {
    owns: (id) => id >= firstNodeId,
    execute: (op, attributes, ids, outputs, shapes) => graph.add(op, attributes, ids.map(resolve), outputs, shapes).map(number),
    created: (id) => literals.add(id),
    released(id) {
      if (literals.has(id)) orphans.add(id);
      return id >= firstNodeId || literals.has(id);
    },
    after: (ids) => graph.after(ids.map(resolve)),
    ordered: () => graph.ordered(),
    use(traced) {
      if (calls.has(traced)) return;
      graph.use(traced);
      calls.add(traced);
    },
  };

  try {
    const placeholders = inputs.map(({ dtype, shape }) => graph.placeholder(dtype, shape));
    const outputs: Node[] = engine.trace(tracer, () => {
      const found: Node[] = [];
      tf.tidy(() => {
        const results = fn(...placeholders.map((node) => adopt(number(node))));
        found.push(...results.map((tensor) => resolve(nativeId(tensor))));
      });
      return found;
    });
    const native = graph.toFunction(name, [...placeholders, ...capturedNodes], outputs);
    return { name, native, calls: [...calls], captured, outputs: outputs.map(({ shape, dtype }) => ({ shape, dtype })) };
  } catch (error) {
    for (const id of captured) engine.release(id);
    throw error;
  } finally {
    for (const id of orphans) engine.release(id);
    api.TF_DeleteStatus(status);
    graph.close();
  }
}

/** Frees a traced function and what it captured. */
export function removeTraced(engine: Engine, { name, native, captured }: TracedFunction): void {
  const { api, context } = engine.library, status = api.TF_NewStatus();
  api.TFE_ContextRemoveFunction(context, cName(name), status);
  api.TF_DeleteFunction(native);
  api.TF_DeleteStatus(status);
  for (const id of captured) engine.release(id);
}

/** Types and shapes of a call's inputs: "float32[8,384];int32[8]". */
export function signatureOf(inputs: readonly tf.Tensor[]): string {
  return inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`).join(";");
}
