/** Runs a graph as it stands, without the eager runtime, and tells what TensorFlow recorded meanwhile. */
import type { Graph, Node } from "./graph.ts";
import { packedList } from "./graph.ts";
import { chainsOf, type Library, poolThreads, sessionConfig, throwIfFailed } from "./library.ts";

/** A placeholder and the TF_Tensor that stands for it. */
export interface Feed {
  readonly node: Node;
  readonly tensor: Deno.PointerValue;
}

export interface GraphSession {
  /**
   * Computes `asked` and runs `effects` (operations); their results are dropped.
   * @returns the RunMetadata message; empty unless `traced`
   */
  run(feeds: readonly Feed[], asked: readonly Node[], effects: readonly Deno.PointerValue[], traced?: boolean): Uint8Array;
  close(): void;
}

/** RunOptions { trace_level: FULL_TRACE }. */
const fullTrace = new Uint8Array([8, 3]);

export function openGraphSession(library: Library, graph: Graph): GraphSession {
  const { api, threads } = library, status = api.TF_NewStatus();
  const check = () => throwIfFailed(api, status, "Cannot run the graph");
  const options = api.TF_NewSessionOptions(), config = sessionConfig(poolThreads(threads), chainsOf(threads));
  api.TF_SetConfig(options, config, BigInt(config.length), status);
  const session = api.TF_NewSession(graph.native, options, status);
  api.TF_DeleteSessionOptions(options);
  try {
    check();
  } catch (error) {
    api.TF_DeleteStatus(status);
    throw error;
  }
  const tracing = api.TF_NewBufferFromString(fullTrace, BigInt(fullTrace.length));
  return {
    run(feeds, asked, effects, traced = false) {
      const metadata = traced ? api.TF_NewBuffer() : null, results = new BigUint64Array(Math.max(1, asked.length));
      try {
        api.TF_SessionRun(
          session,
          traced ? tracing : null,
          packedList(feeds.map(({ node }) => node)),
          pointers(feeds.map(({ tensor }) => tensor)),
          feeds.length,
          packedList(asked),
          results,
          asked.length,
          pointers(effects),
          effects.length,
          metadata,
          status,
        );
        check();
        for (const result of results.subarray(0, asked.length)) api.TF_DeleteTensor(Deno.UnsafePointer.create(result));
        return metadata ? bufferBytes(metadata) : new Uint8Array();
      } finally {
        if (metadata) api.TF_DeleteBuffer(metadata);
      }
    },
    close() {
      api.TF_DeleteBuffer(tracing);
      api.TF_DeleteSession(session, status);
      api.TF_DeleteStatus(status);
    },
  };
}

function pointers(list: readonly Deno.PointerValue[]): BigUint64Array<ArrayBuffer> {
  const values = new BigUint64Array(Math.max(1, list.length));
  list.forEach((pointer, i) => values[i] = BigInt(Deno.UnsafePointer.value(pointer)));
  return values;
}

/** A copy of the bytes of a TF_Buffer: data pointer, length. */
function bufferBytes(buffer: NonNullable<Deno.PointerValue>): Uint8Array {
  const view = new Deno.UnsafePointerView(buffer), data = view.getPointer(0);
  return data ? new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(data, Number(view.getBigUint64(8))).slice(0)) : new Uint8Array();
}
