/** Adapters by the name of their method. */
import type { Rng } from "../math/random.ts";
import { type BertConfig, type Encoder, headShapes } from "../model/encoder.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import { type Adapter, freshHead } from "./adapter.ts";
import { doraAdapter } from "./dora.ts";
import { fullAdapter } from "./full.ts";
import { loraAdapter } from "./lora.ts";
import type { Method } from "./method.ts";
import { partialAdapter } from "./partial.ts";
import { oloraAdapter } from "./olora.ts";
import { pissaAdapter } from "./pissa.ts";
import type { Start } from "./start.ts";

export interface AdapterOptions {
  readonly classes: number;
  readonly head: "frozen" | "trained";
  /** A head to start from (`headShapes`), whatever else it holds; left out: a fresh one. */
  readonly start?: ReadonlyMap<string, StoredTensor>;
  /** Whether the encoder is this run's own (a poisoned one), so that a trainer kept for the kind can be reset to another; false unless said. */
  readonly own?: boolean;
}

/**
 * @param rng the run's stream; head and adapters draw from forks of their own, so all methods start from the same head, and LoRA and DoRA
 *   from the same factors
 */
export function createAdapter(method: Method, encoder: Encoder, options: AdapterOptions, rng: Rng): Adapter {
  const { classes, own = false } = options;
  const head = options.start ? givenHead(options.start, classes, encoder.config) : freshHead(encoder, classes, rng.fork("head"));
  const start: Start = { encoder, head, headTrained: options.head === "trained", own };
  switch (method.name) {
    case "full":
      return method.only ? partialAdapter(method.only, start) : fullAdapter(encoder, head);
    case "lora":
      return loraAdapter(method, start, rng.fork("lora"));
    case "pissa":
      return pissaAdapter(method, start);
    case "olora":
      return oloraAdapter(method, start);
    case "dora":
      return doraAdapter(method, start, rng.fork("lora"));
  }
}

function givenHead(tensors: ReadonlyMap<string, StoredTensor>, classes: number, config: BertConfig): Map<string, StoredTensor> {
  return new Map(
    [...headShapes(config, classes)].map(([name, shape]) => {
      const found = tensors.get(name);
      if (!found) throw new TypeError(`Cannot start from the head as it must have the tensor "${name}": it is missing`);
      if (found.shape.join() !== shape.join()) {
        throw new TypeError(`Cannot start from the head as "${name}" must have shape [${shape}]: [${found.shape}]`);
      }
      return [name, found];
    }),
  );
}
