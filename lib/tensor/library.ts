/** Opens libtensorflow and an eager context, quietly. */
import { varint } from "./attributes.ts";
import { symbols, type TensorFlowSymbols } from "./symbols.ts";
import { withQuietStderr } from "./quiet.ts";

export interface LibraryOptions {
  /** In all; default: all logical cores. */
  readonly threads?: number;
}

export interface Library {
  readonly api: TensorFlowSymbols;
  readonly context: Deno.PointerValue;
  readonly version: string;
  readonly threads: number;
  /** Into how many parts a batch is cut, whose ops run side by side; 1 on a GPU. */
  readonly chains: number;
  /** Device types the context sees: "CPU", "GPU". */
  readonly devices: readonly string[];
}

/**
 * Opens the library of `folder`.
 * @param folder holds libtensorflow_cc.so.2 (or .2.dylib) and its libtensorflow_framework
 */
export function openLibrary(folder: string, options: LibraryOptions = {}): Library {
  const threads = options.threads ?? navigator.hardwareConcurrency;
  if (!(Number.isInteger(threads) && threads > 0)) throw new RangeError(`Cannot open TensorFlow as threads must be a positive integer: ${threads}`);
  const file = Deno.build.os === "darwin" ? "libtensorflow_cc.2.dylib" : "libtensorflow_cc.so.2";
  Deno.env.set("TF_CPP_MIN_LOG_LEVEL", "3"); // read when the library starts
  Deno.env.set("TF_ENABLE_ONEDNN_OPTS", "1");
  return withQuietStderr(() => {
    let api: TensorFlowSymbols;
    try {
      api = Deno.dlopen(`${folder}/${file}`, symbols).symbols;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Cannot open TensorFlow as ${file} does not load: ${reason}. Run "deno task doctor" to see what is installed`, { cause });
    }
    const status = api.TF_NewStatus();
    const check = (what: string) => throwIfFailed(api, status, what);
    const contextOptions = api.TFE_NewContextOptions();
    const config = sessionConfig(poolThreads(threads), chainsOf(threads));
    api.TFE_ContextOptionsSetConfig(contextOptions, config, BigInt(config.length), status);
    check("Cannot configure TensorFlow");
    const context = api.TFE_NewContext(contextOptions, status);
    check("Cannot start TensorFlow");
    api.TFE_DeleteContextOptions(contextOptions);
    const list = api.TFE_ContextListDevices(context, status);
    const devices = Array.from({ length: api.TF_DeviceListCount(list) }, (_, i) => cString(api.TF_DeviceListType(list, i, status)));
    api.TF_DeleteDeviceList(list);
    api.TF_DeleteStatus(status);
    return { api, context, version: cString(api.TF_Version()), threads, chains: devices.includes("GPU") ? 1 : chainsOf(threads), devices };
  });
}

/**
 * Two ops side by side, one thread each, beat one op on two threads after the other: nothing waits for the slower half of an op, and
 * what a chain of ops works on stays in its core's cache. With parts too small the products get slower.
 */
const mostChains = 4;

/** How many chains of ops run side by side on so many threads. */
export function chainsOf(threads: number): number {
  return Math.min(threads, mostChains);
}

/** Threads of the pool that all ops share their work out to; 1: none does, each runs in its chain's own thread. */
export function poolThreads(threads: number): number {
  return threads > mostChains ? threads : 1;
}

/** ConfigProto bytes: intra_op_parallelism_threads (field 2, a pool that all ops share) and inter_op_parallelism_threads (field 5). */
export function sessionConfig(pool: number, opsAtATime: number): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const [field, value] of [[2, pool], [5, opsAtATime]]) {
    varint(bytes, BigInt(field * 8));
    varint(bytes, BigInt(value));
  }
  return new Uint8Array(bytes);
}

/** A C string as a JavaScript string. */
export function cString(pointer: Deno.PointerValue): string {
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}

/** Throws when the status is not OK; the message carries TensorFlow's own. */
export function throwIfFailed(api: TensorFlowSymbols, status: Deno.PointerValue, what: string): void {
  if (api.TF_GetCode(status) !== 0) throw new Error(`${what}: ${cString(api.TF_Message(status))}`);
}
