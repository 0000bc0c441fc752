/** Full fine-tuning of some modules: the weights of query and value, and the head; biases and everything else stay. */
import type { StoredTensor } from "../model/safetensors.ts";
import type { Adapter } from "./adapter.ts";
import { plainLinear } from "./full.ts";
import type { LowRank } from "./method.ts";
import { type Start, targetModules, untrained } from "./start.ts";

export function partialAdapter(targets: LowRank["targets"], start: Start): Adapter {
  const { encoder, head } = start, names = targetModules({ targets }, start).map(({ name }) => `${name}.weight`);
  const trained = new Map([...names.map((name) => [name, encoder.weights.get(name)!] as const), ...head]);
  const others = (tensors: ReadonlyMap<string, StoredTensor>) => new Map([...tensors].filter(([name]) => !trained.has(name)));
  const { frozen, fixed } = untrained(start, new Map());
  return { kind: `full, ${targets}`, trained, frozen: others(frozen), fixed: others(fixed), linear: plainLinear };
}
