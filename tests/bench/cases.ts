import assert from "node:assert/strict";
import { cases } from "../../bench/cases.ts";
import { bf16Hardware, bf16Notes } from "../../bench/hardware.ts";
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
  const cpuinfo = (flags: string) => `processor\t: 0\nflags\t\t: fpu ${flags} sse\nbugs\t\t: none\n`;
  const withMatrixUnit = bf16Hardware(cpuinfo("avx512_bf16 amx_bf16 amx_tile")), without = bf16Hardware(cpuinfo("avx512_bf16"));
  assert.deepEqual([withMatrixUnit, without], [{ amx: true, avx512: true }, { amx: false, avx512: true }]);
  assert.equal(bf16Hardware(null), null);
  assert.deepEqual(bf16Notes("bf16", withMatrixUnit), []);
  assert.deepEqual(bf16Notes("bf16", null), []);
  assert.deepEqual(bf16Notes("f32", without), []);
  assert.match(bf16Notes("bf16", without)[0], /no matrix unit for bfloat16 \(AMX\), only dot products/);
});

Deno.test("peakMemory() covers what this process has touched since the reset", () => {
  resetPeakMemory();
  const before = peakMemory(), touched = new Uint8Array(64e6).fill(1);
  assert(peakMemory() >= before);
  assert(peakMemory() > touched.length);
});
