/** Builds a TensorFlow graph op by op and turns it into one function of the eager context. */
import { type Attribute, encodeAttribute } from "./attributes.ts";
import { cName, describeText } from "./engine.ts";
import { type Library, throwIfFailed } from "./library.ts";
import { type InputArgument, inputArguments } from "./op_def.ts";

/** One output of a graph node. */
export interface Node {
  readonly operation: Deno.PointerValue;
  readonly index: number;
  readonly shape: number[];
  readonly dtype: number;
}

export interface Graph {
  /** TF_Graph. */
  readonly native: Deno.PointerValue;
  placeholder(dtype: number, shape: readonly number[]): Node;
  constant(tensor: Deno.PointerValue, dtype: number): Node;
  /** Adds an op; an op without outputs is an effect and is kept alive by the function. */
  add(op: string, attributes: readonly Attribute[], inputs: readonly Node[], outputs: number, shapes?: readonly number[][]): Node[];
  /** Later ops wait for the ops behind `nodes` until the returned function is called. */
  after(nodes: readonly Node[]): () => void;
  /** Later ops wait, each for the one before it, until the returned function is called. */
  ordered(): () => void;
  /** The ops without outputs so far. */
  effects(): readonly Deno.PointerValue[];
  /** Makes a function (TF_Function) an op of this graph, by its name. */
  use(traced: Deno.PointerValue): void;
  /** The graph as function `name`, registered with the eager context. The caller owns the returned TF_Function. */
  toFunction(name: string, inputs: readonly Node[], outputs: readonly Node[]): Deno.PointerValue;
  close(): void;
}

const opDefs = new Map<string, InputArgument[]>();

export function createGraph({ api, context }: Library): Graph {
  const graph = api.TF_NewGraph(), status = api.TF_NewStatus();
  const effects: Deno.PointerValue[] = [];
  let waitFor: readonly Deno.PointerValue[] = [], chain: { last: Deno.PointerValue } | null = null, size = 0;
  const check = (what: string | (() => string)) => {
    if (api.TF_GetCode(status) !== 0) throwIfFailed(api, status, typeof what === "string" ? what : what());
  };

  const begin = (op: string) => api.TF_NewOperation(graph, cName(op), new TextEncoder().encode(`${op}_${size++}\0`));
  /** An op that waits. Inputs and constants do not, nor does anything wait for them: an input becomes an argument, and loses its edges. */
  const beginWaiting = (op: string) => {
    const operation = begin(op);
    for (const before of waitFor) api.TF_AddControlInput(operation, before);
    if (chain?.last) api.TF_AddControlInput(operation, chain.last);
    return operation;
  };
  const finish = (operation: Deno.PointerValue, what: () => string) => {
    const finished = api.TF_FinishOperation(operation, status);
    check(what);
    return finished;
  };
  const setAttribute = (operation: Deno.PointerValue, attribute: Attribute, what: () => string) => {
    const value = encodeAttribute(attribute);
    api.TF_SetAttrValueProto(operation, cName(attribute.name), value, BigInt(value.length), status);
    check(() => `${what()} with attribute ${attribute.name}`);
  };
  const shapeOf = (output: Uint8Array<ArrayBuffer>, op: string): number[] => {
    const rank = api.TF_GraphGetTensorNumDims(graph, output, status);
    const dims = new BigInt64Array(Math.max(1, rank));
    if (rank > 0) api.TF_GraphGetTensorShape(graph, output, dims, rank, status);
    const shape = [...dims.subarray(0, Math.max(0, rank))].map(Number);
    if (rank < 0 || shape.some((dimension) => dimension < 0)) {
      throw new Error(`Cannot trace ${op} as its output shape must be known while tracing: rank ${rank}, shape [${shape}]`);
    }
    return shape;
  };
  const outputsOf = (operation: Deno.PointerValue, op: string, shapes?: readonly number[][]): Node[] =>
    Array.from({ length: api.TF_OperationNumOutputs(operation) }, (_, index) => {
      const output = packed({ operation, index });
      if (shapes) {
        api.TF_GraphSetTensorShape(graph, output, new BigInt64Array(shapes[index].map(BigInt)), shapes[index].length, status);
        check(`Cannot set the shape of ${op}`);
      }
      return { operation, index, shape: shapes ? [...shapes[index]] : shapeOf(output, op), dtype: api.TF_OperationOutputType(output) };
    });
  const argumentsOf = (op: string): InputArgument[] => {
    let known = opDefs.get(op);
    if (!known) {
      const buffer = api.TF_NewBuffer();
      api.TF_GraphGetOpDef(graph, cName(op), buffer, status);
      check(`Cannot find op ${op}`);
      const view = new Deno.UnsafePointerView(buffer!); // TF_Buffer: data pointer, length
      const data = view.getPointer(0)!, length = Number(view.getBigUint64(8));
      opDefs.set(op, known = inputArguments(new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(data, length).slice(0))));
      api.TF_DeleteBuffer(buffer);
    }
    return known;
  };

  return {
    native: graph,
    placeholder(dtype, shape) {
      const operation = begin("Placeholder"), what = () => `Cannot add input ${describeText({ dtype, shape: [...shape] })}`;
      setAttribute(operation, { name: "dtype", kind: "type", value: dtype }, what);
      setAttribute(operation, { name: "shape", kind: "shape", value: shape }, what);
      const finished = finish(operation, what);
      return { operation: finished, index: 0, shape: [...shape], dtype };
    },
    constant(tensor, dtype) {
      const operation = begin("Const"), what = () => "Cannot add a constant";
      setAttribute(operation, { name: "dtype", kind: "type", value: dtype }, what);
      api.TF_SetAttrTensor(operation, cName("value"), tensor, status);
      check(what);
      const finished = finish(operation, what);
      return outputsOf(finished, "Const")[0];
    },
    add(op, attributes, inputs, outputs, shapes) {
      const describe = () => `Cannot trace ${op}(${inputs.map(describeText).join(", ")})`;
      const args = argumentsOf(op);
      const operation = beginWaiting(op);
      const counts = new Map(attributes.filter(({ kind }) => kind === "int").map(({ name, value }) => [name, Number(value)]));
      const singles = args.filter(({ countAttribute }) => !countAttribute).length, lists = args.length - singles;
      let at = 0;
      for (const { countAttribute } of args) {
        if (!countAttribute) {
          api.TF_AddInput(operation, packed(inputs[at++]));
          continue;
        }
        const count = lists === 1 ? inputs.length - singles : counts.get(countAttribute);
        if (count === undefined) throw new Error(`${describe()} as attribute ${countAttribute} must give the length of its list input`);
        const list = new Uint8Array(16 * Math.max(1, count));
        for (let i = 0; i < count; i++) list.set(packed(inputs[at++]), 16 * i);
        api.TF_AddInputList(operation, list, count);
      }
      // The length of a list input follows from the list itself.
      const derived = new Set(args.map(({ countAttribute }) => countAttribute));
      for (const attribute of attributes) if (!derived.has(attribute.name)) setAttribute(operation, attribute, describe);
      const finished = finish(operation, describe);
      if (chain) chain.last = finished;
      if (api.TF_OperationNumOutputs(finished) === 0) effects.push(finished);
      const nodes = outputsOf(finished, op, shapes);
      if (nodes.length < outputs) throw new Error(`${describe()} as it must return ${outputs} tensors: it returns ${nodes.length}`);
      return nodes;
    },
    after(nodes) {
      // One barrier that waits for all of them: an edge from each of them to each later op would be their product.
      const barrier = begin("NoOp");
      for (const operation of new Set(nodes.map(({ operation }) => operation))) api.TF_AddControlInput(barrier, operation);
      const previous = waitFor;
      waitFor = [finish(barrier, () => "Cannot add a barrier")];
      return () => waitFor = previous;
    },
    ordered() {
      const previous = chain;
      chain = { last: null };
      return () => chain = previous;
    },
    effects: () => effects,
    use(traced) {
      api.TF_GraphCopyFunction(graph, traced, null, status);
      check("Cannot use a traced function in another");
    },
    toFunction(name, inputs, outputs) {
      const control = new BigUint64Array(Math.max(1, effects.length));
      effects.forEach((operation, i) => control[i] = pointerValue(operation));
      const made = api.TF_GraphToFunctionWithControlOutputs(
        graph,
        cName(name),
        0,
        -1,
        null,
        inputs.length,
        packedList(inputs),
        outputs.length,
        packedList(outputs),
        null,
        effects.length,
        control,
        null,
        null,
        null,
        status,
      );
      check(`Cannot compile ${name}`);
      api.TFE_ContextAddFunction(context, made, status);
      if (api.TF_GetCode(status) !== 0) api.TF_DeleteFunction(made);
      check(`Cannot register ${name}`);
      return made;
    },
    close() {
      api.TF_DeleteGraph(graph);
      api.TF_DeleteStatus(status);
    },
  };
}

const pointerValue = (pointer: Deno.PointerValue) => BigInt(Deno.UnsafePointer.value(pointer));

/** TF_Output as its 16 bytes. */
function packed({ operation, index }: Pick<Node, "operation" | "index">): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16), view = new DataView(bytes.buffer);
  view.setBigUint64(0, pointerValue(operation), true);
  view.setInt32(8, index, true);
  return bytes;
}

/** TF_Outputs, one behind the other. */
export function packedList(nodes: readonly Node[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16 * Math.max(1, nodes.length));
  nodes.forEach((node, i) => bytes.set(packed(node), 16 * i));
  return bytes;
}
