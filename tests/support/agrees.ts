/** Tensors by name against a golden's norms and shown entries. */
import assert from "node:assert/strict";
import type { StoredTensor } from "../../lib/model/safetensors.ts";
import { assertClose } from "./close.ts";
import type { GoldenTensors } from "./golden.ts";

/** Its gradient is 0 in exact arithmetic: what comes out is rounding, which Adam scales up. */
const noise = (name: string) => name.endsWith("attention.self.key.bias");

/** The same names; norms and shown entries each to a tolerance of its tensor. */
export function agrees(
  found: ReadonlyMap<string, StoredTensor>,
  golden: GoldenTensors,
  what: string,
  tolerance: (name: string) => number,
): void {
  assert.deepEqual(new Set(found.keys()), new Set(Object.keys(golden.tensors)), what);
  for (const [name, { norm }] of Object.entries(golden.tensors)) {
    if (noise(name)) continue;
    const { data } = found.get(name)!, own = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0));
    assertClose(own, norm, tolerance(name) * Math.sqrt(data.length) + 1e-5 * norm, `norm of ${what} ${name}`);
  }
  for (const { name, offset, values } of golden.entries) {
    if (!noise(name)) {
      assertClose(found.get(name)!.data.slice(offset, offset + values.length), values, tolerance(name), `${what} ${name} from ${offset}`);
    }
  }
}
