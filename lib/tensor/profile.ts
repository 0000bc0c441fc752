/**
 * Where the time of a traced function goes, op by op, by TensorFlow's own tracing. The eager runtime keeps no such times, a session does:
 * the function is called in a graph of its own, with copies of the variables.
 */
import type { Engine, NativeTensor } from "./engine.ts";
import { createGraph, type Graph, type Node } from "./graph.ts";
import { type Feed, type GraphSession, openGraphSession } from "./graph_session.ts";
import { throwIfFailed } from "./library.ts";
import { messageFields } from "./op_def.ts";
import { dtypeCodes } from "./dtypes.ts";
import type { TracedFunction } from "./trace.ts";

/** All calls of one op in one call of the function. */
export interface OpTime {
  readonly op: string;
  readonly calls: number;
  /** Sum over its calls; ops that run side by side count each. */
  readonly milliseconds: number;
}

const warmUpRuns = 3;

/**
 * @param inputs native tensors, as a call of the function has them
 * @returns means over `runs` calls, the longest first
 */
export function profileFunction(engine: Engine, traced: TracedFunction, inputs: readonly number[], runs: number): OpTime[] {
  const graph = createGraph(engine.library), call = createCall(graph, engine);
  let session: GraphSession | undefined;
  try {
    const outputs = call.add(traced, [...inputs, ...traced.captured]);
    session = openGraphSession(engine.library, graph);
    session.run(call.starts, [], graph.effects());
    for (let i = 0; i < warmUpRuns; i++) session.run(call.feeds, outputs, []);
    const times = new Map<string, { calls: number; milliseconds: number }>();
    for (let i = 0; i < runs; i++) {
      for (const { op, microseconds } of nodeTimes(session.run(call.feeds, outputs, [], true))) {
        const sum = times.get(op) ?? { calls: 0, milliseconds: 0 };
        times.set(op, { calls: sum.calls + 1 / runs, milliseconds: sum.milliseconds + microseconds / 1000 / runs });
      }
    }
    const found = [...times].map(([op, { calls, milliseconds }]) => ({ op, calls: Math.round(calls), milliseconds }));
    return found.filter(({ op }) => op !== "StatefulPartitionedCall").sort((a, b) => b.milliseconds - a.milliseconds);
  } finally {
    session?.close();
    call.free();
    graph.close();
  }
}

interface Call {
  readonly feeds: readonly Feed[];
  /** The first values of the variables' copies, fed once to the graph's effects. */
  readonly starts: readonly Feed[];
  /** Adds the call to the graph; returns its results. */
  add(traced: TracedFunction, ids: readonly number[]): readonly Node[];
  free(): void;
}

/** A call of a function in a graph: tensors are fed, variables become copies that live in the graph. */
function createCall(graph: Graph, engine: Engine): Call {
  const { api } = engine.library, status = api.TF_NewStatus(), feeds: Feed[] = [], starts: Feed[] = [], copies: number[] = [];
  const feed = ({ id, dtype, shape }: NativeTensor, list: Feed[]): Node => {
    const node = graph.placeholder(dtype, shape), tensor = api.TFE_TensorHandleResolve(engine.handle(id), status);
    throwIfFailed(api, status, "Cannot read a tensor for the profile");
    list.push({ node, tensor });
    return node;
  };
  const float = { name: "dtype", kind: "type", value: dtypeCodes.float32 } as const;
  const copyOf = (variable: number): Node => {
    const [value] = engine.execute("ReadVariableOp", [float], [variable], 1), { shape } = value;
    copies.push(value.id);
    const attributes = [float, { name: "shape", kind: "shape", value: shape }, {
      name: "shared_name",
      kind: "string",
      value: `copy_${variable}`,
    }] as const;
    const [copy] = graph.add("VarHandleOp", attributes, [], 1);
    graph.add("AssignVariableOp", [float], [copy, feed(value, starts)], 0);
    return copy;
  };
  return {
    feeds,
    starts,
    add(traced, ids) {
      for (const used of [...traced.calls, traced.native]) graph.use(used);
      const given = ids.map((id) => engine.describe(id)).map((tensor) =>
        tensor.dtype === dtypeCodes.resource ? copyOf(tensor.id) : feed(tensor, feeds)
      );
      // As the eager runtime does: a call by name would be inlined into a graph that has not been rewritten for oneDNN.
      const results = { name: "Tout", kind: "type", value: traced.outputs.map(({ dtype }) => dtype) } as const;
      const shapes = traced.outputs.map(({ shape }) => shape);
      return graph.add("StatefulPartitionedCall", [{ name: "f", kind: "func", value: traced.name }, results], given, shapes.length, shapes);
    },
    free() {
      for (const { tensor } of [...feeds, ...starts]) api.TF_DeleteTensor(tensor);
      for (const id of copies) engine.release(id);
      api.TF_DeleteStatus(status);
    },
  };
}

/** RunMetadata.step_stats.dev_stats.node_stats: each op's time between its start and its end. */
function* nodeTimes(metadata: Uint8Array): Generator<{ op: string; microseconds: number }> {
  for (const stepStats of fieldsOf(metadata, 1)) {
    for (const device of fieldsOf(stepStats, 1)) {
      for (const node of fieldsOf(device, 2)) {
        const fields = new Map<number, number | Uint8Array>(messageFields(node));
        const op = /= (\w+)\(/.exec(textOf(fields.get(8)))?.[1] ?? textOf(fields.get(1)); // timeline_label: "node = Op(inputs)"; else node_name
        yield { op, microseconds: Number(fields.get(4) ?? 0) - Number(fields.get(3) ?? 0) }; // op_end_rel - op_start_rel
      }
    }
  }
}

function* fieldsOf(message: Uint8Array, wanted: number): Generator<Uint8Array> {
  for (const [field, value] of messageFields(message)) if (field === wanted && value instanceof Uint8Array) yield value;
}

function textOf(bytes: number | Uint8Array | undefined): string {
  return bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : "";
}
