/**
 * compile(fn): a tfjs function as one TensorFlow function. The first call with a new input signature runs `fn` once against a graph
 * under construction (no values, shapes only); later calls are one native call, on another thread.
 */
import { tf } from "./tf.ts";
import { adopt, currentEngine, nativeId } from "./native.ts";
import { cName, type Engine, type NativeTensor, type Tracer } from "./engine.ts";
import { createGraph, type Node } from "./graph.ts";
import { dtypeCodes } from "./dtypes.ts";

export interface Compiled {
  /** Runs the function. The caller owns the returned tensors; inputs are not disposed. */
  (...inputs: tf.Tensor[]): Promise<tf.Tensor[]>;
  /** How many signatures have been traced. */
  readonly traces: number;
  /** Frees the traced functions and what they captured. */
  dispose(): void;
}

interface Traced {
  readonly name: string;
  /** Captured native tensors, held by numbers of our own. */
  readonly captured: readonly number[];
  readonly outputs: readonly Omit<NativeTensor, "id">[];
}

let serial = 0;

/**
 * @param fn pure: uses its inputs, captured tensors and variables; returns tensors. It must not read values.
 */
export function compile(fn: (...inputs: tf.Tensor[]) => tf.Tensor[]): Compiled {
  const engine = currentEngine();
  const traced = new Map<string, Traced>();
  const call = async (...inputs: tf.Tensor[]) => {
    if (engine.tracing) throw new Error("Cannot call a compiled function as no other may be under construction: it was called inside a trace");
    const signature = inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`).join(";");
    let found = traced.get(signature);
    if (!found) traced.set(signature, found = trace(engine, fn, inputs));
    const results = await engine.executeAsync(found.name, [...inputs.map(nativeId), ...found.captured], found.outputs);
    return results.map(adopt);
  };
  return Object.defineProperty(
    Object.assign(call, {
      dispose() {
        for (const { name, captured } of traced.values()) {
          removeFunction(engine, name);
          for (const id of captured) engine.release(id);
        }
        traced.clear();
      },
    }),
    "traces",
    { get: () => traced.size },
  ) as unknown as Compiled;
}

function removeFunction({ library: { api, context } }: Engine, name: string): void {
  const status = api.TF_NewStatus();
  api.TFE_ContextRemoveFunction(context, cName(name), status);
  api.TF_DeleteStatus(status);
}

/** Numbers of nodes start here, far above those of native tensors. */
const firstNodeId = 2 ** 40;
/** A tensor made from values during the trace is a literal of `fn` up to this size. */
const literalBytes = 4096;

function trace(engine: Engine, fn: (...inputs: tf.Tensor[]) => tf.Tensor[], inputs: readonly tf.Tensor[]): Traced {
  const graph = createGraph(engine.library), { api } = engine.library;
  const status = api.TF_NewStatus();
  const nodes: Node[] = [], nodeOf = new Map<number, Node>();
  // Literals are kept until the trace ends (a later op may use one whose tfjs tensor is gone); those still owned by a tensor stay.
  const literals = new Set<number>(), orphans = new Set<number>(), captured: number[] = [], capturedNodes: Node[] = [];
  const number = (node: Node): NativeTensor => ({ id: firstNodeId + nodes.push(node) - 1, shape: node.shape, dtype: node.dtype });

  const resolve = (id: number): Node => {
    if (id >= firstNodeId) return nodes[id - firstNodeId];
    let node = nodeOf.get(id);
    if (node) return node;
    const { shape, dtype } = engine.describe(id);
    if (dtype !== dtypeCodes.resource && literals.has(id) && 4 * size(shape) <= literalBytes) {
      const tensor = api.TFE_TensorHandleResolve(engine.handle(id), status);
      node = graph.constant(tensor, dtype);
      api.TF_DeleteTensor(tensor);
    } else {
      node = graph.placeholder(dtype, shape);
      captured.push(engine.share(id));
      capturedNodes.push(node);
    }
    nodeOf.set(id, node);
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
  };

  try {
    const placeholders = inputs.map((tensor) => {
      const { shape, dtype } = engine.describe(nativeId(tensor));
      return graph.placeholder(dtype, shape);
    });
    const outputs: Node[] = engine.trace(tracer, () => {
      const found: Node[] = [];
      tf.tidy(() => {
        const results = fn(...placeholders.map((node) => adopt(number(node))));
        found.push(...results.map((tensor) => resolve(nativeId(tensor))));
      });
      return found;
    });
    const name = `lowrank_${serial++}`;
    graph.toFunction(name, [...placeholders, ...capturedNodes], outputs);
    return { name, captured, outputs: outputs.map(({ shape, dtype }) => ({ shape, dtype })) };
  } catch (error) {
    for (const id of captured) engine.release(id);
    throw error;
  } finally {
    for (const id of orphans) engine.release(id);
    api.TF_DeleteStatus(status);
    graph.close();
  }
}

const size = (shape: readonly number[]) => shape.reduce((product, dimension) => product * dimension, 1);
