/**
 * The engine: native tensors by number, and one door, `execute`, through which every TensorFlow op runs. While a function is being
 * traced, the door leads to the graph under construction instead.
 */
import { sizeOf } from "../math/size.ts";
import { type Attribute, encodeAttribute } from "./attributes.ts";
import { dtypeName, type NativeData, viewOf } from "./dtypes.ts";
import { cString, type Library } from "./library.ts";

/** A native tensor: its number in the engine's table, its shape and TensorFlow's type number. Owned: free it with `release`. */
export interface NativeTensor {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** What stands behind the door while a function is traced. */
export interface Tracer {
  owns(id: number): boolean;
  execute(op: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number, shapes?: readonly number[][]): NativeTensor[];
  /** Called for tensors made from values during the trace. */
  created(id: number): void;
  /** True when the tracer keeps the tensor alive itself. */
  released(id: number): boolean;
  after(ids: readonly number[]): () => void;
  ordered(): () => void;
  /** Makes a function (TF_Function) an op of the graph. */
  use(traced: Deno.PointerValue): void;
}

export interface Engine {
  readonly library: Library;
  /** Makes a native tensor from values; bfloat16 as its 16 bits. */
  create(shape: readonly number[], dtype: number, data: NativeData): number;
  /** A copy of the values. */
  read(id: number): NativeData;
  release(id: number): void;
  /** A second number for the same memory, so that a holder of its own can outlive the first. */
  share(id: number): number;
  describe(id: number): NativeTensor;
  /** How many native tensors are alive. */
  count(): number;
  /**
   * Runs an op.
   * @param outputs how many tensors it returns
   * @param shapes known output shapes, for ops whose shape inference needs run-time state
   */
  execute(op: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number, shapes?: readonly number[][]): NativeTensor[];
  /** Runs an op on another thread; the event loop goes on. */
  executeAsync(op: string, inputs: readonly number[], outputs: readonly Omit<NativeTensor, "id">[]): Promise<NativeTensor[]>;
  /** Within a trace, ops run by `fn` wait for the ops that made `ids`; outside, `fn` just runs. */
  after<T>(ids: readonly number[], fn: () => T): T;
  /** Within a trace, ops run by `fn` run one after the other in program order (for effects on one variable); outside they do anyway. */
  ordered<T>(fn: () => T): T;
  /** Runs `fn` with the door leading to `tracer`; a trace within a trace has the door to itself until it ends. */
  trace<T>(tracer: Tracer, fn: () => T): T;
  /** Within a trace, makes a function (TF_Function) known, so that `execute` can call it by its name. */
  use(traced: Deno.PointerValue): void;
  readonly tracing: boolean;
  handle(id: number): Deno.PointerValue;
}

const encoder = new TextEncoder();
const cNames = new Map<string, Uint8Array<ArrayBuffer>>();

/** A zero-terminated name, made once. */
export function cName(name: string): Uint8Array<ArrayBuffer> {
  let bytes = cNames.get(name);
  if (!bytes) cNames.set(name, bytes = encoder.encode(`${name}\0`));
  return bytes;
}

export function createEngine(library: Library): Engine {
  const { api, context } = library;
  const status = api.TF_NewStatus();
  const handles = new Map<number, Deno.PointerValue>();
  let next = 1, tracer: Tracer | null = null;

  const add = (handle: Deno.PointerValue) => {
    handles.set(next, handle);
    return next++;
  };
  const handle = (id: number) => {
    const found = handles.get(id);
    if (found === undefined) throw new Error(`Cannot use native tensor ${id} as it must be alive: it was released or never made`);
    return found;
  };
  const describe = (id: number): NativeTensor => {
    const h = handle(id);
    const rank = api.TFE_TensorHandleNumDims(h, status);
    const shape = Array.from({ length: Math.max(0, rank) }, (_, axis) => Number(api.TFE_TensorHandleDim(h, axis, status)));
    return { id, shape, dtype: api.TFE_TensorHandleDataType(h) };
  };
  /** Throws with the op, the input shapes and TensorFlow's message. */
  const check = (st: Deno.PointerValue, op: string, inputs: readonly number[]) => {
    if (api.TF_GetCode(st) === 0) return;
    const message = cString(api.TF_Message(st));
    api.TF_SetStatus(st, 0, cName("")); // calls that succeed leave a status as it is
    const shapes = inputs.map((id) => handles.has(id) ? describeText(describe(id)) : "?").join(", ");
    throw new Error(`Cannot run ${op}(${shapes}): ${message}`);
  };
  const newOp = (op: string, attributes: readonly Attribute[], inputs: readonly number[], st: Deno.PointerValue) => {
    const native = api.TFE_NewOp(context, cName(op), st);
    check(st, op, inputs);
    try {
      for (const attribute of attributes) {
        const value = encodeAttribute(attribute);
        api.TFE_OpSetAttrValueProto(native, cName(attribute.name), value, BigInt(value.length), st);
        check(st, `${op}.${attribute.name}`, inputs);
      }
      for (const id of inputs) {
        api.TFE_OpAddInput(native, handle(id), st);
        check(st, op, inputs);
      }
    } catch (error) {
      api.TFE_DeleteOp(native);
      throw error;
    }
    return native;
  };

  const engine: Engine = {
    library,
    create(shape, dtype, data) {
      const elements = sizeOf(shape);
      const expected = elements * (dtypeName(dtype) === "complex64" ? 2 : 1);
      if (data.length !== expected) {
        throw new TypeError(`Cannot make a tensor as shape [${shape}] must hold ${expected} values: got ${data.length}`);
      }
      const dims = new BigInt64Array(shape.map(BigInt));
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const tensor = api.TF_AllocateTensor(dtype, dims, shape.length, BigInt(bytes.length));
      if (bytes.length) {
        new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(api.TF_TensorData(tensor)!, bytes.length)).set(bytes);
      }
      const h = api.TFE_NewTensorHandle(tensor, status);
      api.TF_DeleteTensor(tensor);
      check(status, "TFE_NewTensorHandle", []);
      const id = add(h);
      tracer?.created(id);
      return id;
    },
    read(id) {
      if (tracer?.owns(id)) throw new Error("Cannot read a tensor's values while its function is traced: it has a shape but no values yet");
      const h = handle(id);
      const tensor = api.TFE_TensorHandleResolve(h, status);
      check(status, "read", [id]);
      const size = Number(api.TF_TensorByteSize(tensor));
      const buffer = size ? Deno.UnsafePointerView.getArrayBuffer(api.TF_TensorData(tensor)!, size).slice(0) : new ArrayBuffer(0);
      api.TF_DeleteTensor(tensor);
      return viewOf(api.TFE_TensorHandleDataType(h), buffer);
    },
    release(id) {
      if (tracer?.released(id)) return;
      api.TFE_DeleteTensorHandle(handle(id));
      handles.delete(id);
    },
    share(id) {
      const copy = api.TFE_TensorHandleCopySharingTensor(handle(id), status);
      check(status, "share", [id]);
      return add(copy);
    },
    describe,
    count: () => handles.size,
    execute(op, attributes, inputs, outputs, shapes) {
      if (tracer) return tracer.execute(op, attributes, inputs, outputs, shapes);
      const native = newOp(op, attributes, inputs, status);
      const out = new BigUint64Array(Math.max(1, outputs)), counted = new Int32Array([outputs]);
      api.TFE_Execute(native, out, counted, status);
      api.TFE_DeleteOp(native);
      check(status, op, inputs);
      return Array.from({ length: counted[0] }, (_, i) => describe(add(Deno.UnsafePointer.create(out[i]))));
    },
    async executeAsync(op, inputs, outputs) {
      const st = api.TF_NewStatus(); // its own: another call may run meanwhile
      try {
        const native = newOp(op, [], inputs, st);
        const out = new BigUint64Array(Math.max(1, outputs.length)), counted = new Int32Array([outputs.length]);
        await api.TFE_ExecuteAsync(native, out, counted, st);
        api.TFE_DeleteOp(native);
        check(st, op, inputs);
        return outputs.map(({ shape, dtype }, i) => ({ id: add(Deno.UnsafePointer.create(out[i])), shape: [...shape], dtype }));
      } finally {
        api.TF_DeleteStatus(st);
      }
    },
    after(ids, fn) {
      const done = tracer?.after(ids);
      try {
        return fn();
      } finally {
        done?.();
      }
    },
    ordered(fn) {
      const done = tracer?.ordered();
      try {
        return fn();
      } finally {
        done?.();
      }
    },
    trace(next, fn) {
      const outer = tracer;
      tracer = next;
      try {
        return fn();
      } finally {
        tracer = outer;
      }
    },
    use: (traced) => tracer?.use(traced),
    get tracing() {
      return tracer !== null;
    },
    handle,
  };
  return engine;
}

/** "float32[8,384]" */
export function describeText({ dtype, shape }: Omit<NativeTensor, "id">): string {
  return `${dtypeName(dtype)}[${shape}]`;
}
