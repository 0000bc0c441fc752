/** Adapters by the name of their method. */
import type { Rng } from "../math/random.ts";
import type { Encoder } from "../model/encoder.ts";
import { type Adapter, freshHead } from "./adapter.ts";
import { fullAdapter } from "./full.ts";
import { loraAdapter } from "./lora.ts";
import type { Method } from "./method.ts";

/**
 * @param rng the run's stream; head and adapters draw from forks of their own, so both methods start from the same head
 */
export function createAdapter(method: Method, encoder: Encoder, options: { classes: number; head: "frozen" | "trained" }, rng: Rng): Adapter {
  const head = freshHead(encoder, options.classes, rng.fork("head"));
  switch (method.name) {
    case "full":
      return fullAdapter(encoder, head);
    case "lora":
      return loraAdapter(method, encoder, head, options.head === "trained", rng.fork("lora"));
  }
}
