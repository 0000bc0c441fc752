/** Starts the engine once and registers it with tfjs as backend "tensorflow", with tfjs-node-gpu's kernels on top. */
import util from "node:util";
import { tf } from "./tf.ts";
import type { AttributeKind } from "./attributes.ts";
import { dtypeCodes, type NativeData } from "./dtypes.ts";
import { createEngine, type Engine } from "./engine.ts";
import { type LibraryOptions, openLibrary } from "./library.ts";
import { registerOwnKernels } from "./kernels.ts";
import { useEngine } from "./native.ts";

/** The kernels' attribute kinds by number, as tfjs-node's native addon numbers them. */
const kinds: readonly AttributeKind[] = ["string", "int", "float", "bool", "type", "shape"];

interface KernelAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

let started: Promise<Engine> | null = null;

/**
 * Starts TensorFlow: opens the library, registers the backend and makes it tfjs's current one. Later calls return the same engine.
 * @param folder holds the TensorFlow library
 */
export function startTensorFlow(folder: string, options?: LibraryOptions): Promise<Engine> {
  return started ??= start(folder, options).catch((error) => {
    started = null; // a folder that holds no library must not stand in the way of the next one
    throw error;
  });
}

async function start(folder: string, options?: LibraryOptions): Promise<Engine> {
  // tfjs-node 4.22 calls two helpers that newer runtimes dropped from node:util.
  const helpers = util as unknown as Record<string, unknown>;
  helpers.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  helpers.isArray ??= Array.isArray;
  const { NodeJSKernelBackend } = await import("@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js");
  const opened = createEngine(openLibrary(folder, options));
  // deno-lint-ignore no-explicit-any -- the addon's own interface names members that no kernel uses
  const binding = kernelBinding(opened) as any;
  tf.env().set("IS_NODE", true);
  tf.registerBackend("tensorflow", () => new NodeJSKernelBackend(binding, "@tensorflow/tfjs-node-gpu"), 3);
  if (!await tf.setBackend("tensorflow")) throw new Error("Cannot start TensorFlow as tfjs must accept the backend: setBackend returned false");
  await import("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
  useEngine(opened);
  registerOwnKernels();
  return opened;
}

/** The functions and numbers that tfjs-node's kernels ask of their native addon. */
function kernelBinding(on: Engine) {
  return {
    TF_FLOAT: dtypeCodes.float32,
    TF_INT32: dtypeCodes.int32,
    TF_INT64: dtypeCodes.int64,
    TF_BOOL: dtypeCodes.bool,
    TF_COMPLEX64: dtypeCodes.complex64,
    TF_STRING: dtypeCodes.string,
    TF_RESOURCE: dtypeCodes.resource,
    TF_UINT8: dtypeCodes.uint8,
    TF_ATTR_STRING: 0,
    TF_ATTR_INT: 1,
    TF_ATTR_FLOAT: 2,
    TF_ATTR_BOOL: 3,
    TF_ATTR_TYPE: 4,
    TF_ATTR_SHAPE: 5,
    TF_ATTR_RESOURCE: 9,
    TF_Version: on.library.version,
    isUsingGpuDevice: () => on.library.devices.includes("GPU"),
    getNumOfTensors: () => on.count(),
    createTensor: (shape: number[], dtype: number, data: NativeData | number[] | boolean[]) => on.create(shape, dtype, typed(dtype, data)),
    deleteTensor: (id: number) => on.release(id),
    tensorDataSync: (id: number) => on.read(id),
    executeOp: (op: string, attributes: KernelAttribute[], inputs: number[], outputs: number) =>
      on.execute(op, attributes.map(({ name, type, value }) => ({ name, kind: kinds[type], value })), inputs, outputs),
  };
}

/** Values as the typed array of their type: tfjs may hand over plain arrays, and int64 scalars as pairs of 32-bit words. */
function typed(dtype: number, data: NativeData | number[] | boolean[]): NativeData {
  switch (dtype) {
    case dtypeCodes.float32:
      return data instanceof Float32Array ? data : Float32Array.from(data as number[]);
    case dtypeCodes.int32:
      return data instanceof Int32Array ? data : Int32Array.from(data as number[]);
    case dtypeCodes.bool:
    case dtypeCodes.uint8:
      return data instanceof Uint8Array ? data : Uint8Array.from(data as number[]);
    case dtypeCodes.int64:
      return data instanceof Int32Array ? new BigInt64Array(data.buffer, data.byteOffset, data.byteLength / 8) : data as BigInt64Array;
    case dtypeCodes.complex64:
      return data as Float32Array;
    default:
      throw new TypeError(`Cannot make a tensor as its type must be numeric or bool: TensorFlow type ${dtype}`);
  }
}
