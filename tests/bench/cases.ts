import assert from "node:assert/strict";
import { cases } from "../../bench/cases.ts";
import { bf16Notes } from "../../bench/hardware.ts";
import { peakMemory, resetPeakMemory } from "../../bench/memory.ts";
import { allModes, plainModes } from "../../bench/modes.ts";

Deno.test("cases have names of their own, an aim, and a file that prepares them", async () => {
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
  for (const { name, aim, load, precision } of cases) {
    assert(Object.keys(aim).length > 0, name);
    assert.equal(name.endsWith("-bf16"), precision === "bf16");
    assert.equal(typeof await load(), "function", name);
  }
});

Deno.test("PyTorch's modes are of the precision they are listed under", () => {
  for (const precision of ["f32", "bf16"] as const) {
    for (const mode of allModes[precision]) assert.match(mode, new RegExp(`^${precision}-(eager|sdpa)(-compile)?$`));
    for (const mode of plainModes[precision]) assert.doesNotMatch(mode, /compile/); // each run would compile its model anew
  }
});

Deno.test("bf16Notes() tells where the processor has no matrix unit for bfloat16", () => {
  assert.match(bf16Notes("bf16", ["AVX2", "AVX-512 bf16"])[0], /no matrix unit for bfloat16 \(AMX\)/);
  assert.deepEqual([bf16Notes("f32", ["AVX2"]), bf16Notes("bf16", ["AMX bf16"]), bf16Notes("bf16", null)], [[], [], []]);
});

Deno.test("peakMemory() covers what this process has touched since the reset", () => {
  resetPeakMemory();
  const before = peakMemory(), touched = new Uint8Array(64e6).fill(1);
  assert(peakMemory() >= before);
  assert(peakMemory() > touched.length);
});
