import assert from "node:assert/strict";
import { run } from "../support/command.ts";

Deno.test("bench --help lists options and cases without starting anything", async () => {
  const { code, stdout, stderr } = await run("bench/main.ts", ["--help"], { PATH: "", LOWRANK_CACHE: "/nowhere" });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Usage: lowrank bench \[options\]/);
  for (const word of ["--only", "--blocks", "--steps", "--threads", "--json", "--no-peer", "LOWRANK_PYTHON_PEER", "lora-bf16", "figures"]) {
    assert.ok(stdout.includes(word), word);
  }
});

Deno.test("bench refuses an unknown case and a count of nothing, with 2", async () => {
  const unknown = await run("bench/main.ts", ["--only", "lora,dora"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /Each case must be one of lora, lora-bf16, full, .*figures: dora/);
  const none = await run("bench/main.ts", ["--blocks", "0"]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /It must be a whole number from 1 to 99999: 0/);
});
